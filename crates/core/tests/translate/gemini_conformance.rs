//! The conformance cases I* that concern Gemini, beyond what every pair's share in `conformance`.

use super::{ask, pair, streamed};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// I09 keeps Google's signature at the proxy. The proxy keeps nothing: a block of its own carries it, which is taken
/// out here; everything else is as the case has it.
#[test]
fn a_tool_loop_streams_as_the_case_says() {
    let case = case("I09");
    let pair = pair("messages-to-gemini");
    let asked = &case["request"]["body"];
    let said = json!({"model": case["route"]["model"], "shown_model": asked["model"], "stream": true});
    let memo = pair.request(asked.clone(), &ask(&said)).unwrap().memo;
    let upstream = fs::read(root().join("I09/upstream.sse")).unwrap();
    let want = fs::read_to_string(root().join("I09/client.sse")).unwrap();
    for step in 1..=upstream.len() {
        let got = String::from_utf8(streamed(&mut *pair.stream(&memo), &upstream, step)).unwrap();
        let carried = got.matches(CARRIER).count();
        assert_eq!((without_carriers(&got), carried), (want.clone(), 1), "cut after every {step} bytes");
    }
}

/// What Google sent with a call is back at its place on the next turn, through both dialects.
#[test]
fn googles_signature_comes_back_with_its_call() {
    let part =
        json!({"functionCall": {"id": "a", "name": "f", "args": {"n": 1}}, "thoughtSignature": "U0lH"});
    let candidate = json!({"content": {"role": "model", "parts": [part]}, "finishReason": "STOP"});
    let memo = Default::default();
    let answer = json!({"candidates": [candidate]});
    let said = pair("messages-to-gemini").answer(answer.clone(), &memo).unwrap();
    let messages = json!({"max_tokens": 1, "messages": [
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": said["content"]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "y"}]},
    ]});
    let said = pair("chat-to-gemini").answer(answer, &memo).unwrap();
    let chat = json!({"messages": [
        {"role": "user", "content": "x"},
        said["choices"][0]["message"],
        {"role": "tool", "tool_call_id": "a", "content": "y"},
    ]});
    for (folder, body) in [("messages-to-gemini", messages), ("chat-to-gemini", chat)] {
        let outgoing = pair(folder).request(body, &ask(&json!({}))).unwrap();
        assert_eq!(outgoing.body["contents"][1], json!({"role": "model", "parts": [part]}), "{folder}");
        assert!(outgoing.dropped.is_empty(), "{folder}");
    }
}

/// Claude's thinking, in order and unchanged, through a caller that keeps nothing but calls and texts.
#[test]
fn claudes_thinking_comes_back_with_its_call() {
    let pair = pair("gemini-to-messages");
    let content = json!([
        {"type": "thinking", "thinking": "a", "signature": "c2ln"},
        {"type": "text", "text": "b"},
        {"type": "redacted_thinking", "data": "ZGF0YQ=="},
        {"type": "tool_use", "id": "t1", "name": "f", "input": {}},
        {"type": "thinking", "thinking": "c", "signature": "c2lnMg=="},
        {"type": "tool_use", "id": "t2", "name": "g", "input": {"n": 1}},
    ]);
    let answer =
        pair.answer(json!({"content": content, "stop_reason": "tool_use"}), &Default::default()).unwrap();
    let said = &answer["candidates"][0]["content"];
    let results = json!([{"functionResponse": {"id": "t1", "name": "f"}}, {"functionResponse": {"id": "t2", "name": "g"}}]);
    let body = json!({"contents": [{"parts": [{"text": "x"}]}, said, {"role": "user", "parts": results}]});
    let outgoing = pair.request(body, &ask(&json!({}))).unwrap();
    assert_eq!(outgoing.body["messages"][1]["content"], content);
    assert!(outgoing.dropped.is_empty());
}

#[test]
fn every_finish_reason_crosses_as_the_table_says() {
    let case = case("I13");
    let memo = Default::default();
    let calls = |gemini: &str, called: bool| {
        let part =
            if called { json!({"functionCall": {"name": "f", "args": {}}}) } else { json!({"text": "x"}) };
        json!({"candidates": [{"content": {"parts": [part]}, "finishReason": gemini}]})
    };
    let rows = case["table"].as_array().unwrap();
    for row in rows {
        let of = |key: &str| row[key].as_str().unwrap();
        let called = of("anthropic") == "tool_use";
        let block = if called { json!({"type": "tool_use"}) } else { json!({"type": "text", "text": "x"}) };
        let answer = json!({"content": [block], "stop_reason": of("anthropic")});
        let answer = pair("gemini-to-messages").answer(answer, &memo).unwrap();
        assert_eq!(answer["candidates"][0]["finishReason"], row["gemini"], "{row}");
        let message =
            if called { json!({"tool_calls": [{"function": {}}]}) } else { json!({"content": "x"}) };
        let answer = json!({"choices": [{"message": message, "finish_reason": of("openai_chat")}]});
        let answer = pair("gemini-to-chat").answer(answer, &memo).unwrap();
        assert_eq!(answer["candidates"][0]["finishReason"], row["gemini"], "{row}");
        let first = rows.iter().find(|other| other["gemini"] == row["gemini"] && !called).unwrap_or(row);
        let answer = pair("messages-to-gemini").answer(calls(of("gemini"), called), &memo).unwrap();
        assert_eq!(answer["stop_reason"], first["anthropic"], "{row}");
        let answer = pair("chat-to-gemini").answer(calls(of("gemini"), called), &memo).unwrap();
        assert_eq!(answer["choices"][0]["finish_reason"], first["openai_chat"], "{row}");
    }
    for (gemini, anthropic) in case["gemini_extra"].as_object().unwrap() {
        let answer = pair("messages-to-gemini").answer(calls(gemini, false), &memo).unwrap();
        assert_eq!(answer["stop_reason"], *anthropic, "{gemini}");
    }
}

/// The events of a Messages stream without thinking blocks that only carry a signature, the rest counted anew.
fn without_carriers(stream: &str) -> String {
    let (mut out, mut taken) = (String::new(), 0);
    let mut carriers = Vec::new();
    for event in stream.split_inclusive("\n\n").filter(|event| event.contains(CARRIER)) {
        let data: Value = serde_json::from_str(event.split_once("data: ").unwrap().1).unwrap();
        carriers.push(data["index"].clone());
    }
    for event in stream.split_inclusive("\n\n") {
        let (head, data) = event.split_once("data: ").unwrap();
        let mut data: Value = serde_json::from_str(data).unwrap();
        if carriers.contains(&data["index"]) {
            taken += u64::from(data["type"] == "content_block_stop");
            continue;
        }
        if let Some(index) = data["index"].as_u64() {
            data["index"] = json!(index - taken);
        }
        out.push_str(&format!("{head}data: {data}\n\n"));
    }
    out
}

/// How a carried signature begins.
const CARRIER: &str = "eyJwcm94eWFnZW50Ij";

fn case(id: &str) -> Value {
    serde_json::from_slice(&fs::read(root().join(id).join("case.json")).unwrap()).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures")
}

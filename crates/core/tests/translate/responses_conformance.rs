//! The conformance cases I* that have Responses on one side.

use super::{ask, pair, streamed};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

fn case(id: &str) -> Value {
    serde_json::from_slice(&fs::read(root().join(id).join("case.json")).unwrap()).unwrap()
}

fn said(case: &Value) -> Value {
    json!({
        "model": case["route"]["model"],
        "shown_model": case["request"]["body"]["model"],
        "stream": true,
        "max_output": 128_000,
    })
}

#[test]
fn codex_on_claude_asks_as_the_case_says() {
    let case = case("I05");
    let out =
        pair("responses-to-messages").request(case["request"]["body"].clone(), &ask(&said(&case))).unwrap();
    let want = &case["upstream_request"]["body"];
    assert_eq!(out.body, *want);
    assert_eq!(out.body["tools"].to_string(), want["tools"].to_string(), "prompt caches depend on the order");
    assert_eq!(
        json!(out.dropped.names().collect::<Vec<_>>().len()),
        json!(case["lost"].as_array().unwrap().len())
    );
    for name in case["lost"].as_array().unwrap() {
        assert!(out.dropped.names().any(|dropped| dropped == name), "{name} is not named");
    }
}

/// The case leaves two things open: how ids are made, and whether Claude's seal travels. Here it does.
#[test]
fn claude_answers_codex_as_the_case_says() {
    let case = case("I06");
    let pair = pair("responses-to-messages");
    let memo = pair.request(case["request"]["body"].clone(), &ask(&said(&case))).unwrap().memo;
    let read = |name| fs::read_to_string(root().join("I06").join(name)).unwrap();
    let (upstream, client) = (read("upstream.sse"), read("client.sse"));
    let seal = "\"proxyagent.claude.1.eyJ0aGlua2luZyI6IlBsYW4uIiwic2lnbmF0dXJlIjoiUlhKPSJ9\"";
    for step in 1..=upstream.len() {
        let got = String::from_utf8(streamed(&mut *pair.stream(&memo), upstream.as_bytes(), step)).unwrap();
        assert!(got.contains(seal), "{got}");
        let got = got
            .replace(seal, "null")
            .replace("resp_pa_01FixtureAAAAAAAAAAAAAAAA", "resp_pa_fixture")
            .replace("_pa_01FixtureAAAAAAAAAAAAAAAA_", "_pa_");
        assert_eq!(got, client, "cut after every {step} bytes");
    }
}

#[test]
fn every_stop_reason_crosses_as_the_table_says() {
    let pair = pair("responses-to-messages");
    for row in case("I13")["table"].as_array().unwrap() {
        let memo = pair.request(json!({"input": "x"}), &ask(&json!({}))).unwrap().memo;
        let answer = json!({"content": [{"type": "text", "text": "x"}], "stop_reason": row["anthropic"]});
        let answer = pair.answer(answer, &memo).unwrap();
        let status = match answer["incomplete_details"]["reason"].as_str() {
            Some(reason) => format!("{}:{reason}", answer["status"].as_str().unwrap()),
            None => answer["status"].as_str().unwrap().to_owned(),
        };
        assert_eq!(status, row["responses"], "{row}");
    }
}

#[test]
fn every_status_crosses_as_the_table_says() {
    let case = case("I13");
    let rows = case["table"].as_array().unwrap();
    for row in rows {
        let word = row["responses"].as_str().unwrap();
        let first = rows.iter().find(|other| other["responses"] == word).unwrap();
        let (status, reason) = word.split_once(':').map_or((word, None), |(status, why)| (status, Some(why)));
        let message = json!({"type": "message", "content": [{"type": "output_text", "text": "x"}]});
        let answer = json!({"status": status, "incomplete_details": {"reason": reason}, "output": [message]});
        let memo = Default::default();
        let messages = pair("messages-to-responses").answer(answer.clone(), &memo).unwrap();
        assert_eq!(messages["stop_reason"], first["anthropic"], "{word}");
        let chat = pair("chat-to-responses").answer(answer, &memo).unwrap();
        assert_eq!(chat["choices"][0]["finish_reason"], first["openai_chat"], "{word}");
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures")
}

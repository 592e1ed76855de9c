//! Two pairs in a row: to Chat and back, which has to say the same as before.

use super::{ask, pair, streamed};
use proxyagent_core::sse::Splitter;
use proxyagent_core::translate::{Composed, Pair};
use serde_json::{Value, json};

fn there_and_back() -> Composed {
    Composed { first: pair("messages-to-chat"), second: pair("chat-to-messages"), lost: &[] }
}

fn asked() -> Value {
    json!({
        "model": "m", "max_tokens": 9, "system": "s", "top_k": 3,
        "tools": [{"name": "f", "input_schema": {"type": "object", "properties": {}}}],
        "messages": [
            {"role": "user", "content": "x"},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "f", "input": {"k": 1}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "y"}]},
        ],
    })
}

#[test]
fn a_request_and_its_answer_come_through_both() {
    let pair = there_and_back();
    let out = pair.request(asked(), &ask(&json!({}))).unwrap();
    let mut want = asked();
    want["model"] = json!("upstream-model");
    want["system"] = json!([{"type": "text", "text": "s"}]);
    want["messages"][0]["content"] = json!([{"type": "text", "text": "x"}]);
    want.as_object_mut().unwrap().remove("top_k");
    assert_eq!(out.body, want);
    assert_eq!(out.dropped.header(), "top_k");

    let content =
        json!([{"type": "text", "text": "hi"}, {"type": "tool_use", "id": "b", "name": "f", "input": {}}]);
    let usage = json!({"input_tokens": 5, "cache_creation_input_tokens": 1, "cache_read_input_tokens": 2, "output_tokens": 3});
    let answer = json!({"id": "msg_1", "content": content, "stop_reason": "tool_use", "usage": usage});
    let answer = pair.answer(answer, &out.memo).unwrap();
    assert_eq!(
        (&answer["content"], &answer["usage"], &answer["model"]),
        (&content, &usage, &json!("asked-model"))
    );

    let error =
        pair.error(529, br#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#);
    assert_eq!(error.status, 529);
    assert_eq!(error.body["error"], json!({"type": "overloaded_error", "message": "Overloaded"}));
}

#[test]
fn a_stream_comes_through_both_however_it_is_cut() {
    let pair = there_and_back();
    let memo = pair.request(asked(), &ask(&json!({"stream": true}))).unwrap().memo;
    let event = |data: Value| format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap());
    let started = event(
        json!({"type": "message_start", "message": {"id": "msg_1", "usage": {"input_tokens": 5, "output_tokens": 1}}}),
    ) + &event(
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
    ) + &event(
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hi"}}),
    );
    let whole = started.clone()
        + &event(json!({"type": "content_block_stop", "index": 0}))
        + &event(
            json!({"type": "message_delta", "delta": {"stop_reason": "max_tokens"}, "usage": {"output_tokens": 3}}),
        )
        + &event(json!({"type": "message_stop"}));
    let mut last = None;
    for step in 1..=whole.len() {
        let mut machine = pair.stream(&memo);
        let out = streamed(&mut *machine, whole.as_bytes(), step);
        assert!(machine.ended());
        assert_eq!(last.get_or_insert_with(|| out.clone()), &out, "cut after every {step} bytes");
    }
    let mut kinds = Vec::new();
    Splitter::default()
        .feed(&last.unwrap(), |event| kinds.push(serde_json::from_slice::<Value>(event.data).unwrap()));
    assert_eq!(kinds[2]["delta"]["text"], "hi");
    assert_eq!(kinds[4]["delta"]["stop_reason"], "max_tokens");
    assert_eq!(kinds[4]["usage"]["output_tokens"], 3);

    let mut machine = pair.stream(&memo);
    streamed(&mut *machine, started.as_bytes(), 7);
    assert!(!machine.ended(), "a cut stream is the relay's to end");
}

//! The conformance cases I*, as far as a pair for them is here.

use super::{ask, pair, streamed};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// Cases, their pair, and what the case's asked model and limit are.
const CASES: &[(&str, &str)] = &[
    ("I01", "messages-to-chat"),
    ("I02", "messages-to-chat"),
    ("I04", "chat-to-messages"),
    ("I08", "messages-to-gemini"),
    ("I12", "messages-to-chat"),
    ("I15", "messages-to-chat"),
    ("I16", "messages-to-chat"),
];

#[test]
fn the_conformance_cases_hold() {
    for (id, folder) in CASES {
        let folder_of = root().join(id);
        let case: Value = serde_json::from_slice(&fs::read(folder_of.join("case.json")).unwrap()).unwrap();
        let pair = pair(folder);
        let asked = &case["request"]["body"];
        let said = json!({
            "model": case["route"]["model"],
            "shown_model": asked["model"],
            "stream": asked["stream"].as_bool().unwrap_or(false),
            "max_output": 128_000,
        });
        let outgoing = pair.request(asked.clone(), &ask(&said)).unwrap();
        let mut checked = 0;
        if let Some(want) = case["upstream_request"].get("body") {
            assert_eq!(outgoing.body, *want, "{id}");
            assert_order(&outgoing.body["tools"], &want["tools"], id);
            let lost = case["lost"].as_array().unwrap();
            for name in lost.iter().map(|name| name.as_str().unwrap()) {
                assert!(
                    outgoing.dropped.names().any(|dropped| dropped == name),
                    "{id}: {name:?} is not named"
                );
            }
            assert_eq!(outgoing.dropped.names().count(), lost.len(), "{id}: {}", outgoing.dropped.header());
            checked += 1;
        }
        if let Ok(client) = fs::read_to_string(folder_of.join("client.sse")) {
            let upstream = fs::read(folder_of.join("upstream.sse")).unwrap();
            for step in 1..=upstream.len() {
                let mut machine = pair.stream(&outgoing.memo);
                let mut got = String::from_utf8(streamed(&mut *machine, &upstream, step)).unwrap();
                if case["upstream_response"]["then"] == "connection_reset" {
                    assert!(!machine.ended(), "{id}: the relay ends it");
                    got.push_str(&client[client.rfind("event: error").unwrap()..]);
                }
                assert_eq!(got, client, "{id} cut after every {step} bytes");
            }
            checked += 1;
        } else if let Some(want) = case["client_response"].get("body") {
            let upstream = case["upstream_response"]["body"].clone();
            assert_eq!(pair.answer(upstream, &outgoing.memo).unwrap(), *want, "{id}");
            checked += 1;
        }
        assert!(checked > 0, "{id} states nothing to hold to");
    }
}

#[test]
fn every_stop_reason_crosses_as_the_table_says() {
    let case: Value = serde_json::from_slice(&fs::read(root().join("I13/case.json")).unwrap()).unwrap();
    let (to_chat, to_messages) = (pair("messages-to-chat"), pair("chat-to-messages"));
    let rows = case["table"].as_array().unwrap();
    for row in rows {
        let (messages, chat) = (row["anthropic"].as_str().unwrap(), row["openai_chat"].as_str().unwrap());
        let memo = to_messages.request(json!({"messages": []}), &ask(&json!({}))).unwrap().memo;
        let calls = json!([{"type": "tool_use", "id": "a", "name": "f", "input": {}}]);
        let content = if messages == "tool_use" { calls } else { json!([]) };
        let answer = to_messages.answer(json!({"content": content, "stop_reason": messages}), &memo).unwrap();
        assert_eq!(answer["choices"][0]["finish_reason"], chat, "{messages}");
        let choice = json!({"message": {"content": "x"}, "finish_reason": chat});
        let answer = to_chat.answer(json!({"choices": [choice]}), &memo).unwrap();
        let first = rows.iter().find(|row| row["openai_chat"] == chat).unwrap();
        assert_eq!(answer["stop_reason"], first["anthropic"], "{chat}");
    }
}

/// Prompt caches depend on the order of keys, which equality does not see.
fn assert_order(got: &Value, want: &Value, id: &str) {
    assert_eq!(got.to_string(), want.to_string(), "{id}: tools");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures")
}

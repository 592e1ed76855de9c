//! Responses bodies made to be expensive, and of any shape.

use super::{ask, pair, streamed};
use serde_json::{Value, json};

/// With work that grows by the square, this would not end.
const MANY: usize = 30_000;
/// From Responses.
const FROM: &[&str] = &["responses-to-messages", "responses-to-chat"];
/// To Responses.
const TO: &[&str] = &["messages-to-responses", "chat-to-responses"];

#[test]
fn many_calls_cost_what_they_weigh() {
    let mut input: Vec<Value> = (0..MANY)
        .map(|n| json!({"type": "function_call", "call_id": format!("c{n}"), "name": format!("f{n}"), "arguments": "{}"}))
        .collect();
    input.extend(
        (0..MANY)
            .rev()
            .map(|n| json!({"type": "function_call_output", "call_id": format!("c{n}"), "output": "x"})),
    );
    for folder in FROM {
        let out = pair(folder).request(json!({"input": input}), &ask(&json!({}))).unwrap().body.to_string();
        let (first, last) = (out.rfind("\"c0\"").unwrap(), out.rfind("\"c29999\"").unwrap());
        assert!(first < last, "{folder}: in the order of the calls");
    }
}

#[test]
fn many_tools_cost_what_they_weigh() {
    let inner: Vec<Value> =
        (0..MANY).map(|n| json!({"type": "function", "name": format!("b__{n}")})).collect();
    let more: Vec<Value> = (0..MANY).map(|n| json!({"type": "function", "name": n.to_string()})).collect();
    let tools = json!([
        {"type": "namespace", "name": "a", "tools": inner},
        {"type": "namespace", "name": "a__b", "tools": more},
    ]);
    let allowed: Vec<Value> = (0..MANY).map(|n| json!({"type": "function", "name": n.to_string()})).collect();
    let choice = json!({"type": "allowed_tools", "mode": "auto", "tools": allowed});
    for folder in FROM {
        let body = json!({"input": "x", "tools": tools, "tool_choice": choice});
        let out = pair(folder).request(body, &ask(&json!({}))).unwrap();
        assert_eq!(out.body["tools"].as_array().unwrap().len(), MANY, "{folder}");
        assert!(out.memo.tool_namespaces.len() == 2 * MANY, "{folder}");
    }
}

#[test]
fn the_order_of_a_schema_survives() {
    let schema = r#"{"type":"object","required":["z"],"properties":{"z":{"enum":["b","a"]},"a":{"type":"string"}},"$schema":"s"}"#;
    let parameters: Value = serde_json::from_str(schema).unwrap();
    let body = json!({"input": "x", "tools": [{"type": "function", "name": "f", "parameters": parameters}]});
    for folder in FROM {
        let out = pair(folder).request(body.clone(), &ask(&json!({}))).unwrap().body["tools"].to_string();
        assert!(out.contains(schema), "{folder} {out}");
    }
}

#[test]
fn what_an_upstream_may_make_the_proxy_keep_is_bounded() {
    let pair = pair("responses-to-messages");
    let memo = pair.request(json!({"input": "x"}), &ask(&json!({}))).unwrap().memo;
    let text = "x".repeat(1 << 20);
    let delta =
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}});
    let upstream = format!("data: {delta}\n\n").repeat(20);
    let mut machine = pair.stream(&memo);
    let out = String::from_utf8(streamed(&mut *machine, upstream.as_bytes(), 1 << 16)).unwrap();
    assert!(machine.ended() && out.contains("response.failed"), "it ends before memory does");
}

#[test]
fn many_calls_for_a_responses_upstream_cost_what_they_weigh() {
    let id = |n: usize| format!("c{n}");
    let calls: Vec<Value> =
        (0..MANY).map(|n| json!({"type": "tool_use", "id": id(n), "name": "f", "input": {}})).collect();
    let results: Vec<Value> = (0..MANY)
        .rev()
        .map(|n| json!({"type": "tool_result", "tool_use_id": id(n), "content": "x"}))
        .collect();
    let messages = json!([{"role": "assistant", "content": calls}, {"role": "user", "content": results}]);
    let body = json!({"max_tokens": 100, "messages": messages});
    let out = pair("messages-to-responses").request(body, &ask(&json!({}))).unwrap().body;
    assert_eq!(out["input"].as_array().unwrap().len(), 2 * MANY);

    let calls: Vec<Value> =
        (0..MANY).map(|n| json!({"id": id(n), "type": "function", "function": {"name": "f"}})).collect();
    let mut messages = vec![json!({"role": "assistant", "tool_calls": calls})];
    messages
        .extend((0..MANY / 2).rev().map(|n| json!({"role": "tool", "tool_call_id": id(n), "content": "x"})));
    let out =
        pair("chat-to-responses").request(json!({"messages": messages}), &ask(&json!({}))).unwrap().body;
    assert_eq!(out["input"].as_array().unwrap().len(), 2 * MANY, "each has an output");
}

#[test]
fn what_a_responses_upstream_may_make_the_proxy_keep_is_bounded() {
    let added = json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "function_call", "call_id": "a", "name": "f"}});
    let text = "x".repeat(1 << 20);
    let done = |n: u64| json!({"type": "response.output_item.done", "output_index": n, "item": {"type": "function_call", "id": n.to_string(), "arguments": text}});
    let mut upstream = format!("data: {added}\n\n");
    upstream.extend((1..20).map(|n| format!("data: {}\n\n", done(n))));
    for folder in TO {
        let mut machine = pair(folder).stream(&Default::default());
        let out = streamed(&mut *machine, upstream.as_bytes(), 1 << 16);
        assert!(machine.ended() && out.len() < 1 << 20, "{folder}");
    }
}

#[test]
fn a_body_of_any_shape_is_refused_or_translated() {
    let odd = [
        json!(null),
        json!(7),
        json!(""),
        json!("x"),
        json!([]),
        json!([7]),
        json!([null]),
        json!({}),
        json!({"type": "x"}),
        json!([{"type": "namespace", "name": "n", "tools": 7}]),
        json!([{"type": "function", "name": "f", "parameters": 7, "description": []}]),
        json!({"type": "function", "name": 7, "format": 7, "effort": 7}),
    ];
    let fields = [
        "input",
        "instructions",
        "tools",
        "tool_choice",
        "reasoning",
        "text",
        "metadata",
        "include",
        "store",
        "max_output_tokens",
        "temperature",
        "top_p",
        "parallel_tool_calls",
        "service_tier",
        "truncation",
        "user",
    ];
    let kinds = [
        "message",
        "reasoning",
        "function_call",
        "function_call_output",
        "custom_tool_call",
        "custom_tool_call_output",
        "additional_tools",
    ];
    let mut said = 0;
    for folder in FROM {
        let pair = pair(folder);
        for value in &odd {
            for field in fields {
                let mut body = json!({"input": "x"});
                body[field] = value.clone();
                said += usize::from(pair.request(body, &ask(&json!({}))).is_ok());
            }
            for kind in kinds {
                for key in [
                    "content",
                    "role",
                    "call_id",
                    "name",
                    "arguments",
                    "input",
                    "output",
                    "summary",
                    "encrypted_content",
                    "tools",
                ] {
                    let mut item = json!({"type": kind, "role": "user", "call_id": "a", "name": "f"});
                    item[key] = value.clone();
                    said += usize::from(pair.request(json!({"input": [item]}), &ask(&json!({}))).is_ok());
                }
            }
            let memo = Default::default();
            said += usize::from(pair.answer(value.clone(), &memo).is_ok());
            let answer =
                json!({"choices": [{"message": value}], "content": value, "output": value, "usage": value});
            said += usize::from(pair.answer(answer, &memo).is_ok());
            pair.error(500, value.to_string().as_bytes());
            pair.error(500, json!({"error": value}).to_string().as_bytes());
        }
    }
    assert!(said > 100, "{said}");
}

#[test]
fn a_body_of_any_shape_for_a_responses_upstream_is_refused_or_translated() {
    let odd =
        [json!(null), json!(7), json!("x"), json!([7]), json!([{}]), json!({}), json!([{"type": "text"}])];
    let fields = [
        "messages",
        "system",
        "tools",
        "tool_choice",
        "thinking",
        "output_config",
        "metadata",
        "stop_sequences",
        "max_tokens",
        "response_format",
        "stream_options",
        "reasoning_effort",
        "n",
    ];
    let mut said = 0;
    for folder in TO {
        let pair = pair(folder);
        for value in &odd {
            for field in fields {
                let mut body = json!({"messages": [{"role": "user", "content": "x"}]});
                body[field] = value.clone();
                said += usize::from(pair.request(body, &ask(&json!({}))).is_ok());
            }
            for role in ["user", "assistant", "system", "tool"] {
                for key in ["content", "tool_calls", "reasoning_details"] {
                    let mut message = json!({"role": role, "tool_call_id": "a"});
                    message[key] = value.clone();
                    let body = json!({"messages": [message, {"role": "user", "content": "x"}]});
                    said += usize::from(pair.request(body, &ask(&json!({}))).is_ok());
                }
            }
            let memo = Default::default();
            for answer in [
                value.clone(),
                json!({"output": value}),
                json!({"output": [{"type": "message", "content": value}], "usage": value, "incomplete_details": value}),
                json!({"output": [{"type": "reasoning", "summary": value, "content": value, "encrypted_content": value}]}),
                json!({"output": [{"type": "function_call", "call_id": value, "name": value, "arguments": value}]}),
            ] {
                said += usize::from(pair.answer(answer, &memo).is_ok());
            }
        }
    }
    assert!(said > 100, "{said}");
}

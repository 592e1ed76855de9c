//! Bodies made to be expensive, and values that a careless translation would change.

use super::{ask, pair};
use serde_json::{Value, json};

/// With work that grows by the square, this would not end.
const MANY: usize = 30_000;

#[test]
fn many_calls_cost_what_they_weigh() {
    let id = |n: usize| format!("call_{n}");
    let calls: Vec<Value> =
        (0..MANY).map(|n| json!({"type": "tool_use", "id": id(n), "name": "f", "input": {}})).collect();
    let results: Vec<Value> = (0..MANY)
        .rev()
        .map(|n| json!({"type": "tool_result", "tool_use_id": id(n), "content": "x"}))
        .collect();
    let body = json!({"max_tokens": 1, "messages": [
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": calls},
        {"role": "user", "content": results},
    ]});
    let out = pair("messages-to-chat").request(body, &ask(&json!({}))).unwrap().body;
    let messages = out["messages"].as_array().unwrap();
    assert_eq!(messages.len(), MANY + 2);
    assert_eq!(messages.last().unwrap()["tool_call_id"], json!(id(MANY - 1)), "in the order of the calls");

    let calls: Vec<Value> =
        (0..MANY).map(|n| json!({"id": id(n), "type": "function", "function": {"name": "f"}})).collect();
    let mut messages = vec![json!({"role": "assistant", "tool_calls": calls})];
    messages.extend((0..MANY).rev().map(|n| json!({"role": "tool", "tool_call_id": id(n), "content": "x"})));
    let out = pair("chat-to-messages").request(json!({"messages": messages}), &ask(&json!({}))).unwrap().body;
    let results = out["messages"][2]["content"].as_array().unwrap();
    assert_eq!(results.len(), MANY);
    assert_eq!(results.last().unwrap()["tool_use_id"], json!(id(MANY - 1)));
}

#[test]
fn deep_arguments_stay_text() {
    let deep = "[".repeat(1_000_000);
    let call = json!({"id": "a", "function": {"name": "f", "arguments": format!("{{\"a\":{deep}")}});
    let body = json!({"messages": [{"role": "assistant", "tool_calls": [call]}]});
    let out = pair("chat-to-messages").request(body, &ask(&json!({}))).unwrap().body;
    let raw = out["messages"][1]["content"][0]["input"]["_raw"].as_str().unwrap();
    assert_eq!(raw.len(), deep.len() + 5);
}

#[test]
fn numbers_keep_all_their_digits() {
    let arguments =
        r#"{"big":123456789012345678901234567890,"fine":0.1000000000000000055511151231257827,"e":1E+2}"#;
    let body = format!(
        r#"{{"model":"m","max_tokens":9,"messages":[{{"role":"user","content":"x"}},{{"role":"assistant","content":[{{"type":"tool_use","id":"a","name":"f","input":{arguments}}}]}}]}}"#
    );
    let chat =
        pair("messages-to-chat").request(serde_json::from_str(&body).unwrap(), &ask(&json!({}))).unwrap();
    let call = &chat.body["messages"][1]["tool_calls"][0]["function"];
    assert_eq!(call["arguments"], arguments.replace("1E+2", "1e+2"));
    let back = pair("chat-to-messages").request(chat.body, &ask(&json!({}))).unwrap();
    assert_eq!(
        back.body["messages"][1]["content"][0]["input"].to_string(),
        arguments.replace("1E+2", "1e+2")
    );
}

#[test]
fn the_order_of_a_schema_survives_both_ways() {
    let schema = r#"{"type":"object","required":["z"],"properties":{"z":{"enum":["b","a"]},"a":{"type":"string"}},"$schema":"s"}"#;
    let value: Value = serde_json::from_str(schema).unwrap();
    let body = json!({"tools": [{"name": "f", "input_schema": value}], "messages": [{"role": "user", "content": "x"}]});
    let out = pair("messages-to-chat").request(body, &ask(&json!({}))).unwrap().body;
    let parameters = out["tools"][0]["function"]["parameters"].clone();
    assert_eq!(parameters.to_string(), schema);
    let body = json!({"tools": [{"type": "function", "function": {"name": "f", "parameters": parameters}}], "messages": []});
    let out = pair("chat-to-messages").request(body, &ask(&json!({}))).unwrap().body;
    assert_eq!(out["tools"][0]["input_schema"].to_string(), schema);
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
    ];
    let fields = [
        "messages",
        "system",
        "tools",
        "tool_choice",
        "thinking",
        "output_config",
        "metadata",
        "stop_sequences",
        "stop",
        "max_tokens",
        "response_format",
        "stream_options",
        "reasoning_effort",
        "parallel_tool_calls",
        "temperature",
        "n",
    ];
    let mut said = 0;
    for folder in ["messages-to-chat", "chat-to-messages"] {
        for value in &odd {
            for field in fields {
                let mut body = json!({"messages": [{"role": "user", "content": "x"}]});
                body[field] = value.clone();
                said += usize::from(pair(folder).request(body, &ask(&json!({}))).is_ok());
            }
            for role in ["user", "assistant", "system", "tool"] {
                for key in ["content", "tool_calls", "reasoning_details"] {
                    let mut message = json!({"role": role, "tool_call_id": "a"});
                    message[key] = value.clone();
                    said += usize::from(
                        pair(folder).request(json!({"messages": [message]}), &ask(&json!({}))).is_ok(),
                    );
                }
            }
            let memo = Default::default();
            said += usize::from(pair(folder).answer(value.clone(), &memo).is_ok());
            said += usize::from(
                pair(folder)
                    .answer(json!({"choices": [{"message": value}], "content": value}), &memo)
                    .is_ok(),
            );
            pair(folder).error(500, value.to_string().as_bytes());
            pair(folder).error(500, json!({"error": value}).to_string().as_bytes());
        }
    }
    assert!(said > 100, "{said}");
}

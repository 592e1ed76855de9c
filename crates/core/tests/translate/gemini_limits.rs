//! Gemini bodies made to be expensive, and of any shape.

use super::{ask, pair};
use serde_json::{Value, json};

/// With work that grows by the square, this would not end.
const MANY: usize = 30_000;
/// From Gemini.
const FROM: [&str; 2] = ["gemini-to-messages", "gemini-to-chat"];

#[test]
fn many_calls_cost_what_they_weigh() {
    for with_ids in [true, false] {
        let id = |n: usize| if with_ids { json!(format!("c{n}")) } else { Value::Null };
        let calls: Vec<Value> =
            (0..MANY).map(|n| json!({"functionCall": {"id": id(n), "name": "f", "args": {}}})).collect();
        let answers: Vec<Value> = (0..MANY)
            .rev()
            .map(|n| json!({"functionResponse": {"id": id(n), "name": "f", "response": {"output": n.to_string()}}}))
            .collect();
        let body =
            json!({"contents": [{"role": "model", "parts": calls}, {"role": "user", "parts": answers}]});
        for folder in FROM {
            let out = pair(folder).request(body.clone(), &ask(&json!({}))).unwrap().body.to_string();
            let first = if with_ids { "\"0\"" } else { "\"29999\"" };
            let (a, b) = (out.find("\"content\":\"0\"").unwrap(), out.find("\"content\":\"29999\"").unwrap());
            assert_eq!(a < b, first == "\"0\"", "{folder}: in the order of the calls");
        }
    }
}

#[test]
fn many_calls_for_gemini_cost_what_they_weigh() {
    let id = |n: usize| format!("c{n}");
    let calls: Vec<Value> =
        (0..MANY).map(|n| json!({"type": "tool_use", "id": id(n), "name": "f", "input": {}})).collect();
    let results: Vec<Value> = (0..MANY)
        .rev()
        .map(|n| json!({"type": "tool_result", "tool_use_id": id(n), "content": n.to_string()}))
        .collect();
    let messages = json!({"max_tokens": 1, "messages": [
        {"role": "assistant", "content": calls},
        {"role": "user", "content": results},
    ]});
    let calls: Vec<Value> =
        (0..MANY).map(|n| json!({"id": id(n), "type": "function", "function": {"name": "f"}})).collect();
    let mut chat = vec![json!({"role": "assistant", "tool_calls": calls})];
    chat.extend(
        (0..MANY).rev().map(|n| json!({"role": "tool", "tool_call_id": id(n), "content": n.to_string()})),
    );
    for (folder, body) in [("messages-to-gemini", messages), ("chat-to-gemini", json!({"messages": chat}))] {
        let out = pair(folder).request(body, &ask(&json!({}))).unwrap().body;
        let parts = out["contents"][2]["parts"].as_array().unwrap();
        assert_eq!(parts.len(), MANY, "{folder}");
        let last = &parts.last().unwrap()["functionResponse"];
        assert_eq!(last["response"]["output"], json!((MANY - 1).to_string()), "in the order of the calls");
    }
}

#[test]
fn many_small_parts_cost_what_they_weigh() {
    let parts: Vec<Value> = (0..10 * MANY).map(|_| json!({"text": "ab"})).collect();
    let body = json!({"contents": [{"role": "model", "parts": parts}, {"parts": [{"text": "x"}]}]});
    for folder in FROM {
        let out = pair(folder).request(body.clone(), &ask(&json!({}))).unwrap().body.to_string();
        assert!(out.contains(&"ab".repeat(10 * MANY)), "{folder}");
    }
}

#[test]
fn the_order_of_a_schema_survives() {
    let schema = r#"{"type":"object","required":["z"],"properties":{"z":{"enum":["b","a"]},"a":{"type":"string"}},"$schema":"s"}"#;
    for key in ["parameters", "parametersJsonSchema"] {
        let mut function = json!({"name": "f"});
        function[key] = serde_json::from_str(schema).unwrap();
        let body = json!({"tools": [{"functionDeclarations": [function]}], "contents": [{"parts": [{"text": "x"}]}]});
        for folder in FROM {
            let out = pair(folder).request(body.clone(), &ask(&json!({}))).unwrap().body["tools"].to_string();
            assert!(out.contains(schema), "{folder} {out}");
        }
    }
}

fn odd() -> [Value; 10] {
    [
        json!(null),
        json!(7),
        json!(""),
        json!("x"),
        json!([]),
        json!([7]),
        json!([null]),
        json!({}),
        json!({"type": "x"}),
        json!({"parts": 7, "functionDeclarations": "x", "functionCallingConfig": [], "thinkingConfig": 7}),
    ]
}

#[test]
fn a_body_of_any_shape_is_refused_or_translated() {
    let mut said = 0;
    for folder in FROM {
        let pair = pair(folder);
        for value in odd() {
            for field in ["contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "model"]
            {
                let mut body = json!({"contents": [{"parts": [{"text": "x"}]}]});
                body[field] = value.clone();
                said += usize::from(pair.request(body, &ask(&json!({}))).is_ok());
            }
            for field in [
                "maxOutputTokens",
                "temperature",
                "topP",
                "topK",
                "stopSequences",
                "candidateCount",
                "seed",
                "responseMimeType",
                "responseSchema",
                "responseJsonSchema",
                "responseModalities",
                "thinkingConfig",
            ] {
                let mut body = json!({"contents": [{"parts": [{"text": "x"}]}], "generationConfig": {}});
                body["generationConfig"][field] = value.clone();
                said += usize::from(pair.request(body, &ask(&json!({}))).is_ok());
            }
            for role in ["user", "model"] {
                for key in
                    ["text", "inlineData", "fileData", "functionCall", "functionResponse", "thoughtSignature"]
                {
                    let mut part = json!({});
                    part[key] = value.clone();
                    let contents = json!([{"role": role, "parts": [part]}, {"parts": [{"text": "x"}]}]);
                    said +=
                        usize::from(pair.request(json!({"contents": contents}), &ask(&json!({}))).is_ok());
                }
            }
            let memo = Default::default();
            said += usize::from(pair.answer(value.clone(), &memo).is_ok());
            let answer = json!({"choices": [{"message": value}], "content": value, "usage": value});
            said += usize::from(pair.answer(answer, &memo).is_ok());
            pair.error(500, value.to_string().as_bytes());
            pair.error(500, json!({"error": value}).to_string().as_bytes());
        }
    }
    assert!(said > 100, "{said}");
}

#[test]
fn a_body_for_gemini_of_any_shape_is_refused_or_translated() {
    let mut said = 0;
    for folder in ["messages-to-gemini", "chat-to-gemini"] {
        let pair = pair(folder);
        for value in odd() {
            for field in [
                "messages",
                "system",
                "tools",
                "tool_choice",
                "thinking",
                "output_config",
                "metadata",
                "stop",
                "stop_sequences",
                "max_tokens",
                "response_format",
                "stream_options",
                "reasoning_effort",
                "n",
            ] {
                let mut body = json!({"messages": [{"role": "user", "content": "x"}]});
                body[field] = value.clone();
                said += usize::from(pair.request(body, &ask(&json!({}))).is_ok());
            }
            for role in ["user", "assistant", "system", "tool"] {
                for key in ["content", "tool_calls"] {
                    let mut message = json!({"role": role, "tool_call_id": "a"});
                    message[key] = value.clone();
                    said +=
                        usize::from(pair.request(json!({"messages": [message]}), &ask(&json!({}))).is_ok());
                }
            }
            let memo = Default::default();
            said += usize::from(pair.answer(value.clone(), &memo).is_ok());
            for answer in [
                json!({"candidates": value, "usageMetadata": value, "promptFeedback": value}),
                json!({"candidates": [{"content": value, "finishReason": value}]}),
                json!({"candidates": [{"content": {"parts": [value]}}]}),
                json!({"candidates": [{"content": {"parts": [{"functionCall": value, "text": value}]}}]}),
            ] {
                said += usize::from(pair.answer(answer, &memo).is_ok());
            }
            pair.error(500, value.to_string().as_bytes());
            pair.error(500, json!({"error": value}).to_string().as_bytes());
        }
    }
    assert!(said > 100, "{said}");
}

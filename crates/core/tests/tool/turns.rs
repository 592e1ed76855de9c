//! Models that say what they are told to, in every dialect, streamed and whole.

use crate::world::Reply;
use proxyagent_core::dialect::Dialect;
use serde_json::{Value, json};

/// Something a model says.
#[derive(Clone, Copy)]
pub(super) enum Say {
    Thought(&'static str),
    Text(&'static str),
    /// (id, name, arguments as JSON)
    Call(&'static str, &'static str, &'static str),
}
use Say::{Call, Text, Thought};

/// One turn's answer. Every turn uses 10 tokens of input and 4 of output.
pub(super) fn reply(dialect: Dialect, stream: bool, turn: u32, says: &[Say]) -> Reply {
    if stream {
        Reply::chunks(200, "text/event-stream", [streamed(dialect, turn, says).as_bytes()])
    } else {
        Reply::json(200, &whole(dialect, turn, says).to_string())
    }
}

/// The same, byte by byte.
pub(super) fn crumbled(dialect: Dialect, turn: u32, says: &[Say]) -> Reply {
    let text = streamed(dialect, turn, says);
    Reply::chunks(200, "text/event-stream", text.as_bytes().chunks(1))
}

fn calls(says: &[Say]) -> bool {
    says.iter().any(|say| matches!(say, Call(..)))
}

fn whole(dialect: Dialect, turn: u32, says: &[Say]) -> Value {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let text: String =
        says.iter().filter_map(|say| if let Text(text) = say { Some(*text) } else { None }).collect();
    match dialect {
        Dialect::Messages => {
            let block = |say: &Say| match say {
                Thought(text) => json!({"type": "thinking", "thinking": text, "signature": "sig"}),
                Text(text) => json!({"type": "text", "text": text}),
                Call(id, name, input) => {
                    json!({"type": "tool_use", "id": id, "name": name, "input": parsed(input)})
                }
            };
            json!({
                "id": format!("msg_{turn}"), "type": "message", "role": "assistant", "model": "claude-opus-5-5",
                "content": says.iter().map(block).collect::<Vec<_>>(),
                "stop_reason": if calls(says) { "tool_use" } else { "end_turn" }, "stop_sequence": null,
                "usage": {"input_tokens": 10, "output_tokens": 4, "cache_read_input_tokens": 2},
            })
        }
        Dialect::Chat => {
            let calls: Vec<Value> = says.iter().filter_map(|say| match say {
                Call(id, name, arguments) => Some(json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})),
                _ => None,
            }).collect();
            let mut message = json!({"role": "assistant", "content": if text.is_empty() { Value::Null } else { text.into() }, "refusal": null});
            let finish = if calls.is_empty() { "stop" } else { "tool_calls" };
            if !calls.is_empty() {
                message["tool_calls"] = calls.into();
            }
            json!({
                "id": format!("chatcmpl-{turn}"), "object": "chat.completion", "created": turn, "model": "gpt-6.1-terra",
                "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish}],
                "usage": {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14},
            })
        }
        Dialect::Responses => {
            response(turn, "completed", says.iter().enumerate().map(|(n, say)| item(turn, n, say)).collect())
        }
        Dialect::Gemini => chunk(turn, says.iter().map(part).collect(), true),
    }
}

fn streamed(dialect: Dialect, turn: u32, says: &[Say]) -> String {
    match dialect {
        Dialect::Messages => messages(turn, says),
        Dialect::Chat => chat(turn, says),
        Dialect::Responses => responses(turn, says),
        Dialect::Gemini => {
            let (last, first) = says.split_last().unwrap();
            let mut chunks: Vec<Value> =
                first.iter().map(|say| chunk(turn, vec![part(say)], false)).collect();
            chunks.push(chunk(turn, vec![part(last)], true));
            chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect()
        }
    }
}

fn named(events: &[Value]) -> String {
    events.iter().map(|e| format!("event: {}\ndata: {e}\n\n", e["type"].as_str().unwrap())).collect()
}

/// Two halves, so that everything arrives in pieces.
fn halves(text: &str) -> [&str; 2] {
    let (a, b) = text.split_at(text.floor_char_boundary(text.len() / 2));
    [a, b]
}

fn messages(turn: u32, says: &[Say]) -> String {
    let mut message = whole(Dialect::Messages, turn, &[]);
    message["stop_reason"] = Value::Null;
    message["usage"] = json!({"input_tokens": 10, "output_tokens": 1, "cache_read_input_tokens": 2});
    let mut events = vec![json!({"type": "message_start", "message": message}), json!({"type": "ping"})];
    for (index, say) in says.iter().enumerate() {
        let (block, deltas): (Value, Vec<Value>) = match say {
            Thought(text) => (
                json!({"type": "thinking", "thinking": "", "signature": ""}),
                vec![
                    json!({"type": "thinking_delta", "thinking": text}),
                    json!({"type": "signature_delta", "signature": "sig"}),
                ],
            ),
            Text(text) => (
                json!({"type": "text", "text": ""}),
                halves(text).iter().map(|half| json!({"type": "text_delta", "text": half})).collect(),
            ),
            Call(id, name, input) => (
                json!({"type": "tool_use", "id": id, "name": name, "input": {}}),
                halves(input)
                    .iter()
                    .map(|half| json!({"type": "input_json_delta", "partial_json": half}))
                    .collect(),
            ),
        };
        events.push(json!({"type": "content_block_start", "index": index, "content_block": block}));
        events.extend(
            deltas.iter().map(|delta| json!({"type": "content_block_delta", "index": index, "delta": delta})),
        );
        events.push(json!({"type": "content_block_stop", "index": index}));
    }
    let stop = if calls(says) { "tool_use" } else { "end_turn" };
    events.push(json!({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": null}, "usage": {"output_tokens": 4}}));
    events.push(json!({"type": "message_stop"}));
    named(&events)
}

fn chat(turn: u32, says: &[Say]) -> String {
    let chunk = |delta: Value, finish: Value| {
        json!({
            "id": format!("chatcmpl-{turn}"), "object": "chat.completion.chunk", "created": turn, "model": "gpt-6.1-terra",
            "choices": [{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}], "usage": null,
        })
    };
    let mut chunks = vec![chunk(json!({"role": "assistant", "content": ""}), Value::Null)];
    let mut index = 0;
    for say in says {
        match say {
            Thought(text) => chunks.push(chunk(json!({"reasoning_content": text}), Value::Null)),
            Text(text) => {
                chunks.extend(halves(text).iter().map(|half| chunk(json!({"content": half}), Value::Null)))
            }
            Call(id, name, arguments) => {
                let call = json!({"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": ""}});
                chunks.push(chunk(json!({"tool_calls": [call]}), Value::Null));
                chunks.extend(halves(arguments).iter().map(|half| {
                    chunk(
                        json!({"tool_calls": [{"index": index, "function": {"arguments": half}}]}),
                        Value::Null,
                    )
                }));
                index += 1;
            }
        }
    }
    chunks.push(chunk(json!({}), if calls(says) { "tool_calls" } else { "stop" }.into()));
    let mut usage = chunk(json!({}), Value::Null);
    usage["choices"] = json!([]);
    usage["usage"] = json!({"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14});
    chunks.push(usage);
    chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect::<String>() + "data: [DONE]\n\n"
}

fn item(turn: u32, n: usize, say: &Say) -> Value {
    match say {
        Thought(text) => {
            json!({"id": format!("rs_{turn}_{n}"), "type": "reasoning", "summary": [{"type": "summary_text", "text": text}]})
        }
        Text(text) => {
            json!({"id": format!("msg_{turn}_{n}"), "type": "message", "status": "completed", "role": "assistant",
            "content": [{"type": "output_text", "text": text, "annotations": []}]})
        }
        Call(id, name, arguments) => {
            json!({"id": format!("fc_{turn}_{n}"), "type": "function_call", "status": "completed",
            "call_id": id, "name": name, "arguments": arguments})
        }
    }
}

fn response(turn: u32, status: &str, output: Vec<Value>) -> Value {
    let usage = json!({"input_tokens": 10, "input_tokens_details": {"cached_tokens": 2}, "output_tokens": 4,
        "output_tokens_details": {"reasoning_tokens": 1}, "total_tokens": 14});
    let usage = if status == "completed" { usage } else { Value::Null };
    json!({"id": format!("resp_{turn}"), "object": "response", "created_at": turn, "status": status, "model": "gpt-6.1-sol",
        "output": output, "usage": usage})
}

fn responses(turn: u32, says: &[Say]) -> String {
    let mut events = vec![
        json!({"type": "response.created", "response": response(turn, "in_progress", vec![])}),
        json!({"type": "response.in_progress", "response": response(turn, "in_progress", vec![])}),
    ];
    let mut items = Vec::new();
    for (n, say) in says.iter().enumerate() {
        let item = item(turn, n, say);
        let id = &item["id"];
        events.push(json!({"type": "response.output_item.added", "output_index": n, "item": item}));
        match say {
            Thought(text) => events.push(json!({"type": "response.reasoning_summary_text.delta", "item_id": id, "output_index": n, "summary_index": 0, "delta": text})),
            Text(text) => events.extend(halves(text).iter().map(|half| {
                json!({"type": "response.output_text.delta", "item_id": id, "output_index": n, "content_index": 0, "delta": half})
            })),
            Call(_, _, arguments) => events.push(json!({"type": "response.function_call_arguments.delta", "item_id": id, "output_index": n, "delta": arguments})),
        }
        events.push(json!({"type": "response.output_item.done", "output_index": n, "item": item}));
        items.push(item);
    }
    events.push(json!({"type": "response.completed", "response": response(turn, "completed", items)}));
    for (n, event) in events.iter_mut().enumerate() {
        event["sequence_number"] = n.into();
    }
    named(&events)
}

fn part(say: &Say) -> Value {
    match say {
        Thought(text) => json!({"text": text, "thought": true}),
        Text(text) => json!({"text": text}),
        Call(id, name, args) => {
            let call = json!({"id": id, "name": name, "args": serde_json::from_str::<Value>(args).unwrap()});
            json!({"functionCall": call, "thoughtSignature": format!("signature-{id}")})
        }
    }
}

fn chunk(turn: u32, parts: Vec<Value>, last: bool) -> Value {
    let mut candidate = json!({"content": {"role": "model", "parts": parts}, "index": 0});
    if last {
        candidate["finishReason"] = "STOP".into();
    }
    json!({"candidates": [candidate], "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 4, "totalTokenCount": 14},
        "modelVersion": "gemini-4-flash", "responseId": format!("r{turn}")})
}

//! The mock in OpenAI Chat Completions. Grammar: platform.openai.com/docs/api-reference/chat-streaming.

use super::prompt::{Choice, Format, Prompt, Tool, entries, joined, object_of, objects, str_of, texts};
use super::reply::{Call, Reply, Said, halves};
use serde_json::{Map, Value, json};

/// Reads a request.
pub(super) fn read(body: &Map<String, Value>) -> Result<Prompt<'_>, String> {
    let mut prompt = Prompt::default();
    for (i, message) in objects(body, "messages")?.into_iter().enumerate() {
        let content = message.get("content");
        let said = texts(content).map_err(|what| format!("messages.{i}.content: {what}"))?;
        match str_of(message, "role") {
            "system" | "developer" => prompt.weigh(&said),
            "assistant" => {
                prompt.assistant_speaks();
                prompt.say(&said);
                for call in entries(message, "tool_calls") {
                    if let Some(function) = object_of(call, "function") {
                        prompt.call(
                            str_of(call, "id"),
                            str_of(function, "name"),
                            str_of(function, "arguments"),
                        );
                    }
                }
            }
            "tool" | "function" => {
                prompt.user_speaks();
                prompt.result(joined(content)?);
            }
            "user" => {
                prompt.user_speaks();
                prompt.say(&said);
            }
            _ => {
                return Err(format!("messages.{i}.role: must be system, developer, user, assistant or tool"));
            }
        }
    }
    prompt.tools = entries(body, "tools").filter_map(tool).collect();
    prompt.choice = choice(body.get("tool_choice"));
    prompt.format = format(body);
    Ok(prompt)
}

/// Whether the stream shall end with a chunk of usage.
pub(super) fn wants_usage(body: &Map<String, Value>) -> bool {
    object_of(body, "stream_options").and_then(|options| options.get("include_usage"))
        == Some(&Value::Bool(true))
}

pub(super) fn whole(model: &str, reply: &Reply) -> Value {
    let message = match &reply.said {
        Said::Text(text) => {
            json!({"role": "assistant", "content": text.whole(), "refusal": null, "annotations": []})
        }
        Said::Call(call) => json!({
            "role": "assistant",
            "content": null,
            "refusal": null,
            "annotations": [],
            "tool_calls": [{
                "id": call_id(call),
                "type": "function",
                "function": {"name": call.name, "arguments": call.input.to_text()},
            }],
        }),
    };
    json!({
        "id": id(reply),
        "object": "chat.completion",
        "created": CREATED,
        "model": model,
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason(reply)}],
        "usage": usage(reply),
        "service_tier": "default",
        "system_fingerprint": "fp_mock",
    })
}

/// With `with_usage`, every chunk has a `usage` and one more chunk carries it.
pub(super) fn stream(model: &str, reply: &Reply, with_usage: bool) -> Vec<String> {
    let choice = |delta: Value, finish_reason: Option<&str>| json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason}]);
    let mut choices = Vec::new();
    match &reply.said {
        Said::Text(text) => {
            choices.push(choice(json!({"role": "assistant", "content": "", "refusal": null}), None));
            choices.extend(text.deltas.iter().map(|text| choice(json!({"content": text}), None)));
        }
        Said::Call(call) => {
            let start = json!({
                "index": 0,
                "id": call_id(call),
                "type": "function",
                "function": {"name": call.name, "arguments": ""},
            });
            choices.push(choice(json!({"role": "assistant", "content": null, "tool_calls": [start]}), None));
            let part = |part: &String| json!({"tool_calls": [{"index": 0, "function": {"arguments": part}}]});
            choices.extend(halves(&call.input.to_text()).iter().map(|text| choice(part(text), None)));
        }
    }
    choices.push(choice(json!({}), Some(finish_reason(reply))));

    let mut events: Vec<String> = choices
        .into_iter()
        .map(|choices| event(&chunk(model, reply, choices, with_usage.then_some(Value::Null))))
        .collect();
    if with_usage {
        events.push(event(&chunk(model, reply, json!([]), Some(usage(reply)))));
    }
    events.push("data: [DONE]\n\n".to_owned());
    events
}

fn tool(tool: &Map<String, Value>) -> Option<Tool<'_>> {
    let function = object_of(tool, "function")?;
    let name = function.get("name")?.as_str()?;
    Some(Tool { name, namespace: None, custom: false, schema: function.get("parameters") })
}

fn choice(choice: Option<&Value>) -> Choice<'_> {
    match choice {
        Some(Value::String(mode)) if mode == "none" => Choice::None,
        Some(Value::String(mode)) if mode == "required" => Choice::Any,
        Some(Value::Object(named)) => object_of(named, "function")
            .map_or(Choice::Free, |function| Choice::Named(str_of(function, "name"))),
        _ => Choice::Free,
    }
}

fn format(body: &Map<String, Value>) -> Format<'_> {
    let Some(format) = object_of(body, "response_format") else { return Format::Text };
    match str_of(format, "type") {
        "json_object" => Format::Json,
        "json_schema" => {
            let schema = object_of(format, "json_schema").and_then(|named| named.get("schema"));
            schema.map_or(Format::Json, Format::Schema)
        }
        _ => Format::Text,
    }
}

fn chunk(model: &str, reply: &Reply, choices: Value, usage: Option<Value>) -> Value {
    let mut chunk = json!({
        "id": id(reply),
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": model,
        "service_tier": "default",
        "system_fingerprint": "fp_mock",
        "choices": choices,
    });
    if let (Some(usage), Some(chunk)) = (usage, chunk.as_object_mut()) {
        chunk.insert("usage".to_owned(), usage);
    }
    chunk
}

fn usage(reply: &Reply) -> Value {
    json!({
        "prompt_tokens": reply.input_tokens,
        "completion_tokens": reply.output_tokens,
        "total_tokens": reply.input_tokens + reply.output_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0, "cache_write_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    })
}

fn finish_reason(reply: &Reply) -> &'static str {
    match reply.said {
        Said::Text(_) => "stop",
        Said::Call(_) => "tool_calls",
    }
}

fn event(data: &Value) -> String {
    format!("data: {data}\n\n")
}

fn id(reply: &Reply) -> String {
    format!("chatcmpl-mock-{}", reply.number)
}

fn call_id(call: &Call) -> String {
    format!("call_mock_{}", call.number)
}

/// A fixed time of creation, in Unix seconds: equal requests give equal bytes.
const CREATED: u64 = 1_795_450_000;

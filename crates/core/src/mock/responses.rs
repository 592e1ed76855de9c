//! The mock in OpenAI Responses. Grammar: platform.openai.com/docs/api-reference/responses-streaming. Codex reads
//! `output_item.done` and `completed` only; the SDKs also want what comes before.

use super::deliver::named_event;
use super::prompt::{Choice, Format, Prompt, Tool, entries, joined, object_of, objects, str_of, texts};
use super::reply::{Call, Input, Reply, Said};
use serde_json::{Map, Value, json};

/// Reads a request. Tools may also stand in the input, as an item `additional_tools` (Codex).
pub(super) fn read(body: &Map<String, Value>) -> Result<Prompt<'_>, String> {
    let mut prompt = Prompt::default();
    prompt.weigh(&[str_of(body, "instructions")]);
    read_tools(&mut prompt, body);
    if let Some(Value::String(text)) = body.get("input") {
        prompt.user_speaks();
        prompt.say(&[text]);
    } else {
        for (i, item) in objects(body, "input")?.into_iter().enumerate() {
            read_item(&mut prompt, item).map_err(|what| format!("input.{i}: {what}"))?;
        }
    }
    prompt.choice = choice(body.get("tool_choice"));
    prompt.format = format(body);
    Ok(prompt)
}

pub(super) fn count(tokens: u64) -> Value {
    json!({"object": "response.input_tokens", "input_tokens": tokens})
}

pub(super) fn whole(model: &str, reply: &Reply) -> Value {
    response(model, reply, "completed", json!([item(reply, true)]), usage(reply))
}

pub(super) fn stream(model: &str, reply: &Reply) -> Vec<String> {
    let mut events = Vec::new();
    for kind in ["response.created", "response.in_progress"] {
        let response = response(model, reply, "in_progress", json!([]), Value::Null);
        events.push(json!({"type": kind, "response": response}));
    }
    events.push(json!({"type": "response.output_item.added", "output_index": 0, "item": item(reply, false)}));
    match &reply.said {
        Said::Text(text) => {
            let id = message_id(reply);
            let part = |kind: &str, part: Value| json!({"type": kind, "item_id": id, "output_index": 0, "content_index": 0, "part": part});
            events.push(part("response.content_part.added", text_part("")));
            events.extend(text.deltas.iter().map(|delta| {
                json!({
                    "type": "response.output_text.delta",
                    "item_id": id,
                    "output_index": 0,
                    "content_index": 0,
                    "delta": delta,
                    "logprobs": [],
                })
            }));
            let whole = text.whole();
            events.push(json!({
                "type": "response.output_text.done",
                "item_id": id,
                "output_index": 0,
                "content_index": 0,
                "text": whole,
                "logprobs": [],
            }));
            events.push(part("response.content_part.done", text_part(&whole)));
        }
        Said::Call(call) => events.extend(call_events(call)),
    }
    events.push(json!({"type": "response.output_item.done", "output_index": 0, "item": item(reply, true)}));
    events.push(json!({"type": "response.completed", "response": whole(model, reply)}));
    events.into_iter().enumerate().map(|(number, event)| numbered(number, event)).collect()
}

fn read_item<'a>(prompt: &mut Prompt<'a>, item: &'a Map<String, Value>) -> Result<(), String> {
    match (str_of(item, "type"), str_of(item, "role")) {
        ("additional_tools", _) => read_tools(prompt, item),
        ("" | "message", role) => {
            let said = texts(item.get("content")).map_err(|what| format!("content: {what}"))?;
            match role {
                "system" | "developer" => prompt.weigh(&said),
                "assistant" => {
                    prompt.assistant_speaks();
                    prompt.say(&said);
                }
                "user" => {
                    prompt.user_speaks();
                    prompt.say(&said);
                }
                _ => return Err("role: must be user, assistant, system or developer".to_owned()),
            }
        }
        (kind, _) if kind.ends_with("_output") => {
            prompt.user_speaks();
            let output = item.get("output");
            let text =
                joined(output).unwrap_or_else(|_| output.map(Value::to_string).unwrap_or_default().into());
            prompt.result(text);
        }
        (kind, _) if kind.ends_with("_call") => {
            prompt.assistant_speaks();
            let input = item.get("arguments").or_else(|| item.get("input")).and_then(Value::as_str);
            prompt.call(str_of(item, "call_id"), str_of(item, "name"), input.unwrap_or_default());
        }
        ("reasoning", _) => prompt.assistant_speaks(),
        _ => {}
    }
    Ok(())
}

/// Tools are flat here; a namespace groups some.
fn read_tools<'a>(prompt: &mut Prompt<'a>, holder: &'a Map<String, Value>) {
    for tool in entries(holder, "tools") {
        if str_of(tool, "type") == "namespace" {
            // `functions` is where calls go that name no namespace.
            let namespace =
                Some(str_of(tool, "name")).filter(|name| !name.is_empty() && *name != "functions");
            prompt.tools.extend(entries(tool, "tools").filter_map(|tool| read_tool(tool, namespace)));
        } else {
            prompt.tools.extend(read_tool(tool, None));
        }
    }
}

fn read_tool<'a>(tool: &'a Map<String, Value>, namespace: Option<&'a str>) -> Option<Tool<'a>> {
    let custom = match str_of(tool, "type") {
        "function" => false,
        "custom" => true,
        _ => return None,
    };
    let name = tool.get("name")?.as_str()?;
    Some(Tool { name, namespace, custom, schema: tool.get("parameters") })
}

fn choice(choice: Option<&Value>) -> Choice<'_> {
    match choice {
        Some(Value::String(mode)) if mode == "none" => Choice::None,
        Some(Value::String(mode)) if mode == "required" => Choice::Any,
        Some(Value::Object(named)) if matches!(str_of(named, "type"), "function" | "custom") => {
            Choice::Named(str_of(named, "name"))
        }
        _ => Choice::Free,
    }
}

fn format(body: &Map<String, Value>) -> Format<'_> {
    let Some(format) = object_of(body, "text").and_then(|text| object_of(text, "format")) else {
        return Format::Text;
    };
    match str_of(format, "type") {
        "json_object" => Format::Json,
        "json_schema" => format.get("schema").map_or(Format::Json, Format::Schema),
        _ => Format::Text,
    }
}

fn call_events(call: &Call) -> [Value; 2] {
    let id = item_id(call);
    match &call.input {
        Input::Json(input) => [
            json!({"type": "response.function_call_arguments.delta", "item_id": id, "output_index": 0, "delta": input.to_string()}),
            json!({"type": "response.function_call_arguments.done", "item_id": id, "output_index": 0, "name": call.name, "arguments": input.to_string()}),
        ],
        Input::Free(input) => [
            json!({"type": "response.custom_tool_call_input.delta", "item_id": id, "output_index": 0, "delta": input}),
            json!({"type": "response.custom_tool_call_input.done", "item_id": id, "output_index": 0, "input": input}),
        ],
    }
}

/// The one item of the output: when it is added, still empty, or when it is done.
fn item(reply: &Reply, done: bool) -> Value {
    let status = if done { "completed" } else { "in_progress" };
    match &reply.said {
        Said::Text(text) => {
            let content = if done { json!([text_part(&text.whole())]) } else { json!([]) };
            json!({"id": message_id(reply), "type": "message", "status": status, "role": "assistant", "content": content})
        }
        Said::Call(call) => {
            let (kind, field) = match call.input {
                Input::Json(_) => ("function_call", "arguments"),
                Input::Free(_) => ("custom_tool_call", "input"),
            };
            let mut item = Map::new();
            item.insert("id".to_owned(), json!(item_id(call)));
            item.insert("type".to_owned(), json!(kind));
            item.insert("status".to_owned(), json!(status));
            item.insert("call_id".to_owned(), json!(format!("call_mock_{}", call.number)));
            item.insert("name".to_owned(), json!(call.name));
            if let Some(namespace) = &call.namespace {
                item.insert("namespace".to_owned(), json!(namespace));
            }
            item.insert(field.to_owned(), json!(if done { call.input.to_text() } else { String::new() }));
            Value::Object(item)
        }
    }
}

fn text_part(text: &str) -> Value {
    json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []})
}

fn response(model: &str, reply: &Reply, status: &str, output: Value, usage: Value) -> Value {
    json!({
        "id": format!("resp_mock_{}", reply.number),
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "background": false,
        "error": null,
        "incomplete_details": null,
        "instructions": null,
        "max_output_tokens": null,
        "max_tool_calls": null,
        "model": model,
        "output": output,
        "parallel_tool_calls": true,
        "previous_response_id": null,
        "prompt_cache_key": null,
        "reasoning": {"effort": "medium", "summary": null},
        "safety_identifier": null,
        "service_tier": "default",
        "store": false,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"},
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": usage,
        "user": null,
        "metadata": {},
    })
}

fn usage(reply: &Reply) -> Value {
    json!({
        "input_tokens": reply.input_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": reply.output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": reply.input_tokens + reply.output_tokens,
    })
}

/// The event with its sequence number, right after its type as the API writes it.
fn numbered(number: usize, event: Value) -> String {
    let Value::Object(fields) = event else { return String::new() };
    let mut numbered = Map::new();
    for (key, value) in fields {
        let first = numbered.is_empty();
        numbered.insert(key, value);
        if first {
            numbered.insert("sequence_number".to_owned(), json!(number));
        }
    }
    named_event(&Value::Object(numbered))
}

fn message_id(reply: &Reply) -> String {
    format!("msg_mock_{}", reply.number)
}

fn item_id(call: &Call) -> String {
    let prefix = match call.input {
        Input::Json(_) => "fc",
        Input::Free(_) => "ctc",
    };
    format!("{prefix}_mock_{}", call.number)
}

/// A fixed time of creation, in Unix seconds: equal requests give equal bytes.
const CREATED: u64 = 1_795_450_000;

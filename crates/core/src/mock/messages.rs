//! The mock in Anthropic Messages. Grammar: platform.claude.com/docs/en/build-with-claude/streaming.

use super::deliver::named_event;
use super::prompt::{Choice, Format, Prompt, Tool, entries, joined, object_of, objects, str_of, texts};
use super::reply::{Reply, Said, halves};
use serde_json::{Map, Value, json};

/// Reads a request. A `system` turn may stand anywhere among the messages (Claude Code sends it second).
pub(super) fn read(body: &Map<String, Value>) -> Result<Prompt<'_>, String> {
    let mut prompt = Prompt::default();
    prompt.weigh(&texts(body.get("system")).map_err(|what| format!("system: {what}"))?);
    for (i, message) in objects(body, "messages")?.into_iter().enumerate() {
        let content = message.get("content");
        let said = texts(content).map_err(|what| format!("messages.{i}.content: {what}"))?;
        match str_of(message, "role") {
            "system" => prompt.weigh(&said),
            "assistant" => {
                prompt.assistant_speaks();
                prompt.say(&said);
                for block in entries(message, "content").filter(|block| str_of(block, "type") == "tool_use") {
                    let input = block.get("input").map(Value::to_string).unwrap_or_default();
                    prompt.call(str_of(block, "id"), str_of(block, "name"), &input);
                }
            }
            "user" => {
                prompt.user_speaks();
                prompt.say(&said);
                for block in
                    entries(message, "content").filter(|block| str_of(block, "type") == "tool_result")
                {
                    let text = joined(block.get("content"));
                    prompt.result(text.map_err(|what| format!("messages.{i}.content: tool_result: {what}"))?);
                }
            }
            _ => return Err(format!("messages.{i}.role: must be user, assistant or system")),
        }
    }
    prompt.tools = entries(body, "tools").filter_map(tool).collect();
    prompt.choice = choice(body);
    prompt.format = format(body);
    Ok(prompt)
}

pub(super) fn count(tokens: u64) -> Value {
    json!({ "input_tokens": tokens })
}

pub(super) fn whole(model: &str, reply: &Reply) -> Value {
    let content = match &reply.said {
        Said::Text(text) => json!([{"type": "text", "text": text.whole()}]),
        Said::Call(call) => json!([
            {"type": "text", "text": lead_in(&call.name)},
            {"type": "tool_use", "id": call_id(call.number), "name": call.name, "input": call.input.to_object()},
        ]),
    };
    message(model, reply, content, Some(stop_reason(reply)), reply.output_tokens)
}

pub(super) fn stream(model: &str, reply: &Reply) -> Vec<String> {
    let mut events =
        vec![json!({"type": "message_start", "message": message(model, reply, json!([]), None, 1)})];
    let block = |index: u8, block: Value| json!({"type": "content_block_start", "index": index, "content_block": block});
    let delta =
        |index: u8, delta: Value| json!({"type": "content_block_delta", "index": index, "delta": delta});
    let stop = |index: u8| json!({"type": "content_block_stop", "index": index});
    let text_delta = |text: &str| delta(0, json!({"type": "text_delta", "text": text}));

    events.push(block(0, json!({"type": "text", "text": ""})));
    match &reply.said {
        Said::Text(text) => {
            if text.echo {
                events.push(json!({"type": "ping"}));
            }
            events.extend(text.deltas.iter().map(|text| text_delta(text)));
            events.push(stop(0));
        }
        Said::Call(call) => {
            events.push(text_delta(&lead_in(&call.name)));
            events.push(stop(0));
            let start =
                json!({"type": "tool_use", "id": call_id(call.number), "name": call.name, "input": {}});
            events.push(block(1, start));
            // The first is empty, as the API's own is.
            let parts = [String::new()].into_iter().chain(halves(&call.input.to_object().to_string()));
            events.extend(
                parts.map(|part| delta(1, json!({"type": "input_json_delta", "partial_json": part}))),
            );
            events.push(stop(1));
        }
    }
    events.push(json!({
        "type": "message_delta",
        "delta": {"stop_reason": stop_reason(reply), "stop_sequence": null, "stop_details": null},
        "usage": usage(reply, reply.output_tokens),
    }));
    events.push(json!({"type": "message_stop"}));
    events.iter().map(named_event).collect()
}

fn tool(tool: &Map<String, Value>) -> Option<Tool<'_>> {
    let name = tool.get("name")?.as_str()?;
    Some(Tool { name, namespace: None, custom: false, schema: tool.get("input_schema") })
}

fn choice(body: &Map<String, Value>) -> Choice<'_> {
    let Some(choice) = object_of(body, "tool_choice") else { return Choice::Free };
    match str_of(choice, "type") {
        "none" => Choice::None,
        "any" => Choice::Any,
        "tool" => Choice::Named(str_of(choice, "name")),
        _ => Choice::Free,
    }
}

/// `output_config.format`, or `output_format` as it was called in its beta.
fn format(body: &Map<String, Value>) -> Format<'_> {
    let now = object_of(body, "output_config").and_then(|config| config.get("format"));
    let schema = now.or_else(|| body.get("output_format")).and_then(|format| format.get("schema"));
    schema.map_or(Format::Text, Format::Schema)
}

fn message(model: &str, reply: &Reply, content: Value, stop_reason: Option<&str>, output: u64) -> Value {
    json!({
        "model": model,
        "id": format!("msg_mock_{}", reply.number),
        "type": "message",
        "role": "assistant",
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": null,
        "stop_details": null,
        "usage": usage(reply, output),
    })
}

fn usage(reply: &Reply, output: u64) -> Value {
    json!({
        "input_tokens": reply.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": output,
    })
}

fn stop_reason(reply: &Reply) -> &'static str {
    match reply.said {
        Said::Text(_) => "end_turn",
        Said::Call(_) => "tool_use",
    }
}

fn lead_in(name: &str) -> String {
    format!("Calling {name}.")
}

fn call_id(number: u64) -> String {
    format!("toolu_mock_{number}")
}

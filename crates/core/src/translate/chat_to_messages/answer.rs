//! A whole Messages answer as a Chat completion.

use super::reasoning;
use crate::dialect::Dialect;
use crate::translate::field::{self, Object, take, take_text};
use crate::translate::{Memo, Untranslated, answer_id, arguments, custom_tool, stop_reason, usage_shape};
use serde_json::{Value, json};

pub(super) fn translate(body: Value, memo: &Memo) -> Result<Value, Untranslated> {
    let Value::Object(mut body) = body else { return Err(Untranslated("JSON object")) };
    let usage = usage_shape::chat(&usage_shape::read(Dialect::Messages, &body).unwrap_or_default());
    let Some(Value::Array(content)) = take(&mut body, "content") else { return Err(Untranslated("content")) };
    let (mut text, mut thinking) = (String::new(), String::new());
    let (mut calls, mut details) = (Vec::new(), Vec::new());
    for block in content {
        let Value::Object(mut block) = block else { continue };
        match field::text(&block, "type") {
            "text" => text.push_str(field::text(&block, "text")),
            "tool_use" => calls.push(call(&mut block, memo)),
            "thinking" | "redacted_thinking" => {
                thinking.push_str(field::text(&block, "thinking"));
                details.extend(reasoning::detail(&block, details.len()));
            }
            // Server tools were not offered, and what is new has no place in Chat.
            _ => {}
        }
    }
    let reason = field::text(&body, "stop_reason");
    let finish = if calls.is_empty() { stop_reason::of_messages(reason).chat } else { "tool_calls" };
    let refusal = Some(refusal(&body)).filter(|_| reason == "refusal" && text.is_empty());
    let mut message = Object::new();
    message.insert("role".into(), "assistant".into());
    message.insert("content".into(), if text.is_empty() { Value::Null } else { text.into() });
    message.insert("refusal".into(), refusal.into());
    if !thinking.is_empty() {
        message.insert("reasoning_content".into(), thinking.into());
    }
    if !details.is_empty() {
        message.insert("reasoning_details".into(), details.into());
    }
    if !calls.is_empty() {
        message.insert("tool_calls".into(), calls.into());
    }
    Ok(json!({
        "id": answer_id::chat(field::text(&body, "id"), memo),
        "object": "chat.completion",
        "created": memo.created,
        "model": memo.model,
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish}],
        "usage": usage,
    }))
}

fn call(block: &mut Object, memo: &Memo) -> Value {
    let id = take_text(block, "id").unwrap_or_default();
    let sent = take_text(block, "name").unwrap_or_default();
    let name = memo.tool_name(&sent);
    let arguments = arguments::to_text(take(block, "input"));
    if memo.custom_tools.contains(&sent) {
        let input = custom_tool::unwrap(&arguments);
        return json!({"id": id, "type": "custom", "custom": {"name": name, "input": input}});
    }
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
}

/// Why the model refused, where it says so.
fn refusal(body: &Object) -> String {
    let explained = body.get("stop_details").and_then(|details| details.get("explanation"));
    explained.and_then(Value::as_str).unwrap_or(REFUSED).to_owned()
}

const REFUSED: &str = "The model refused to answer.";

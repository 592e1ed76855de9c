//! A whole Chat completion as a Messages answer.

use crate::dialect::Dialect;
use crate::translate::field::{self, Object, take, take_object, take_text};
use crate::translate::{Memo, Untranslated, answer_id, arguments, chat_message, stop_reason, usage_shape};
use serde_json::{Value, json};

pub(super) fn translate(body: Value, memo: &Memo) -> Result<Value, Untranslated> {
    let Value::Object(mut body) = body else { return Err(Untranslated("JSON object")) };
    let usage = usage_shape::messages(&usage_shape::read(Dialect::Chat, &body).unwrap_or_default());
    let id = answer_id::messages(field::text(&body, "id"), memo);
    let first = match take(&mut body, "choices") {
        Some(Value::Array(choices)) => choices.into_iter().next(),
        _ => None,
    };
    let Some(Value::Object(mut choice)) = first else { return Err(Untranslated("choices")) };
    let mut message = take_object(&mut choice, "message").ok_or(Untranslated("message"))?;
    let (mut content, mut refused) = (Vec::new(), false);
    if memo.show_reasoning
        && let Some(thinking) = chat_message::reasoning(&mut message)
    {
        content.push(json!({"type": "thinking", "thinking": thinking, "signature": ""}));
    }
    let mut text = chat_message::text(take(&mut message, "content"));
    if let Some(refusal) = take_text(&mut message, "refusal").filter(|refusal| !refusal.is_empty()) {
        refused = true;
        text.push_str(&refusal);
    }
    if !text.is_empty() {
        content.push(json!({"type": "text", "text": text}));
    }
    let calls = chat_message::calls(&mut message);
    let called = !calls.is_empty();
    for (n, call) in calls.into_iter().enumerate() {
        content.push(tool_use(call, n, &id, memo));
    }
    let stop = match field::text(&choice, "finish_reason") {
        _ if called => "tool_use",
        _ if refused => "refusal",
        reason => stop_reason::of_chat(reason).messages,
    };
    Ok(json!({
        "model": memo.model,
        "id": id,
        "type": "message",
        "role": "assistant",
        "content": content,
        "stop_reason": stop,
        "stop_sequence": null,
        "stop_details": null,
        "usage": usage,
    }))
}

fn tool_use(mut call: Object, n: usize, answer: &str, memo: &Memo) -> Value {
    let id = take_text(&mut call, "id").filter(|id| !id.is_empty());
    let id = id.unwrap_or_else(|| answer_id::call(answer, n));
    let name = memo.tool_name(field::text(&call, "name"));
    let input = arguments::to_object(&arguments::as_text(call.get("arguments").cloned()));
    json!({"type": "tool_use", "id": id, "name": name, "input": input})
}

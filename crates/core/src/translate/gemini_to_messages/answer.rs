//! A whole Messages answer as Gemini's.

use super::thoughts::Thoughts;
use crate::dialect::Dialect;
use crate::translate::field::{self, Object, take, take_object, take_text};
use crate::translate::gemini::reply::{self, End};
use crate::translate::{Memo, Untranslated, stop_reason, usage_shape};
use serde_json::{Value, json};

pub(super) fn translate(body: Value, memo: &Memo) -> Result<Value, Untranslated> {
    let Value::Object(mut body) = body else { return Err(Untranslated("JSON object")) };
    let usage = usage_shape::read(Dialect::Messages, &body).unwrap_or_default();
    let Some(Value::Array(content)) = take(&mut body, "content") else { return Err(Untranslated("content")) };
    let (mut parts, mut thoughts, mut called) =
        (Vec::with_capacity(content.len()), Thoughts::default(), false);
    for block in content {
        let Value::Object(mut block) = block else { continue };
        match field::text(&block, "type") {
            "text" if !field::text(&block, "text").is_empty() => {
                thoughts.spoken();
                parts.push(reply::text(field::text(&block, "text")));
            }
            "thinking" | "redacted_thinking" => {
                thoughts.keep(&block);
                let text = field::text(&block, "thinking");
                if memo.show_reasoning && !text.is_empty() {
                    parts.push(reply::thought(text));
                }
            }
            "tool_use" => {
                called = true;
                parts.push(call(&mut block, &mut thoughts, memo));
            }
            // Server tools were not offered, and what is new has no place in Gemini.
            _ => {}
        }
    }
    let details = take_object(&mut body, "stop_details").unwrap_or_default();
    let end = end(field::text(&body, "stop_reason"), &details, called, usage);
    Ok(reply::response(parts, Some(&end), &reply::id(field::text(&body, "id"), memo), memo))
}

/// How the answer ends, in Gemini's words.
pub(super) fn end(reason: &str, details: &Object, called: bool, usage: crate::usage::Usage) -> End {
    let refused = reason == "refusal" && !called;
    let message = details.get("explanation").and_then(Value::as_str).filter(|_| refused).map(str::to_owned);
    let reason = if called { "STOP" } else { stop_reason::of_messages(reason).gemini };
    End { reason, message, usage }
}

fn call(block: &mut Object, thoughts: &mut Thoughts, memo: &Memo) -> Value {
    let id = take_text(block, "id").unwrap_or_default();
    let name = take_text(block, "name").unwrap_or_default();
    let args = take(block, "input").filter(Value::is_object).unwrap_or_else(|| json!({}));
    reply::call(&id, memo.tool_name(&name), args, thoughts.signature())
}

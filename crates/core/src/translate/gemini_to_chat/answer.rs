//! A whole Chat completion as Gemini's answer.

use super::calls::Calls;
use crate::dialect::Dialect;
use crate::translate::field::{self, take, take_object, take_text};
use crate::translate::gemini::reply::{self, End};
use crate::translate::{Memo, Untranslated, chat_message, stop_reason, usage_shape};
use serde_json::Value;

pub(super) fn translate(body: Value, memo: &Memo) -> Result<Value, Untranslated> {
    let Value::Object(mut body) = body else { return Err(Untranslated("JSON object")) };
    let usage = usage_shape::read(Dialect::Chat, &body).unwrap_or_default();
    let id = reply::id(field::text(&body, "id"), memo);
    let first = match take(&mut body, "choices") {
        Some(Value::Array(choices)) => choices.into_iter().next(),
        _ => None,
    };
    let Some(Value::Object(mut choice)) = first else { return Err(Untranslated("choices")) };
    let mut message = take_object(&mut choice, "message").ok_or(Untranslated("message"))?;
    let reasoning = chat_message::reasoning(&mut message).unwrap_or_default();
    let mut text = chat_message::text(take(&mut message, "content"));
    let refusal = take_text(&mut message, "refusal").filter(|refusal| !refusal.is_empty());
    let refused = refusal.is_some();
    text.push_str(&refusal.unwrap_or_default());
    let mut calls = Calls::default();
    calls.add(&mut message).ok_or(Untranslated("tool calls of a bearable size"))?;
    let called = !calls.is_empty();
    let mut parts = Vec::new();
    if memo.show_reasoning && !reasoning.is_empty() {
        parts.push(reply::thought(&reasoning));
    }
    if !text.is_empty() {
        parts.push(reply::text(&text));
    }
    parts.extend(calls.into_parts(reasoning, &id, memo));
    let end =
        End { reason: reason(field::text(&choice, "finish_reason"), called, refused), message: None, usage };
    Ok(reply::response(parts, Some(&end), &id, memo))
}

/// A `finish_reason` in Gemini's words; what was said outranks it.
pub(super) fn reason(finish: &str, called: bool, refused: bool) -> &'static str {
    match finish {
        _ if called => "STOP",
        _ if refused => "SAFETY",
        finish => stop_reason::of_chat(finish).gemini,
    }
}

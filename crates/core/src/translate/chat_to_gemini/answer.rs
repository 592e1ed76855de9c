//! A whole answer of Gemini's as a Chat completion.

use super::turns;
use crate::dialect::Dialect;
use crate::translate::field::Object;
use crate::translate::gemini::answer::{self, Piece};
use crate::translate::{Memo, Untranslated, answer_id, custom_tool, usage_shape};
use serde_json::{Value, json};

pub(super) fn translate(body: Value, memo: &Memo) -> Result<Value, Untranslated> {
    let Value::Object(mut body) = body else { return Err(Untranslated("JSON object")) };
    let usage = usage_shape::chat(&usage_shape::read(Dialect::Gemini, &body).unwrap_or_default());
    let said = answer::read(&mut body);
    if !said.is_answer {
        return Err(Untranslated("candidates"));
    }
    let id = answer_id::chat(&said.id, memo);
    let (mut text, mut thinking, mut calls) = (String::new(), String::new(), Vec::new());
    for piece in said.pieces {
        match piece {
            Piece::Text(more) => text.push_str(&more),
            Piece::Thought(more) => thinking.push_str(&more),
            Piece::Call { id: given, name, args, signature } => {
                let given = given.unwrap_or_else(|| answer_id::call(&id, calls.len()));
                calls.push(Value::Object(call(given, &name, &args, signature.as_deref(), memo)));
            }
        }
    }
    let called = !calls.is_empty();
    let finish = said.end.as_ref().map_or(if called { "tool_calls" } else { "stop" }, |end| end.chat(called));
    let refusal = said.end.filter(|_| finish == "content_filter" && text.is_empty());
    let mut message = Object::new();
    message.insert("role".into(), "assistant".into());
    message.insert("content".into(), if text.is_empty() { Value::Null } else { text.into() });
    message.insert("refusal".into(), refusal.map(|end| end.explanation()).into());
    if !thinking.is_empty() {
        message.insert("reasoning_content".into(), thinking.into());
    }
    if called {
        message.insert("tool_calls".into(), calls.into());
    }
    Ok(json!({
        "id": id,
        "object": "chat.completion",
        "created": memo.created,
        "model": memo.model,
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish}],
        "usage": usage,
    }))
}

/// A tool call, whole.
pub(super) fn call(id: String, sent: &str, args: &Value, signature: Option<&str>, memo: &Memo) -> Object {
    let (name, args) = (memo.tool_name(sent), args.to_string());
    let (kind, inner) = if memo.custom_tools.contains(sent) {
        ("custom", json!({"name": name, "input": custom_tool::unwrap(&args)}))
    } else {
        ("function", json!({"name": name, "arguments": args}))
    };
    let mut call = Object::new();
    call.insert("id".into(), id.into());
    call.insert("type".into(), kind.into());
    call.insert(kind.into(), inner);
    if let Some(signature) = signature {
        call.insert("extra_content".into(), turns::extra_content(signature));
    }
    call
}

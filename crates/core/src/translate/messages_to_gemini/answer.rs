//! A whole answer of Gemini's as a Messages answer.

use crate::dialect::Dialect;
use crate::translate::gemini::answer::{self, End, Piece};
use crate::translate::gemini::carrier::{self, Kind};
use crate::translate::{Memo, Untranslated, answer_id, usage_shape};
use serde_json::{Value, json};

pub(super) fn translate(body: Value, memo: &Memo) -> Result<Value, Untranslated> {
    let Value::Object(mut body) = body else { return Err(Untranslated("JSON object")) };
    let usage = usage_shape::messages(&usage_shape::read(Dialect::Gemini, &body).unwrap_or_default());
    let said = answer::read(&mut body);
    if !said.is_answer {
        return Err(Untranslated("candidates"));
    }
    let id = answer_id::messages(&said.id, memo);
    let mut content: Vec<Value> = Vec::with_capacity(said.pieces.len());
    let (mut shown, mut called) = (0, false);
    for piece in said.pieces {
        match piece {
            Piece::Text(text) => content.push(json!({"type": "text", "text": text})),
            Piece::Thought(_) if !memo.show_reasoning => continue,
            Piece::Thought(text) => {
                content.push(json!({"type": "thinking", "thinking": text, "signature": ""}));
            }
            Piece::Call { id: given, name, args, signature } => {
                called = true;
                if let Some(signature) = signature {
                    sign(&mut content, carrying(signature));
                }
                let id = given.unwrap_or_else(|| call_id(&id, shown));
                let name = memo.tool_name(&name);
                content.push(json!({"type": "tool_use", "id": id, "name": name, "input": args}));
            }
        }
        shown += 1;
    }
    let end = said.end.as_ref();
    Ok(json!({
        "model": memo.model,
        "id": id,
        "type": "message",
        "role": "assistant",
        "content": content,
        "stop_reason": end.map_or(if called { "tool_use" } else { "end_turn" }, |end| end.messages(called)),
        "stop_sequence": null,
        "stop_details": end.map_or(Value::Null, |end| details(end, called)),
        "usage": usage,
    }))
}

/// The signature of a thinking block that takes Google's there and back.
pub(super) fn carrying(signature: String) -> String {
    carrier::pack(Kind::Google, &signature.into())
}

/// Signs the thinking right before the call, or one without words. Claude Code returns it, as long as the answer names
/// the model that was asked for.
fn sign(content: &mut Vec<Value>, signature: String) {
    match content.last_mut() {
        Some(Value::Object(block)) if block.get("type").is_some_and(|kind| kind == "thinking") => {
            block.insert("signature".into(), signature.into());
        }
        _ => content.push(json!({"type": "thinking", "thinking": "", "signature": signature})),
    }
}

/// The id of a call that has none. `n` counts what the answer shows before it.
pub(super) fn call_id(answer: &str, n: usize) -> String {
    let stem = answer.strip_prefix("msg_pa_").unwrap_or(answer);
    format!("toolu_pa_{stem}_{n}")
}

/// `stop_details`: why nothing, or no more, was said.
pub(super) fn details(end: &End, called: bool) -> Value {
    if end.messages(called) == "refusal" {
        json!({"type": "refusal", "category": null, "explanation": end.explanation()})
    } else {
        Value::Null
    }
}

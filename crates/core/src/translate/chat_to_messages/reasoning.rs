//! How much to think, and the marks by which Claude's own thinking finds its way back through a Chat conversation.
//!
//! A signed thinking block travels as an entry of `reasoning_details`, as OpenRouter has it; clients that return it
//! let the model go on with its own thoughts. Thinking without a signature is never sent.

use super::tools::Choice;
use crate::translate::field::{self, Object, take_list, take_text};
use crate::translate::{Ask, Dropped, effort};
use serde_json::{Value, json};

/// Asks for thinking; says whether the model will think.
pub(super) fn ask(
    body: &mut Object,
    ask: &Ask<'_>,
    choice: &Choice,
    limit: u64,
    messages: &[Value],
    out: &mut Object,
    dropped: &mut Dropped,
) -> bool {
    let Some(wanted) = take_text(body, "reasoning_effort") else { return false };
    if effort::is_off(&wanted) {
        out.insert("thinking".into(), json!({"type": "disabled"}));
        return false;
    }
    let Some(budget) = effort::budget(&wanted) else {
        dropped.add("reasoning_effort");
        return false;
    };
    if ask.takes.adaptive_thinking {
        out.insert("thinking".into(), json!({"type": "adaptive"}));
        out.insert("output_config".into(), json!({"effort": wanted}));
        return true;
    }
    // Older models want room beside the budget, refuse to think when a tool is forced, and refuse to go on from a
    // tool call without the thoughts that led to it.
    let budget = budget.min(limit.saturating_sub(LEAST_BUDGET));
    if budget < LEAST_BUDGET || choice.forces() || lacks_thinking(messages) {
        dropped.add("reasoning_effort");
        return false;
    }
    out.insert("thinking".into(), json!({"type": "enabled", "budget_tokens": budget}));
    true
}

/// The signed thinking blocks of an assistant message.
pub(super) fn returned(message: &mut Object, dropped: &mut Dropped) -> Vec<Value> {
    let details = take_list(message, "reasoning_details").unwrap_or_default();
    let blocks: Vec<Value> = whole(details).into_iter().filter_map(block).collect();
    let said = ["reasoning_content", "reasoning"]
        .iter()
        .any(|key| message.get(*key).is_some_and(field::says_something));
    if blocks.is_empty() && said {
        dropped.add("reasoning_content");
    }
    blocks
}

/// A thinking block as the caller is to keep it; `None` without a signature.
pub(super) fn detail(block: &Object, index: usize) -> Option<Value> {
    let of = |key| Some(field::text(block, key)).filter(|text| !text.is_empty());
    match field::text(block, "type") {
        "thinking" => Some(json!({
            "type": TEXT,
            "text": field::text(block, "thinking"),
            "signature": of("signature")?,
            "format": FORMAT,
            "index": index,
        })),
        "redacted_thinking" => {
            Some(json!({"type": ENCRYPTED, "data": of("data")?, "format": FORMAT, "index": index}))
        }
        _ => None,
    }
}

/// Callers that gathered a stream may hand back its pieces: those of one index, one after the other, are one.
fn whole(pieces: Vec<Value>) -> Vec<Object> {
    let mut whole: Vec<Object> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let Value::Object(mut piece) = piece else { continue };
        if field::text(&piece, "format") != FORMAT {
            continue;
        }
        let goes_on = field::text(&piece, "type") == TEXT && piece.contains_key("index");
        match whole.last_mut().filter(|last| goes_on && last.get("index") == piece.get("index")) {
            Some(last) => {
                for key in ["text", "signature"] {
                    if let Some(more) = take_text(&mut piece, key) {
                        match last.get_mut(key) {
                            Some(Value::String(text)) => text.push_str(&more),
                            _ => {
                                last.insert(key.into(), more.into());
                            }
                        }
                    }
                }
            }
            None => whole.push(piece),
        }
    }
    whole
}

fn block(mut detail: Object) -> Option<Value> {
    let signed = |key: &str, detail: &mut Object| take_text(detail, key).filter(|text| !text.is_empty());
    match field::text(&detail, "type") {
        TEXT => {
            let signature = signed("signature", &mut detail)?;
            let thinking = take_text(&mut detail, "text").unwrap_or_default();
            Some(json!({"type": "thinking", "thinking": thinking, "signature": signature}))
        }
        ENCRYPTED => Some(json!({"type": "redacted_thinking", "data": signed("data", &mut detail)?})),
        _ => None,
    }
}

/// Whether the conversation ends in answers to calls that no thinking led to.
fn lacks_thinking(messages: &[Value]) -> bool {
    let first_kind = |message: &Value| -> String {
        let block = message.get("content").and_then(|content| content.get(0));
        let kind = block.and_then(|block| block.get("type")).and_then(Value::as_str);
        kind.unwrap_or_default().to_owned()
    };
    let [.., assistant, user] = messages else { return false };
    first_kind(user) == "tool_result" && !first_kind(assistant).ends_with("thinking")
}

/// Entries of `reasoning_details`, as OpenRouter has them.
pub(super) const TEXT: &str = "reasoning.text";
pub(super) const ENCRYPTED: &str = "reasoning.encrypted";
/// Whose signatures they are.
pub(super) const FORMAT: &str = "anthropic-claude-v1";
/// platform.claude.com/docs/en/build-with-claude/extended-thinking: the least `budget_tokens`.
const LEAST_BUDGET: u64 = 1024;

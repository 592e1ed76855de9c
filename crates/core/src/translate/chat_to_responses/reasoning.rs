//! The marks by which OpenAI's sealed reasoning finds its way back through a Chat conversation: entries of
//! `reasoning_details`, as OpenRouter has them. Clients that return them let the model go on with its own thoughts.

use crate::translate::Dropped;
use crate::translate::field::{self, Object, take_list, take_text};
use serde_json::{Value, json};

/// The sealed reasoning of an assistant message, as items.
pub(super) fn returned(message: &mut Object, dropped: &mut Dropped) -> Vec<Value> {
    let mut items = Vec::new();
    for detail in take_list(message, "reasoning_details").unwrap_or_default() {
        let Value::Object(mut detail) = detail else { continue };
        if field::text(&detail, "format") != FORMAT || field::text(&detail, "type") != ENCRYPTED {
            continue;
        }
        if let Some(sealed) = take_text(&mut detail, "data").filter(|sealed| !sealed.is_empty()) {
            items.push(json!({"type": "reasoning", "summary": [], "encrypted_content": sealed}));
        }
    }
    let said = ["reasoning_content", "reasoning"]
        .iter()
        .any(|key| message.get(*key).is_some_and(field::says_something));
    if items.is_empty() && said {
        dropped.add("reasoning_content");
    }
    items
}

/// Sealed reasoning as the caller is to keep it.
pub(super) fn detail(sealed: &str, index: usize) -> Value {
    json!({"type": ENCRYPTED, "data": sealed, "format": FORMAT, "index": index})
}

const ENCRYPTED: &str = "reasoning.encrypted";
/// Whose seal it is.
const FORMAT: &str = "openai-responses-v1";

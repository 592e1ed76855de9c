//! The message of a Chat choice, or the delta of one, as Chat servers really send it.

use super::field::{self, Object, take, take_object};
use serde_json::Value;

/// Its text: a string, or a list of parts (Mistral).
pub(crate) fn text(content: Option<Value>) -> String {
    match content {
        Some(Value::String(text)) => text,
        Some(Value::Array(parts)) => {
            parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect()
        }
        _ => String::new(),
    }
}

/// Its reasoning, by the names that servers give it; `None` where there is none.
pub(crate) fn reasoning(message: &mut Object) -> Option<String> {
    ["reasoning_content", "reasoning"].iter().find_map(|key| match take(message, key) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    })
}

/// Its tool calls, flat: `id`, `index`, `name` and `arguments` where they were sent; `custom` for a custom tool's.
pub(crate) fn calls(message: &mut Object) -> Vec<Object> {
    let mut calls: Vec<Object> = match take(message, "tool_calls") {
        Some(Value::Array(calls)) => calls.into_iter().filter_map(flat).collect(),
        _ => Vec::new(),
    };
    // The form before tool calls had ids: one call.
    calls.extend(take_object(message, "function_call"));
    calls
}

fn flat(call: Value) -> Option<Object> {
    let Value::Object(mut call) = call else { return None };
    let mut flat = Object::new();
    if let Some(mut custom) = take_object(&mut call, "custom") {
        flat.insert("custom".into(), true.into());
        flat.insert("name".into(), take(&mut custom, "name").unwrap_or_default());
        flat.insert("arguments".into(), take(&mut custom, "input").unwrap_or_default());
    }
    if let Some(mut function) = take_object(&mut call, "function") {
        for key in ["name", "arguments"] {
            if let Some(value) = take(&mut function, key) {
                flat.insert(key.into(), value);
            }
        }
    }
    for key in ["id", "index"] {
        if let Some(value) = take(&mut call, key) {
            flat.insert(key.into(), value);
        }
    }
    Some(flat)
}

/// The place of a call among the message's calls, where the server says it.
pub(crate) fn index(call: &Object) -> Option<u64> {
    call.get("index").and_then(Value::as_u64)
}

/// Whether anything in a place means "yes": sloppy servers send empty errors.
pub(crate) fn truthy(value: Option<&Value>) -> bool {
    value.is_some_and(|value| field::says_something(value) && value.as_str() != Some(""))
}

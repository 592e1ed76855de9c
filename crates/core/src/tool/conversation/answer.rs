//! A model's whole answer in any of the dialects: which calls are for the proxy, and what the caller gets to see of it.

use super::usage;
use crate::dialect::Dialect;
use serde_json::{Value, json};

/// A call of one of the proxy's tools.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    /// Empty where the dialect pairs results by their order.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: Value,
}

/// What an answer asks for.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Wishes {
    /// For the proxy, in order.
    pub(super) calls: Vec<Call>,
    /// The caller's own tools are called too.
    pub(super) others: bool,
    /// The model stopped in order to call; what it says is not cut off in the middle.
    pub(super) settled: bool,
}

/// What the calls of the answer are.
pub(super) fn wishes(dialect: Dialect, answer: &Value, ours: impl Fn(&str) -> bool) -> Wishes {
    let mut wishes = Wishes { settled: is_settled(dialect, answer), ..Wishes::default() };
    for item in items(dialect, answer) {
        match call(dialect, item) {
            Some(call) if ours(&call.name) => wishes.calls.push(call),
            Some(_) => wishes.others = true,
            None => {}
        }
    }
    wishes
}

/// The answer without the calls that are the proxy's.
pub(super) fn without(dialect: Dialect, answer: &mut Value, ours: impl Fn(&str) -> bool) {
    let Some(items) = items_mut(dialect, answer) else { return };
    let is_ours = |item: &Value| call(dialect, item).is_some_and(|call| ours(&call.name));
    if dialect == Dialect::Gemini {
        // The signature of a turn's thoughts stands at its first call, whoever that is for.
        let mut signature = None;
        for item in items.iter_mut() {
            if is_ours(item) {
                signature = signature.or_else(|| item.get("thoughtSignature").cloned());
            } else if let (Some(item), true) = (item.as_object_mut(), signature.is_some())
                && item.contains_key("functionCall")
                && !item.contains_key("thoughtSignature")
            {
                item.insert("thoughtSignature".to_owned(), signature.take().unwrap_or_default());
            }
        }
    }
    items.retain(|item| !is_ours(item));
    if let (Dialect::Chat, true) = (dialect, items.is_empty())
        && let Some(message) = answer.pointer_mut("/choices/0/message").and_then(Value::as_object_mut)
    {
        message.remove("tool_calls");
    }
}

/// Puts what earlier turns said before the last one's answer, and adds up what all of them used.
pub(super) fn join(dialect: Dialect, earlier: Vec<Value>, last: &mut Value, ours: impl Fn(&str) -> bool) {
    let mut said = Vec::new();
    let mut used = Value::Null;
    for mut turn in earlier {
        if dialect == Dialect::Responses {
            forget_reasoning(&mut turn, &ours);
        }
        without(dialect, &mut turn, &ours);
        usage::add(&mut used, turn.get(usage_name(dialect)).unwrap_or(&Value::Null));
        match dialect {
            Dialect::Chat => said.extend(turn.pointer("/choices/0/message/content").cloned()),
            _ => said.extend(items_mut(dialect, &mut turn).map(std::mem::take).unwrap_or_default()),
        }
    }
    if let Some(total) = last.get_mut(usage_name(dialect)) {
        let own = std::mem::replace(total, used);
        usage::add(total, &own);
    }
    match dialect {
        Dialect::Chat => {
            let Some(content) = last.pointer_mut("/choices/0/message/content") else { return };
            let texts = said.iter().chain(std::iter::once(&*content)).filter_map(Value::as_str);
            let texts: Vec<&str> = texts.filter(|text| !text.is_empty()).collect();
            if texts.len() > 1 {
                *content = texts.join(BETWEEN_TURNS).into();
            } else if content.as_str().is_none_or(str::is_empty)
                && let Some(only) = texts.first()
            {
                *content = (*only).into();
            }
        }
        _ => {
            if let Some(items) = items_mut(dialect, last) {
                items.splice(0..0, said);
            }
        }
    }
}

/// The name of the member that says what an answer used.
pub(super) fn usage_name(dialect: Dialect) -> &'static str {
    if dialect == Dialect::Gemini { "usageMetadata" } else { "usage" }
}

/// A reasoning item belongs to the call behind it. Where the caller never sees that, it must not send it back alone.
fn forget_reasoning(answer: &mut Value, ours: impl Fn(&str) -> bool) {
    let Some(items) = items_mut(Dialect::Responses, answer) else { return };
    let is_ours = |item: &Value| call(Dialect::Responses, item).is_some_and(|call| ours(&call.name));
    let mut kept: Vec<Value> = Vec::with_capacity(items.len());
    for item in std::mem::take(items).into_iter().rev() {
        let alone = item.get("type") == Some(&"reasoning".into()) && kept.last().is_none_or(is_ours);
        if !alone {
            kept.push(item);
        }
    }
    kept.reverse();
    *items = kept;
}

fn is_settled(dialect: Dialect, answer: &Value) -> bool {
    let says = |at: &str| answer.pointer(at).and_then(Value::as_str);
    match dialect {
        Dialect::Messages => says("/stop_reason") == Some("tool_use"),
        // Some providers say `stop` where they mean `tool_calls`.
        Dialect::Chat => matches!(says("/choices/0/finish_reason"), Some("tool_calls" | "stop")),
        Dialect::Responses => says("/status") == Some("completed"),
        Dialect::Gemini => matches!(says("/candidates/0/finishReason"), Some("STOP") | None),
    }
}

fn call(dialect: Dialect, item: &Value) -> Option<Call> {
    let text = |at: &str| item.pointer(at).and_then(Value::as_str).unwrap_or_default();
    let kind = item.get("type").and_then(Value::as_str);
    let made =
        |id: &str, name: &str, arguments: Value| Call { id: id.to_owned(), name: name.to_owned(), arguments };
    match dialect {
        Dialect::Messages if kind == Some("tool_use") => {
            Some(made(text("/id"), text("/name"), item.get("input").cloned().unwrap_or(Value::Null)))
        }
        Dialect::Chat => {
            let name = if item.get("function").is_some() { "/function/name" } else { "/custom/name" };
            Some(made(text("/id"), text(name), parsed(text("/function/arguments"))))
        }
        Dialect::Responses if matches!(kind, Some("function_call" | "custom_tool_call")) => {
            // A call inside a group has another tool's name.
            let name = if item.get("namespace").is_some() { "" } else { text("/name") };
            Some(made(text("/call_id"), name, parsed(text("/arguments"))))
        }
        Dialect::Gemini => {
            let call = item.get("functionCall")?;
            let arguments = call.get("args").cloned().unwrap_or_else(|| json!({}));
            Some(made(text("/functionCall/id"), text("/functionCall/name"), arguments))
        }
        Dialect::Messages | Dialect::Responses => None,
    }
}

/// Arguments that came as text. What is no JSON stays text, and the tool's schema refuses it.
fn parsed(text: &str) -> Value {
    if text.trim().is_empty() {
        return json!({});
    }
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// What an answer consists of: its blocks, items or parts; in Chat its calls.
fn items(dialect: Dialect, answer: &Value) -> &[Value] {
    answer.pointer(place(dialect)).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn items_mut(dialect: Dialect, answer: &mut Value) -> Option<&mut Vec<Value>> {
    answer.pointer_mut(place(dialect)).and_then(Value::as_array_mut)
}

fn place(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Messages => "/content",
        Dialect::Chat => "/choices/0/message/tool_calls",
        Dialect::Responses => "/output",
        Dialect::Gemini => "/candidates/0/content/parts",
    }
}

/// Between the texts of two turns, where the dialect has one text for all.
pub(super) const BETWEEN_TURNS: &str = "\n\n";

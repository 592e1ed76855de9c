//! What a Chat server wants to see again with a call, on its way through a Gemini conversation. The Gemini CLI forgets
//! thoughts and returns every call with its `thoughtSignature`: that is what carries it.

use crate::translate::field::Object;
use crate::translate::gemini::carrier::{self, Kind};
use serde_json::{Value, json};

/// What came back with a call.
#[derive(Debug, PartialEq)]
pub(super) enum Returned {
    /// Of a server with `reasoning_content`.
    Reasoning(String),
    /// Google's own signature, from its Chat endpoint.
    Google(String),
    Foreign,
    Nothing,
}

pub(super) fn returned(signature: &str) -> Returned {
    if carrier::is_placeholder(signature) {
        return Returned::Nothing;
    }
    let text = |kind| match carrier::unpack(kind, signature) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    match (text(Kind::Google), text(Kind::Reasoning)) {
        (Some(signature), _) => Returned::Google(signature),
        (None, Some(reasoning)) => Returned::Reasoning(reasoning),
        (None, None) => Returned::Foreign,
    }
}

/// The `thoughtSignature` of an answer's call: Google's for that call, else the reasoning that led to all of them,
/// which the first call takes.
pub(super) fn signature(google: Option<String>, reasoning: &mut String) -> Option<String> {
    let reasoning = std::mem::take(reasoning);
    let packed = |kind, text: String| carrier::pack(kind, &Value::String(text));
    match google {
        Some(signature) => Some(packed(Kind::Google, signature)),
        None => Some(reasoning)
            .filter(|text| !text.is_empty() && text.len() <= carrier::MOST)
            .map(|text| packed(Kind::Reasoning, text)),
    }
}

/// Google's signature of each of a message's tool calls. ai.google.dev/gemini-api/docs/openai.
pub(super) fn google(message: &Object) -> Vec<Option<String>> {
    let calls = message.get("tool_calls").and_then(Value::as_array);
    let of = |call: &Value| {
        let google = call.get("extra_content")?.get("google")?;
        google.get("thought_signature")?.as_str().map(str::to_owned)
    };
    calls.into_iter().flatten().filter(|call| call.is_object()).map(of).collect()
}

/// As a tool call's member, on the way back to Google.
pub(super) fn extra_content(signature: String) -> Value {
    json!({"google": {"thought_signature": signature}})
}

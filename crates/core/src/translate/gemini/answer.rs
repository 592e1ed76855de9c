//! An answer of Gemini's, or a chunk of one, taken apart for a caller that does not speak it. PROTOCOLS.md C3.

use super::finish;
use crate::translate::field::{Object, take, take_object, take_text};
use serde_json::Value;

/// What one answer or chunk says.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) id: String,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) end: Option<End>,
    /// There was a candidate, or the prompt was blocked: it is an answer.
    pub(crate) is_answer: bool,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Piece {
    Text(String),
    Thought(String),
    Call { id: Option<String>, name: String, args: Value, signature: Option<String> },
}

/// Why the answer stopped.
#[derive(Debug, Clone)]
pub(crate) struct End {
    reason: String,
    /// The prompt was not even answered.
    blocked: bool,
    message: Option<String>,
}

impl End {
    /// As a Messages `stop_reason`, for an answer with or without calls.
    pub(crate) fn messages(&self, called: bool) -> &'static str {
        match self {
            _ if called => "tool_use",
            Self { blocked: true, .. } => "refusal",
            Self { reason, .. } => finish::messages(reason),
        }
    }

    /// As a Chat `finish_reason`.
    pub(crate) fn chat(&self, called: bool) -> &'static str {
        match self {
            _ if called => "tool_calls",
            Self { blocked: true, .. } => "content_filter",
            Self { reason, .. } => finish::chat(reason),
        }
    }

    /// Why nothing was said, in words.
    pub(crate) fn explanation(&self) -> String {
        let what = if self.blocked { "prompt" } else { "answer" };
        self.message.clone().unwrap_or_else(|| format!("the {what} was blocked: {}", self.reason))
    }
}

/// Takes the answer apart; what counts tokens stays behind.
pub(crate) fn read(body: &mut Object) -> Said {
    let mut said = Said { id: take_text(body, "responseId").unwrap_or_default(), ..Said::default() };
    let feedback = take_object(body, "promptFeedback");
    if let Some(mut feedback) = feedback
        && let Some(reason) = take_text(&mut feedback, "blockReason").filter(|reason| !reason.is_empty())
    {
        let message = take_text(&mut feedback, "blockReasonMessage");
        said.end = Some(End { reason, blocked: true, message });
        said.is_answer = true;
    }
    let first = match take(body, "candidates") {
        Some(Value::Array(candidates)) => candidates.into_iter().next(),
        _ => None,
    };
    let Some(Value::Object(mut candidate)) = first else { return said };
    said.is_answer = true;
    if let Some(mut content) = take_object(&mut candidate, "content")
        && let Some(Value::Array(parts)) = take(&mut content, "parts")
    {
        said.pieces = parts.into_iter().filter_map(piece).collect();
    }
    if let Some(reason) = take_text(&mut candidate, "finishReason").filter(|reason| !reason.is_empty()) {
        said.end = Some(End { reason, blocked: false, message: take_text(&mut candidate, "finishMessage") });
    }
    said
}

/// Other parts come of tools that were not offered.
fn piece(part: Value) -> Option<Piece> {
    let Value::Object(mut part) = part else { return None };
    if let Some(mut call) = take_object(&mut part, "functionCall") {
        return Some(Piece::Call {
            id: take_text(&mut call, "id").filter(|id| !id.is_empty()),
            name: take_text(&mut call, "name").unwrap_or_default(),
            args: take(&mut call, "args").unwrap_or_else(|| Value::Object(Object::new())),
            signature: take_text(&mut part, "thoughtSignature").filter(|text| !text.is_empty()),
        });
    }
    let text = take_text(&mut part, "text").filter(|text| !text.is_empty())?;
    Some(if part.get("thought") == Some(&Value::Bool(true)) {
        Piece::Thought(text)
    } else {
        Piece::Text(text)
    })
}

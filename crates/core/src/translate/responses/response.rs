//! The response object: whole, begun or failed. Members that a caller might look for are there, with the values that
//! say nothing. PROTOCOLS.md B4.

use crate::dialect::Dialect;
use crate::translate::field::{self, Object};
use crate::translate::{Memo, upstream_error};
use serde_json::{Value, json};

/// How far an answer came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum State {
    Begun,
    Completed,
    /// And why.
    Incomplete(&'static str),
    /// The error object: code and message.
    Failed(Value),
}

impl State {
    /// Of a [`StopReason`](crate::translate::StopReason)'s word for Responses.
    pub(crate) fn of(word: &'static str) -> Self {
        word.strip_prefix("incomplete:").map_or(Self::Completed, Self::Incomplete)
    }

    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Begun => "in_progress",
            Self::Completed => "completed",
            Self::Incomplete(_) => "incomplete",
            Self::Failed(_) => "failed",
        }
    }
}

pub(crate) fn response(id: &str, memo: &Memo, state: &State, output: Vec<Value>, usage: Value) -> Value {
    let (error, incomplete) = match state {
        State::Begun | State::Completed => (Value::Null, Value::Null),
        State::Incomplete(reason) => (Value::Null, json!({"reason": reason})),
        State::Failed(error) => (error.clone(), Value::Null),
    };
    json!({
        "id": id,
        "object": "response",
        "created_at": memo.created,
        "status": state.word(),
        "background": false,
        "error": error,
        "incomplete_details": incomplete,
        "instructions": null,
        "max_output_tokens": null,
        "max_tool_calls": null,
        "model": memo.model,
        "output": output,
        "parallel_tool_calls": true,
        "previous_response_id": null,
        "prompt_cache_key": null,
        "reasoning": {"effort": "medium", "summary": null},
        "safety_identifier": null,
        "service_tier": "default",
        "store": false,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"},
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": usage,
        "user": null,
        "metadata": {},
    })
}

/// An upstream's error inside a stream, as the `error` of a failed response. Codex goes by its code: it gives up at
/// `invalid_prompt`, compacts at `context_length_exceeded`, and tries again at most others.
pub(crate) fn error(data: &Value) -> Value {
    let said = upstream_error::read_event(data).event(Dialect::Responses);
    let error = said.get("error").and_then(Value::as_object);
    let of = |key| error.map(|error: &Object| field::text(error, key)).unwrap_or_default();
    let code = match (of("code"), of("type")) {
        ("", "server_error") => "server_error",
        ("", _) => "invalid_prompt",
        (code, _) => code,
    };
    json!({"code": code, "message": of("message")})
}

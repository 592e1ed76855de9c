//! An upstream's error in the caller's dialect. The sentence is kept as it is: agents read it, and compact their
//! context or give up by what it says. PROTOCOLS.md I5.

use super::pair::UpstreamError;
use crate::dialect::Dialect;
use serde_json::{Value, json};

/// What an upstream said, whatever its dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    status: u16,
    kind: &'static Kind,
    message: String,
    /// The context of the model is too small for the request.
    overflow: bool,
}

/// Reads an error answer.
pub(crate) fn read(status: u16, body: &[u8]) -> Said {
    let said = serde_json::from_slice(body).unwrap_or(Value::Null);
    said_by(&said, Some(status))
}

/// Reads an error inside a stream: its status is only told by its words.
pub(crate) fn read_event(data: &Value) -> Said {
    said_by(data, None)
}

impl Said {
    /// As a whole answer.
    pub(crate) fn answer(&self, dialect: Dialect) -> UpstreamError {
        let status = match (self.status, dialect) {
            _ if self.overflow => 400,
            (503, Dialect::Messages) => 529,
            (529, Dialect::Chat | Dialect::Responses | Dialect::Gemini) => 503,
            (status, _) => status,
        };
        UpstreamError { status, body: self.body(dialect, status) }
    }

    /// As the data of the event that ends a stream. Responses: the error object is inside it.
    pub(crate) fn event(&self, dialect: Dialect) -> Value {
        self.answer(dialect).body
    }

    fn body(&self, dialect: Dialect, status: u16) -> Value {
        let Self { kind, message, overflow, .. } = self;
        match dialect {
            Dialect::Messages if *overflow && !message.starts_with(TOO_LONG) => {
                // Claude Code compacts its context when it reads these words.
                let message = format!("{TOO_LONG}: {message}");
                json!({"type": "error", "error": {"type": "invalid_request_error", "message": message}})
            }
            Dialect::Messages => {
                json!({"type": "error", "error": {"type": kind.messages, "message": message}})
            }
            Dialect::Chat | Dialect::Responses => {
                let code = if *overflow { Some(OVERFLOW_CODE) } else { kind.openai_code };
                json!({"error": {"message": message, "type": kind.openai_type, "param": null, "code": code}})
            }
            Dialect::Gemini => {
                json!({"error": {"code": status, "message": message, "status": kind.gemini}})
            }
        }
    }
}

fn said_by(said: &Value, status: Option<u16>) -> Said {
    // Gemini wraps the error of a stream in a list; FastAPI servers say `detail`.
    let said = said.get(0).unwrap_or(said);
    let error =
        said.get("error").or_else(|| said.get("response").and_then(|r| r.get("error"))).unwrap_or(said);
    let detail = said.get("detail");
    let first_detail = detail.and_then(|detail| detail.get(0)).and_then(|detail| detail.get("msg"));
    let message = [error.get("message"), Some(error), said.get("message"), detail, first_detail]
        .into_iter()
        .find_map(|place| place.and_then(Value::as_str).filter(|text| !text.is_empty()))
        .map(|text| text.chars().take(LONGEST_MESSAGE).collect::<String>());
    let words: Vec<&str> =
        ["code", "status", "type"].iter().filter_map(|key| error.get(key).and_then(Value::as_str)).collect();
    let by_words = || words.iter().find_map(|word| KINDS.iter().find(|kind| kind.is(word)));
    let number = || error.get("code").and_then(Value::as_u64).and_then(|n| u16::try_from(n).ok());
    let (status, kind) = match status {
        // 429 invites agents to retry what no retry changes.
        _ if words.contains(&"insufficient_quota") => (402, of_status(402)),
        Some(status) => (status, of_status(status)),
        None => {
            let kind = by_words().or_else(|| number().map(of_status)).unwrap_or(&INTERNAL);
            (kind.status, kind)
        }
    };
    let lower = message.as_deref().unwrap_or_default().to_ascii_lowercase();
    let overflow = words.contains(&OVERFLOW_CODE)
        || (matches!(kind.status, 400 | 413) && OVERFLOW_WORDS.iter().any(|words| lower.contains(words)));
    let message = message.unwrap_or_else(|| format!("the upstream failed with status {status}"));
    Said { status, kind, message, overflow }
}

fn of_status(status: u16) -> &'static Kind {
    let nearest = if status >= 500 { &INTERNAL } else { &INVALID };
    KINDS.iter().find(|kind| kind.status == status).unwrap_or(nearest)
}

#[derive(Debug, PartialEq, Eq)]
struct Kind {
    status: u16,
    messages: &'static str,
    openai_type: &'static str,
    openai_code: Option<&'static str>,
    gemini: &'static str,
}

impl Kind {
    fn is(&self, word: &str) -> bool {
        word == self.messages
            || word == self.gemini
            || Some(word) == self.openai_code
            || word == self.openai_type
    }
}

const fn kind(
    status: u16,
    messages: &'static str,
    openai_type: &'static str,
    openai_code: Option<&'static str>,
    gemini: &'static str,
) -> Kind {
    Kind { status, messages, openai_type, openai_code, gemini }
}

const INVALID: Kind = kind(400, "invalid_request_error", "invalid_request_error", None, "INVALID_ARGUMENT");
const INTERNAL: Kind = kind(500, "api_error", "server_error", None, "INTERNAL");

/// The first row with a word is the one it stands for.
static KINDS: &[Kind] = &[
    kind(429, "rate_limit_error", "rate_limit_error", Some("rate_limit_exceeded"), "RESOURCE_EXHAUSTED"),
    INVALID,
    INTERNAL,
    kind(401, "authentication_error", "invalid_request_error", Some("invalid_api_key"), "UNAUTHENTICATED"),
    kind(402, "billing_error", "insufficient_quota", Some("insufficient_quota"), "RESOURCE_EXHAUSTED"),
    kind(403, "permission_error", "permission_error", None, "PERMISSION_DENIED"),
    kind(404, "not_found_error", "invalid_request_error", Some("model_not_found"), "NOT_FOUND"),
    kind(409, "conflict_error", "conflict_error", None, "ABORTED"),
    kind(413, "request_too_large", "invalid_request_error", None, "INVALID_ARGUMENT"),
    kind(503, "overloaded_error", "server_error", None, "UNAVAILABLE"),
    kind(504, "timeout_error", "server_error", None, "DEADLINE_EXCEEDED"),
    kind(529, "overloaded_error", "server_error", None, "UNAVAILABLE"),
];

const TOO_LONG: &str = "prompt is too long";
const OVERFLOW_CODE: &str = "context_length_exceeded";
const OVERFLOW_WORDS: &[&str] = &[
    "maximum context length",
    "context length",
    "context window",
    "prompt is too long",
    "exceeds the maximum number of tokens",
    "input is too long",
];
/// Long enough for every sentence; a page of HTML is not one.
const LONGEST_MESSAGE: usize = 8192;

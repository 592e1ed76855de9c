//! Errors as the provider of a dialect would send them; the proxy's own problems are rendered elsewhere.

use super::{Answer, Piece};
use crate::dialect::Dialect;
use crate::time::Millis;
use bytes::Bytes;
use serde_json::{Value, json};

/// An error answer with this status, 400 to 599.
pub(super) fn answer(dialect: Dialect, status: u16, message: &str) -> Answer {
    let body = body(dialect, status, message).to_string();
    Answer {
        status,
        content_type: "application/json",
        headers: match status {
            429 => &[("retry-after", "1")],
            408 | 409 => &[],
            400..=499 => &[("x-should-retry", "false")],
            _ => &[],
        },
        pieces: vec![Piece { wait: Millis(0), bytes: Bytes::from(body) }],
        cut: false,
    }
}

fn body(dialect: Dialect, status: u16, message: &str) -> Value {
    match dialect {
        Dialect::Messages => {
            json!({"type": "error", "error": {"type": anthropic_type(status), "message": message}})
        }
        Dialect::Chat | Dialect::Responses => {
            let (kind, code) = openai_type(status);
            json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
        }
        Dialect::Gemini => {
            let mut error = json!({"code": status, "message": message, "status": google_status(status)});
            if status == 429 {
                // Gemini sends no Retry-After; its clients read this.
                let retry =
                    json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"}]);
                error.as_object_mut().map(|error| error.insert("details".to_owned(), retry));
            }
            json!({ "error": error })
        }
    }
}

/// platform.claude.com/docs/en/api/errors
fn anthropic_type(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        409 => "conflict_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 | 529 => "overloaded_error",
        504 => "timeout_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    }
}

/// Type and code: platform.openai.com/docs/guides/error-codes
fn openai_type(status: u16) -> (&'static str, Option<&'static str>) {
    match status {
        401 => ("invalid_request_error", Some("invalid_api_key")),
        402 => ("insufficient_quota", Some("insufficient_quota")),
        403 => ("permission_error", None),
        404 => ("invalid_request_error", Some("model_not_found")),
        409 => ("conflict_error", None),
        429 => ("rate_limit_exceeded", Some("rate_limit_exceeded")),
        500.. => ("server_error", None),
        _ => ("invalid_request_error", None),
    }
}

/// google.rpc.Code, as AIP-193 puts it in `status`.
fn google_status(status: u16) -> &'static str {
    match status {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ABORTED",
        402 | 429 => "RESOURCE_EXHAUSTED",
        499 => "CANCELLED",
        501 => "UNIMPLEMENTED",
        502 | 503 | 529 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        500.. => "INTERNAL",
        _ => "INVALID_ARGUMENT",
    }
}

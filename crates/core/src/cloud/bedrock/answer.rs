//! Bedrock's whole answers that are not Anthropic's: errors and token counts.

use crate::dialect::Dialect;
use crate::translate;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

/// What an exception means to a caller of the Messages API: the status and the error's type.
pub fn meaning(exception: &str) -> Option<(u16, &'static str)> {
    // `Namespace#Name:http://…`, in whatever case the place has it.
    let name = exception.rsplit('#').next().unwrap_or(exception).split(':').next().unwrap_or_default();
    let name = name.strip_suffix("Exception").unwrap_or(name);
    EXCEPTIONS
        .iter()
        .find(|(known, ..)| known.eq_ignore_ascii_case(name))
        .map(|(_, status, kind)| (*status, *kind))
}

/// Gives an answer the head that the Messages API would have given it. What the exception means shows in the status
/// before anything is decided by it.
pub fn retell_head(status: &mut StatusCode, headers: &mut HeaderMap) {
    if let Some(id) = headers.get("x-amzn-requestid").cloned() {
        headers.insert("request-id", id);
    }
    if status.is_success() {
        return;
    }
    let named = headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok()).and_then(meaning);
    if let Some(meant) = named.and_then(|(meant, _)| StatusCode::from_u16(meant).ok()) {
        *status = meant;
    }
}

/// An error in Anthropic's dialect. `status` as [`retell_head`] left it.
pub fn retell_error(status: StatusCode, body: &[u8]) -> Bytes {
    let mut said: Value = serde_json::from_slice(body).unwrap_or_default();
    if said.get("type").and_then(Value::as_str) == Some("error") {
        return Bytes::copy_from_slice(body);
    }
    if let Some(text) = said.get("Message").cloned() {
        said = json!({ "message": text });
    }
    let named = said.get("__type").and_then(Value::as_str).and_then(meaning);
    let status = named.map_or(status.as_u16(), |(status, _)| status);
    let body = serde_json::to_vec(&said).unwrap_or_default();
    translate::error_in(Dialect::Messages, status, &body).body.to_string().into()
}

/// A token count in Anthropic's dialect.
pub fn retell_count(body: &[u8]) -> Option<Bytes> {
    let counted: Value = serde_json::from_slice(body).ok()?;
    let tokens = counted.get("inputTokens")?.as_u64()?;
    Some(json!({ "input_tokens": tokens }).to_string().into())
}

pub(super) fn error_body(kind: &str, message: &str) -> Value {
    json!({ "type": "error", "error": { "type": kind, "message": message } })
}

/// The media type of a stream, before and after.
pub const FRAMES: &str = "application/vnd.amazon.eventstream";
pub const EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream; charset=utf-8");
/// Names the exception. Not for callers.
pub const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// Name without `Exception`, status, Anthropic's type.
/// Source: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html.
static EXCEPTIONS: &[(&str, u16, &str)] = &[
    ("Validation", 400, "invalid_request_error"),
    ("AccessDenied", 403, "permission_error"),
    // About the key itself, not about what it may do.
    ("UnrecognizedClient", 401, "authentication_error"),
    ("ExpiredToken", 401, "authentication_error"),
    ("InvalidSignature", 401, "authentication_error"),
    ("IncompleteSignature", 401, "authentication_error"),
    ("InvalidClientTokenId", 401, "authentication_error"),
    ("ResourceNotFound", 404, "not_found_error"),
    ("Throttling", 429, "rate_limit_error"),
    ("ModelNotReady", 429, "rate_limit_error"),
    ("ServiceQuotaExceeded", 429, "rate_limit_error"),
    ("InternalServer", 500, "api_error"),
    ("ModelError", 500, "api_error"),
    ("ModelStreamError", 500, "api_error"),
    ("ModelTimeout", 504, "timeout_error"),
    ("ServiceUnavailable", 529, "overloaded_error"),
];

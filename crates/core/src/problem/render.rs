//! Problems in the shapes that callers' SDKs raise as typed errors. Shapes: PROTOCOLS of each vendor
//! (Anthropic "Errors", OpenAI "Error codes", Google AIP-193); `x-should-retry` is obeyed by both vendors' SDKs.

use super::Problem;
use crate::dialect::Dialect;
use crate::rate_display::Remaining;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// The problem as a whole answer. Without a dialect (admin API, unknown routes) the OpenAI shape is used, which
/// every client can at least print.
pub fn answer(problem: &Problem, dialect: Option<Dialect>, request_id: &str) -> Response<Bytes> {
    let body = body(problem, dialect.unwrap_or(Dialect::Chat), request_id);
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = problem.status();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ERROR_CODE, HeaderValue::from_static(problem.code()));
    headers.insert(ORIGIN, HeaderValue::from_static("proxy"));
    if !problem.worth_retrying() {
        headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
    }
    if let Some(wait) = problem.retry_after() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.ceil_seconds().max(1)));
    }
    if let Problem::RateLimited { limit, retry_after, at } = problem {
        Remaining::nothing(*limit, *retry_after, *at).show(dialect.unwrap_or(Dialect::Chat), headers);
    }
    if matches!(problem, Problem::NoWebSocket) {
        headers.insert(header::UPGRADE, HeaderValue::from_static("h2c, http/1.1"));
    }
    response
}

/// The problem as the event that ends a stream which already began.
pub fn event(problem: &Problem, dialect: Dialect, request_id: &str) -> Bytes {
    let shape = body(problem, dialect, request_id);
    Bytes::from(match dialect {
        Dialect::Messages => format!("event: error\ndata: {shape}\n\n"),
        Dialect::Chat | Dialect::Gemini => format!("data: {shape}\n\n"),
        Dialect::Responses => {
            let message = message(problem);
            let event = json!({"type": "error", "code": problem.code(), "message": message, "param": null, "sequence_number": 0});
            format!("event: error\ndata: {event}\n\n")
        }
    })
}

fn body(problem: &Problem, dialect: Dialect, request_id: &str) -> Value {
    let (status, message) = (problem.status(), message(problem));
    match dialect {
        Dialect::Messages => json!({
            "type": "error",
            "error": {"type": anthropic_type(problem, status), "message": message},
            "request_id": request_id,
        }),
        Dialect::Chat | Dialect::Responses => json!({
            "error": {"message": message, "type": openai_type(status), "param": null, "code": problem.code()},
        }),
        Dialect::Gemini => json!({
            "error": {"code": status.as_u16(), "message": message, "status": google_status(status)},
        }),
    }
}

/// Says who speaks: the same sentence could come from a provider.
fn message(problem: &Problem) -> String {
    format!("proxyagent: {problem}")
}

/// platform.claude.com/docs/en/api/errors
fn anthropic_type(problem: &Problem, status: StatusCode) -> &'static str {
    match status.as_u16() {
        _ if matches!(problem, Problem::DialectUnsupported { .. } | Problem::ContractUnsupported) => {
            "not_supported"
        }
        400 | 405 | 408 | 426 => "invalid_request_error",
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 => "overloaded_error",
        504 => "timeout_error",
        _ => "api_error",
    }
}

/// platform.openai.com/docs/guides/error-codes
fn openai_type(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "authentication_error",
        402 => "insufficient_quota",
        403 => "permission_error",
        404 => "not_found_error",
        429 => "rate_limit_error",
        n if n >= 500 => "server_error",
        _ => "invalid_request_error",
    }
}

/// google.rpc.Code, as AIP-193 puts it in `status`.
fn google_status(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "UNAUTHENTICATED",
        402 | 429 => "RESOURCE_EXHAUSTED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        501 => "UNIMPLEMENTED",
        502 | 503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        n if n >= 500 => "INTERNAL",
        _ => "INVALID_ARGUMENT",
    }
}

const ERROR_CODE: HeaderName = HeaderName::from_static("x-proxyagent-error");
const ORIGIN: HeaderName = HeaderName::from_static("x-proxyagent-origin");
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

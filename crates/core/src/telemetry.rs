//! What agents report about themselves (OTLP) to whatever stands in for their provider. It is taken, so that they do not
//! fill their logs with errors, and thrown away: it says what people type.

use crate::headers;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, header};

/// OTLP's answer for "all taken": an empty message, in the encoding that came.
pub(crate) fn thrown_away(given: &HeaderMap) -> Response<Bytes> {
    let (kind, body) = if headers::content_type(given).starts_with(PROTOBUF) {
        (PROTOBUF, Bytes::new())
    } else {
        ("application/json", Bytes::from_static(b"{}"))
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

const PROTOBUF: &str = "application/x-protobuf";

//! Answers that are not problems.

use crate::problem::Problem;
use bytes::Bytes;
use http::{HeaderValue, Response, header};
use serde::Serialize;

/// A JSON text.
pub(super) struct Answer(String);

impl Answer {
    pub(super) fn of(shape: &impl Serialize) -> Result<Self, Problem> {
        // Only a map with keys that are no strings can fail to serialise, and no shape has one.
        serde_json::to_string(shape).map(Self).map_err(|_| Problem::Internal)
    }

    pub(super) fn response(self) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(self.0));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

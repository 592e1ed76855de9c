//! Answers that are not problems.

use crate::problem::Problem;
use bytes::Bytes;
use http::{HeaderValue, Response, header};
use serde::Serialize;

/// A JSON text, and what the browser is to keep.
pub(super) struct Answer {
    text: String,
    cookie: Option<HeaderValue>,
}

impl Answer {
    pub(super) fn of(shape: &impl Serialize) -> Result<Self, Problem> {
        // Only a map with keys that are no strings can fail to serialise, and no shape has one.
        serde_json::to_string(shape).map(|text| Self { text, cookie: None }).map_err(|_| Problem::Internal)
    }

    pub(super) fn with_cookie(self, cookie: HeaderValue) -> Self {
        Self { cookie: Some(cookie), ..self }
    }

    pub(super) fn response(self) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(self.text));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(cookie) = self.cookie {
            headers.insert(header::SET_COOKIE, cookie);
        }
        response
    }
}

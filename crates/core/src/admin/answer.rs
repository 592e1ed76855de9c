//! Answers that are not problems.

use crate::problem::Problem;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, header};
use serde::Serialize;

pub(super) struct Answer {
    text: String,
    content_type: &'static str,
    /// Where the next page begins, where the text itself has no place for it.
    next: Option<String>,
    /// What the browser is to keep.
    cookie: Option<HeaderValue>,
}

impl Answer {
    /// A JSON text.
    pub(super) fn of(shape: &impl Serialize) -> Result<Self, Problem> {
        // Only a map with keys that are no strings can fail to serialise, and no shape has one.
        let text = serde_json::to_string(shape).map_err(|_| Problem::Internal)?;
        Ok(Self::text(text, "application/json"))
    }

    pub(super) fn text(text: String, content_type: &'static str) -> Self {
        Self { text, content_type, next: None, cookie: None }
    }

    pub(super) fn with_next(self, next: Option<String>) -> Self {
        Self { next, ..self }
    }

    pub(super) fn with_cookie(self, cookie: HeaderValue) -> Self {
        Self { cookie: Some(cookie), ..self }
    }

    pub(super) fn response(self) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(self.text));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if let Some(next) = self.next.and_then(|next| HeaderValue::from_str(&next).ok()) {
            headers.insert(NEXT, next);
        }
        if let Some(cookie) = self.cookie {
            headers.insert(header::SET_COOKIE, cookie);
        }
        response
    }
}

/// `?before=` for the page behind this one.
const NEXT: HeaderName = HeaderName::from_static("x-proxyagent-next");

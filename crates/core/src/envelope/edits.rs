//! Replacements in a body, made in one copy. Everything between them stays byte for byte.

use bytes::Bytes;
use std::borrow::Cow;
use std::ops::Range;

/// Edits of one body; their places must not overlap.
#[derive(Debug, Default)]
pub(super) struct Edits(Vec<(Range<usize>, Cow<'static, str>)>);

impl Edits {
    /// `text` instead of what stands at `at`.
    pub(super) fn replace(&mut self, at: Range<usize>, text: impl Into<Cow<'static, str>>) {
        self.0.push((at, text.into()));
    }

    pub(super) fn apply(mut self, body: &Bytes) -> Bytes {
        if self.0.is_empty() {
            return body.clone();
        }
        self.0.sort_by_key(|(at, _)| (at.start, at.end));
        let mut out = Vec::with_capacity(body.len() + 64);
        let mut from = 0;
        for (at, text) in &self.0 {
            out.extend_from_slice(body.get(from..at.start).unwrap_or_default());
            out.extend_from_slice(text.as_bytes());
            from = at.end;
        }
        out.extend_from_slice(body.get(from..).unwrap_or_default());
        out.into()
    }
}

//! A kept answer, and its form as bytes: one line of JSON with its time and headers, then its body.

use crate::crossing::DROPPED;
use crate::time::{Millis, UnixMs};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) at: UnixMs,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

#[derive(Serialize, Deserialize)]
struct Head {
    at: i64,
    headers: Vec<(String, String)>,
}

impl Entry {
    pub(super) fn encode(&self) -> Bytes {
        let named = self.headers.iter();
        let text = |(name, value): (&HeaderName, &HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        let head = Head { at: self.at.0, headers: named.filter_map(text).collect() };
        // Strings and a number always serialise.
        let head = serde_json::to_string(&head).unwrap_or_default();
        [head.as_bytes(), b"\n", &self.body].concat().into()
    }

    /// `None` for bytes that are no entry of this version.
    pub(super) fn decode(bytes: Bytes) -> Option<Self> {
        let end = memchr::memchr(b'\n', &bytes)?;
        let head: Head = serde_json::from_slice(bytes.get(..end)?).ok()?;
        let mut headers = HeaderMap::with_capacity(8);
        for (name, value) in &head.headers {
            headers.append(HeaderName::try_from(name).ok()?, HeaderValue::from_str(value).ok()?);
        }
        Some(Self { at: UnixMs(head.at), headers, body: bytes.slice(end + 1..) })
    }

    /// A platform may keep it longer than it was told to.
    pub(super) fn is_fresh(&self, now: UnixMs, ttl: Millis) -> bool {
        now.since(self.at) < ttl
    }
}

/// What still holds for an answer that is given again. Ids and limits belong to the call that got it.
pub(super) fn worth_keeping(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for (name, value) in headers {
        if KEPT.contains(&name.as_str()) || name == DROPPED {
            kept.append(name.clone(), value.clone());
        }
    }
    kept
}

const KEPT: &[&str] = &["content-type", "content-language", "openai-model"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_comes_back_as_it_was() {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("text/event-stream; charset=utf-8"));
        headers.append("x-proxyagent-dropped", HeaderValue::from_static("a, b"));
        for body in [&b"data: 1\n\n\xff\0"[..], b"", b"\n"] {
            let entry = Entry { at: UnixMs(5), headers: headers.clone(), body: Bytes::copy_from_slice(body) };
            assert_eq!(Entry::decode(entry.encode()), Some(entry));
        }
        for wrong in ["", "{}", "{}\nbody", "null\n"] {
            assert_eq!(Entry::decode(Bytes::from_static(wrong.as_bytes())), None, "{wrong}");
        }
    }

    #[test]
    fn only_what_still_holds_is_kept() {
        let mut headers = HeaderMap::new();
        for name in ["content-type", "request-id", "retry-after", "anthropic-ratelimit-unified-status"] {
            headers.insert(name, HeaderValue::from_static("x"));
        }
        assert_eq!(
            worth_keeping(&headers).keys().map(HeaderName::as_str).collect::<Vec<_>>(),
            ["content-type"]
        );
    }

    #[test]
    fn an_entry_is_fresh_for_as_long_as_the_settings_say() {
        let entry = Entry { at: UnixMs(1000), headers: HeaderMap::new(), body: Bytes::new() };
        for (now, fresh) in [(1000, true), (2999, true), (3000, false), (0, true)] {
            assert_eq!(entry.is_fresh(UnixMs(now), Millis(2000)), fresh, "{now}");
        }
    }
}

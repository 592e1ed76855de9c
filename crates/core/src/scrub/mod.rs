//! Keeps the proxy's own secrets out of what leaves it: an exact search for every spelling of every loaded secret.
//! It is the second line; the first is that answers to refused credentials are never relayed at all.

mod known;
mod spellings;
mod stream;

pub(crate) use known::KnownSecrets;
pub(crate) use stream::ScrubStream;

use crate::automaton::{Automaton, Node};
use crate::secret::Secret;
use bytes::Bytes;
use http::HeaderMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Finds secrets in bytes, raw and as base64 (also URL-safe, at each alignment), percent, JSON or hex would spell them.
/// Overlapping and touching finds are replaced as one, so the outcome does not depend on how the bytes were cut.
#[derive(Default)]
pub(crate) struct Scrubber {
    spellings: Automaton,
}

impl Scrubber {
    /// Secrets shorter than [`SHORTEST`] are not searched for: they would be found in innocent text.
    pub(crate) fn new<'a>(secrets: impl Iterator<Item = &'a Secret>) -> Self {
        let mut all = BTreeSet::new();
        for secret in secrets.flat_map(|secret| spellings::lines(secret.expose())) {
            if secret.len() >= SHORTEST {
                all.extend(spellings::of(secret.as_bytes()));
            }
        }
        Self { spellings: Automaton::new(&all.into_iter().collect::<Vec<_>>()) }
    }

    /// The bytes without any secret; the very same bytes when there is none.
    pub(crate) fn clean(self: &Arc<Self>, bytes: Bytes) -> Bytes {
        if self.is_clean(&bytes) {
            return bytes;
        }
        let (mut stream, mut out) = (ScrubStream::new(self.clone()), Vec::new());
        stream.push(bytes, &mut out);
        stream.finish(&mut out);
        out.concat().into()
    }

    /// Drops every header whose name or value holds a secret.
    pub(crate) fn clean_headers(&self, headers: &mut HeaderMap) {
        let dirty = |bytes: &[u8]| !self.is_clean(bytes);
        let bad: Vec<_> = headers
            .iter()
            .filter(|(name, value)| dirty(value.as_bytes()) || dirty(name.as_str().as_bytes()))
            .map(|(name, _)| name.clone())
            .collect();
        for name in bad {
            headers.remove(name);
        }
    }

    pub(crate) fn is_clean(&self, bytes: &[u8]) -> bool {
        let (mut node, mut at) = (Node::START, 0);
        loop {
            if node == Node::START {
                at = self.spellings.next_beginning(bytes, at);
            }
            let Some(byte) = bytes.get(at) else { return true };
            node = self.spellings.step(node, *byte);
            at += 1;
            if self.spellings.longest(node).is_some() {
                return false;
            }
        }
    }
}

const SHORTEST: usize = 8;
const REDACTED: &[u8] = b"[redacted]";

#[cfg(test)]
mod tests;

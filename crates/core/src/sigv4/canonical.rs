//! The one spelling of a request that both sides hash. Every rule here exists because a request has several spellings.

use super::hex;
use crate::percent;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A canonical request.
pub(super) struct Canonical {
    pub(super) text: String,
    /// The names of the signed headers, sorted, with `;` between them.
    pub(super) signed_names: String,
}

impl Canonical {
    /// `path` and `query` as they are sent. `headers` are the ones to sign; of those with one name the values are joined.
    pub(super) fn of(method: &str, path: &str, query: &str, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in headers {
            let blanks_collapsed: Vec<&str> = value.split_ascii_whitespace().collect();
            named.entry(name.to_ascii_lowercase()).or_default().push(blanks_collapsed.join(" "));
        }
        let signed_names = named.keys().map(String::as_str).collect::<Vec<_>>().join(";");
        let lines: String =
            named.iter().map(|(name, values)| format!("{name}:{}\n", values.join(","))).collect();
        let text = format!(
            "{method}\n{}\n{}\n{lines}\n{signed_names}\n{}",
            path_of(path),
            query_of(query),
            hex(&Sha256::digest(body))
        );
        Self { text, signed_names }
    }
}

/// The sent path, encoded once more: every service but S3 does so, so a `%3A` that was sent counts as `%253A`.
fn path_of(path: &str) -> String {
    let segments: Vec<String> = path.split('/').map(|segment| percent::encoded(segment.as_bytes())).collect();
    segments.join("/")
}

/// Names and values decoded, encoded in the one way, and sorted.
fn query_of(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent::encoded(&percent::decoded(name)), percent::encoded(&percent::decoded(value)))
        })
        .collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

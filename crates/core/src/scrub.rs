//! Keeps the proxy's own secrets out of what leaves it: an exact search for every spelling of every loaded secret.
//! It is the second line; the first is that answers to refused credentials are never relayed at all.

use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use http::HeaderMap;
use memchr::memmem::Finder;
use std::collections::BTreeSet;

/// Finds secrets in bytes, raw and as base64 (also URL-safe, at each alignment), percent, JSON or hex would spell them.
#[derive(Default)]
pub(crate) struct Scrubber {
    spellings: Vec<Finder<'static>>,
    longest: usize,
}

impl Scrubber {
    /// Secrets shorter than [`SHORTEST`] are not searched for: they would be found in innocent text.
    pub(crate) fn new<'a>(secrets: impl Iterator<Item = &'a Secret>) -> Self {
        let mut all = BTreeSet::new();
        for secret in secrets.map(Secret::expose).filter(|s| s.len() >= SHORTEST) {
            all.extend(spellings(secret.as_bytes()));
        }
        let longest = all.iter().map(Vec::len).max().unwrap_or(0);
        Self { spellings: all.iter().map(|s| Finder::new(s).into_owned()).collect(), longest }
    }

    /// How many bytes must be searched together with what follows them.
    pub(crate) fn overlap(&self) -> usize {
        self.longest.saturating_sub(1)
    }

    /// The bytes without any secret; the very same bytes when there is none.
    pub(crate) fn clean(&self, bytes: Bytes) -> Bytes {
        if self.is_clean(&bytes) {
            return bytes;
        }
        let mut out = bytes.to_vec();
        for finder in &self.spellings {
            let mut from = 0;
            while let Some(at) = out.get(from..).and_then(|rest| finder.find(rest)) {
                let start = from + at;
                out.splice(start..start + finder.needle().len(), REDACTED.iter().copied());
                from = start + REDACTED.len();
            }
        }
        out.into()
    }

    /// Drops every header whose value holds a secret.
    pub(crate) fn clean_headers(&self, headers: &mut HeaderMap) {
        let bad: Vec<_> =
            headers.iter().filter(|(_, v)| !self.is_clean(v.as_bytes())).map(|(n, _)| n.clone()).collect();
        for name in bad {
            headers.remove(name);
        }
    }

    fn is_clean(&self, bytes: &[u8]) -> bool {
        self.spellings.iter().all(|finder| finder.find(bytes).is_none())
    }
}

fn spellings(raw: &[u8]) -> Vec<Vec<u8>> {
    let hex = |upper: bool| -> Vec<u8> {
        raw.iter()
            .flat_map(|b| if upper { format!("{b:02X}") } else { format!("{b:02x}") }.into_bytes())
            .collect()
    };
    let percent = |upper: bool, keep: fn(u8) -> bool| -> Vec<u8> {
        raw.iter()
            .flat_map(|b| match (keep(*b), upper) {
                (true, _) => vec![*b],
                (false, true) => format!("%{b:02X}").into_bytes(),
                (false, false) => format!("%{b:02x}").into_bytes(),
            })
            .collect()
    };
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let json = serde_json::Value::from(String::from_utf8_lossy(raw)).to_string();
    let json = json.trim_matches('"').as_bytes().to_vec();
    let slashed = String::from_utf8_lossy(&json).replace('/', "\\/").into_bytes();
    let mut all = vec![
        raw.to_vec(),
        hex(false),
        hex(true),
        percent(true, unreserved),
        percent(false, unreserved),
        json,
        slashed,
    ];
    for shift in 0..3 {
        all.extend(base64_core(raw, shift));
    }
    all
}

/// What is common to all base64 texts in which `raw` begins `shift` bytes into a group of three: the characters that
/// depend on `raw` alone, in both alphabets.
fn base64_core(raw: &[u8], shift: usize) -> Vec<Vec<u8>> {
    let shifted: Vec<u8> = std::iter::repeat_n(0, shift).chain(raw.iter().copied()).collect();
    let text = STANDARD_NO_PAD.encode(&shifted);
    let start = if shift == 0 { 0 } else { shift + 1 };
    // The last character is shared with what follows, unless a group ends here.
    let end = if shifted.len().is_multiple_of(3) { text.len() } else { text.len() - 1 };
    let core = text.get(start..end).unwrap_or_default();
    vec![core.as_bytes().to_vec(), core.replace('+', "-").replace('/', "_").into_bytes()]
}

const SHORTEST: usize = 8;
const REDACTED: &[u8] = b"[redacted]";

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    const SECRET: &str = "sk-CANARY+/=~\"0123456789";

    fn scrubber() -> Scrubber {
        Scrubber::new([Secret::new(SECRET).unwrap(), Secret::new("short").unwrap()].iter())
    }

    #[test]
    fn every_spelling_is_found_wherever_it_stands() {
        let scrubber = scrubber();
        let mut found = 0;
        for before in ["", "a", "ab", "abc", "prefix "] {
            for after in ["", "x", "xy", "xyz"] {
                let text = format!("{before}{SECRET}{after}");
                let hex: String = text.bytes().map(|b| format!("{b:02x}")).collect();
                let percent: String = text
                    .chars()
                    .map(|c| match c {
                        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '_' | '~' => c.to_string(),
                        other => format!("%{:02X}", u32::from(other)),
                    })
                    .collect();
                for spelled in [
                    text.clone(),
                    hex.to_uppercase(),
                    hex,
                    percent,
                    serde_json::to_string(&text).unwrap(),
                    serde_json::to_string(&text).unwrap().replace('/', "\\/"),
                    STANDARD.encode(&text),
                    URL_SAFE_NO_PAD.encode(&text),
                ] {
                    let clean = scrubber.clean(Bytes::from(spelled.clone()));
                    assert!(clean.windows(REDACTED.len()).any(|w| w == REDACTED), "{spelled}");
                    found += 1;
                }
            }
        }
        assert_eq!(found, 5 * 4 * 8);
    }

    #[test]
    fn other_text_is_the_very_same_bytes() {
        let scrubber = scrubber();
        for text in ["", "sk-CANARY", "short", "a git hash 3f786850e387550fdab836ed7e6dc881de23001b"] {
            assert_eq!(scrubber.clean(Bytes::from_static(text.as_bytes())), text.as_bytes());
        }
        assert_eq!(Scrubber::default().clean(Bytes::from_static(SECRET.as_bytes())), SECRET.as_bytes());
    }

    #[test]
    fn a_header_that_holds_one_is_dropped() {
        let mut headers = HeaderMap::new();
        headers.insert("request-id", "r1".parse().unwrap());
        headers.insert("x-request-id", format!("r-{SECRET}").parse().unwrap());
        scrubber().clean_headers(&mut headers);
        assert_eq!(headers.keys().map(http::HeaderName::as_str).collect::<Vec<_>>(), ["request-id"]);
    }
}

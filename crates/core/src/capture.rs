//! What was asked and what was answered, kept where the operator asked for it: for one token, until a given moment. It is
//! scrubbed and redacted before it is cut, sealed before it is stored, and never kept without a master key.

use crate::ports::{Platform, Statement};
use crate::proxy::{House, Proxy};
use crate::store::captures;
use crate::time::UnixMs;
use crate::token::Token;
use crate::vault::{Place, Vault};

/// One call's content so far.
#[derive(Default)]
pub(crate) struct Capture {
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Capture {
    /// `None` where nothing is to be kept.
    pub(crate) fn wanted(house: &House, token: &Token, now: UnixMs) -> Option<Box<Self>> {
        let asked_for = token.capture_until.is_some_and(|until| now < until);
        (asked_for && house.vault().is_some()).then(Box::default)
    }

    /// The request's body, as the caller sent it.
    pub(crate) fn ask(&mut self, bytes: &[u8]) {
        add(&mut self.request, bytes);
    }

    /// More of the answer, as the caller gets it.
    pub(crate) fn hear(&mut self, bytes: &[u8]) {
        add(&mut self.answer, bytes);
    }

    /// What stores it; `None` if the master key is gone meanwhile.
    pub(crate) fn keep<P: Platform>(&self, proxy: &Proxy<P>, call: &str) -> Option<Statement> {
        let vault = proxy.house.vault()?;
        let seal = |column, bytes: &[u8]| {
            vault.seal(&proxy.platform, place(column, call), shown(&proxy.house, bytes).as_bytes())
        };
        let (request, answer) = (seal(REQUEST, &self.request)?, seal(ANSWER, &self.answer)?);
        Some(captures::keep(call, vault.key_id(), &request, &answer))
    }
}

/// A kept request and answer, opened.
pub(crate) fn open(vault: &Vault, call: &str, request: &str, answer: &str) -> Option<[String; 2]> {
    let open = |column, sealed| {
        let bytes = vault.open(place(column, call), sealed).ok()?;
        String::from_utf8(bytes).ok()
    };
    Some([open(REQUEST, request)?, open(ANSWER, answer)?])
}

fn place<'a>(column: &'static str, call: &'a str) -> Place<'a> {
    Place { table: "proxy_agent_captures", column, row: call, provider: "", kind: "" }
}

fn add(to: &mut Vec<u8>, bytes: &[u8]) {
    let room = (MOST + MARGIN).saturating_sub(to.len());
    to.extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
}

/// As it may be stored: redacted, then cut. The word that the end of the margin cut through is left out, because half a
/// credential has no shape.
fn shown(house: &House, bytes: &[u8]) -> String {
    let given = String::from_utf8_lossy(bytes);
    let mut text = given.as_ref();
    if bytes.len() >= MOST + MARGIN {
        let word = |c: char| !c.is_ascii_whitespace() && !matches!(c, '"' | '\'' | ',');
        text = text.trim_end_matches(word);
    }
    let redacted = house.redacted(text);
    let cut = redacted.floor_char_boundary(MOST);
    match redacted.get(..cut) {
        Some(start) if cut < redacted.len() || text.len() < given.len() => format!("{start}{CUT}"),
        _ => redacted.into_owned(),
    }
}

const REQUEST: &str = "request";
const ANSWER: &str = "answer";
/// Bytes of a request or an answer that are kept.
const MOST: usize = 128 << 10;
/// Further bytes that are looked at for credentials that the cut would halve.
const MARGIN: usize = 8 << 10;
const CUT: &str = "… [cut]";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Config;
    use std::collections::BTreeMap;

    #[test]
    fn redacted_before_it_is_cut_wherever_the_cut_falls() {
        let house = House::new(Config::resolve(&BTreeMap::new()).unwrap());
        let key = format!("ghp_{}", "a1".repeat(20));
        for before in (MOST - 60..MOST + 10).chain(MOST + MARGIN - 60..MOST + MARGIN + 10) {
            let mut capture = Capture::default();
            let text = format!("{} {key} {}", "x".repeat(before), "y ".repeat(9000));
            for piece in text.as_bytes().chunks(1000) {
                capture.hear(piece);
            }
            let kept = shown(&house, &capture.answer);
            assert!(kept.len() <= MOST + CUT.len() && kept.ends_with(CUT), "{before}");
            assert!(!kept.contains("ghp_"), "{before}");
        }
        assert_eq!(shown(&house, b"short"), "short");
        assert_eq!(shown(&house, &vec![b'x'; MOST + MARGIN]), CUT, "one endless word may be anything");
    }
}

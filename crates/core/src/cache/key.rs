//! Which requests are the same: the same token or declared group, the same place, the same body to the byte, and the same
//! headers, but for those that only name or trace a request.

use crate::attempt::{Errand, Plan};
use crate::headers;
use crate::ledger::Held;
use crate::scope;
use http::{HeaderMap, HeaderName};
use sha2::{Digest, Sha256};

/// Which tokens share their answers: (group, patterns of labels or ids).
pub(crate) type Groups = Vec<(String, Vec<String>)>;

/// Whether an answer to this could be kept at all. One that the provider keeps may be built upon, and deleted, there.
pub(super) fn may_keep(errand: &Errand<'_>) -> bool {
    let envelope = errand.envelope;
    let form = crate::envelope::is_form(headers::content_type(&errand.parts.headers));
    !(envelope.stored || envelope.keeps || envelope.previous.is_some() || form)
}

/// The key of a call's answer: 64 hex digits.
pub(super) fn of(groups: &Groups, held: &Held, plan: &Plan, errand: &Errand<'_>) -> String {
    let record = &held.record;
    let mut hash = Hash(Sha256::new());
    let token = record.token_id.as_deref().unwrap_or_default();
    match group(groups, token, held.label.as_deref().unwrap_or_default()) {
        Some(group) => hash.add("group", group.as_bytes()),
        None => hash.add("token", token.as_bytes()),
    }
    hash.add("dialect", record.dialect.name().as_bytes());
    hash.add("operation", record.operation.name().as_bytes());
    hash.add("provider", plan.provider.name.as_bytes());
    hash.add("model", errand.model.as_bytes());
    hash.add("path", errand.parts.uri.path().as_bytes());
    hash.add("query", headers::query_without_key(errand.parts).unwrap_or_default().as_bytes());
    let given = headers::upstream(&errand.parts.headers, plan.provider.default_headers);
    for (name, value) in telling(&given) {
        hash.add(name, value);
    }
    hash.add("body", errand.body);
    hash.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The first group that the token belongs to.
fn group<'a>(groups: &'a Groups, id: &str, label: &str) -> Option<&'a str> {
    let belongs = |pattern: &String| scope::matches(pattern, label) || pattern == id;
    groups.iter().find(|(_, patterns)| patterns.iter().any(belongs)).map(|(name, _)| name.as_str())
}

/// The headers that may change an answer, in an order of their own.
fn telling(given: &HeaderMap) -> Vec<(&str, &[u8])> {
    let silent = |name: &HeaderName| {
        SILENT.contains(&name.as_str())
            || SILENT_PREFIXES.iter().any(|prefix| name.as_str().starts_with(prefix))
    };
    let mut all: Vec<(&str, &[u8])> = given
        .iter()
        .filter(|(name, _)| !silent(name))
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect();
    all.sort_by_key(|(name, _)| *name); // stable: values of one name keep their order
    all
}

/// Each part with its name and lengths, so that no two lists of parts are the same bytes.
struct Hash(Sha256);

impl Hash {
    fn add(&mut self, name: &str, value: &[u8]) {
        for part in [name.as_bytes(), value] {
            self.0.update((part.len() as u64).to_be_bytes());
            self.0.update(part);
        }
    }
}

/// Who asks, and which request it is; not what is asked.
const SILENT: &[&str] = &[
    "user-agent",
    "accept-encoding",
    "cache-control",
    "accept-language",
    "pragma",
    "date",
    "origin",
    "referer",
    "baggage",
    "traceparent",
    "tracestate",
    "idempotency-key",
    "request-id",
    "x-request-id",
    "x-client-request-id",
    "session-id",
    "session_id",
    "thread-id",
    "conversation_id",
    "originator",
    "x-app",
];
const SILENT_PREFIXES: &[&str] = &["x-stainless-", "x-codex-", "x-claude-code-", "x-b3-"];

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn a_token_is_in_the_first_group_that_names_it() {
        let groups = vec![
            ("ci".to_owned(), vec!["ci-*".to_owned(), "tok_9".to_owned()]),
            ("all".to_owned(), vec!["*-1".to_owned()]),
        ];
        for (id, label, want) in [
            ("tok_1", "ci-1", Some("ci")),
            ("tok_9", "laptop", Some("ci")),
            ("tok_2", "laptop-1", Some("all")),
            ("tok_3", "laptop", None),
            ("ci-x", "", None),
        ] {
            assert_eq!(group(&groups, id, label), want, "{id} {label}");
        }
    }

    #[test]
    fn headers_that_only_name_a_request_do_not_tell() {
        let mut given = HeaderMap::new();
        for name in [
            "x-stainless-retry-count",
            "user-agent",
            "traceparent",
            "idempotency-key",
            "x-b",
            "anthropic-beta",
        ] {
            given.insert(HeaderName::from_static(name), HeaderValue::from_static("1"));
        }
        given.append("anthropic-beta", HeaderValue::from_static("0"));
        assert_eq!(telling(&given), [("anthropic-beta", &b"1"[..]), ("anthropic-beta", b"0"), ("x-b", b"1")]);
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let of = |parts: &[(&str, &str)]| {
            let mut hash = Hash(Sha256::new());
            parts.iter().for_each(|(name, value)| hash.add(name, value.as_bytes()));
            hash.0.finalize()
        };
        assert_ne!(of(&[("a", "bc")]), of(&[("ab", "c")]));
        assert_ne!(of(&[("a", "b"), ("c", "d")]), of(&[("a", "bcd")]));
    }
}

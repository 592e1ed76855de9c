//! Ids of translated answers: recognisably ours, and traceable to the upstream's.

use super::pair::Memo;

/// Of a Messages answer.
pub(crate) fn messages(upstream: &str, memo: &Memo) -> String {
    format!("msg_pa_{}", stem(upstream, memo))
}

/// Of a Chat completion.
pub(crate) fn chat(upstream: &str, memo: &Memo) -> String {
    format!("chatcmpl-pa-{}", stem(upstream, memo))
}

/// Of a Responses answer.
pub(crate) fn responses(upstream: &str, memo: &Memo) -> String {
    format!("resp_pa_{}", stem(upstream, memo))
}

/// Of an item of a Responses answer; the prefix tells its kind.
pub(crate) fn item(prefix: &str, answer: &str, n: usize) -> String {
    format!("{prefix}_pa_{}_{n}", answer.strip_prefix("resp_pa_").unwrap_or(answer))
}

/// Of a tool call that the upstream left without one; unique within the conversation, for the answer's id is.
pub(crate) fn call(answer: &str, n: usize) -> String {
    let from = answer.len().saturating_sub(24);
    format!("call_{}_{n}", answer.get(from..).unwrap_or_default())
}

/// What remains of an id without its vendor's prefix, clean enough for every pattern.
fn stem(upstream: &str, memo: &Memo) -> String {
    let id = if upstream.is_empty() { memo.request_id.as_str() } else { upstream };
    let stem = PREFIXES.iter().find_map(|prefix| id.strip_prefix(prefix)).unwrap_or(id);
    stem.chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' })
        .take(LONGEST_STEM)
        .collect()
}

const PREFIXES: &[&str] = &["chatcmpl-", "msg_", "resp_"];
const LONGEST_STEM: usize = 64;

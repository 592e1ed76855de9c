//! Calls paid by a Claude subscription: the token goes as a bearer with a flag of its own, and only Claude Code may use it.
//! The terms of such a login cover that client; other callers are refused rather than disguised.

use http::{HeaderMap, HeaderValue, header};

/// Names the flag that the endpoint wants beside such a token, unless the caller did.
pub fn add_flag(headers: &mut HeaderMap) {
    let named = headers
        .get_all(BETA)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|flag| flag.trim() == FLAG);
    if named {
        return;
    }
    let first =
        headers.get(BETA).and_then(|value| value.to_str().ok()).filter(|value| !value.trim().is_empty());
    let value = first.map_or_else(|| FLAG.to_owned(), |first| format!("{first},{FLAG}"));
    let Ok(value) = HeaderValue::from_str(&value) else { return };
    // The first of several lines grows, the others stay.
    let rest: Vec<HeaderValue> = headers.get_all(BETA).iter().skip(1).cloned().collect();
    headers.insert(BETA, value);
    for value in rest {
        headers.append(BETA, value);
    }
}

/// Whether the caller says that it is Claude Code.
pub fn is_claude_code(headers: &HeaderMap) -> bool {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    agent.starts_with("claude-cli/") || agent.starts_with("claude-code/")
}

const BETA: &str = "anthropic-beta";
const FLAG: &str = "oauth-2025-04-20";

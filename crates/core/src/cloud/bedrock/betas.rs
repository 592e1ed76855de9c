//! Which of a caller's beta flags Bedrock understands. An unknown one is a 400 there, so the list is closed; an operator
//! may write another.

/// The flags to send: those of `asked` that are in `allowed`, once each and in order, under Bedrock's names.
pub fn accepted<'a>(asked: &[&'a str], allowed: &[&str]) -> Vec<&'a str> {
    let mut flags: Vec<&str> = Vec::new();
    for flag in asked.iter().map(|flag| flag.trim()) {
        let name = RENAMED.iter().find(|(old, _)| *old == flag).map_or(flag, |(_, new)| new);
        if allowed.contains(&name) && !flags.contains(&name) {
            flags.push(name);
        }
    }
    flags
}

/// What Bedrock's InvokeModel is known to take. The sources disagree about some; these are the ones that Claude Code
/// sends in its own Bedrock mode, and those that public gateways let through.
pub const DEFAULT: &[&str] = &[
    "interleaved-thinking-2025-05-14",
    "context-1m-2025-08-07",
    "tool-search-tool-2025-10-19",
    "thinking-token-count-2026-05-13",
    "claude-code-20250219",
    "context-management-2025-06-27",
    "compact-2026-01-12",
    "computer-use-2025-01-24",
    "computer-use-2025-11-24",
    "fine-grained-tool-streaming-2025-05-14",
    "effort-2025-11-24",
    "extended-cache-ttl-2025-04-11",
];
/// What a token count takes.
pub const COUNTING: &[&str] = &["claude-code-20250219", "context-management-2025-06-27"];
const RENAMED: &[(&str, &str)] = &[("advanced-tool-use-2025-11-20", "tool-search-tool-2025-10-19")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        for (asked, want) in [
            ("", &[][..]),
            ("effort-2025-11-24, effort-2025-11-24", &["effort-2025-11-24"]),
            ("files-api-2025-04-14,compact-2026-01-12", &["compact-2026-01-12"]),
            ("advanced-tool-use-2025-11-20,tool-search-tool-2025-10-19", &["tool-search-tool-2025-10-19"]),
        ] {
            let asked: Vec<&str> = asked.split(',').collect();
            assert_eq!(accepted(&asked, DEFAULT), want, "{asked:?}");
        }
    }
}

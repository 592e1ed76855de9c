//! Names and ids of tools where the upstream allows fewer or shorter ones. The same name always becomes the same
//! name, so that later turns agree without anything being kept.

use super::pair::Memo;
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// The name to send. One that does not fit is shortened, and noted for the way back.
pub(crate) fn sent(name: String, most: usize, memo: &mut Memo) -> String {
    match fitting(&name, most) {
        Cow::Borrowed(_) => name,
        Cow::Owned(short) => {
            memo.tool_names.insert(short.clone(), name);
            short
        }
    }
}

/// The id to send. Caller and upstream need not agree on it: answers bring new ones.
pub(crate) fn sent_id(id: String, most: usize) -> String {
    match fitting(&id, most) {
        Cow::Borrowed(_) => id,
        Cow::Owned(short) => short,
    }
}

/// Letters, digits, `_` and `-` fit everywhere. What does not is cut and marked with a hash of the whole.
fn fitting(name: &str, most: usize) -> Cow<'_, str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if (1..=most).contains(&name.len()) && name.chars().all(fits) {
        return Cow::Borrowed(name);
    }
    let hash = Sha256::digest(name.as_bytes());
    let mark: String = hash.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    let kept = most.saturating_sub(mark.len() + 1);
    let start: String = name.chars().map(|c| if fits(c) { c } else { '_' }).take(kept).collect();
    Cow::Owned(format!("{start}_{mark}"))
}

/// platform.openai.com/docs/api-reference/chat/create: function names.
pub(crate) const CHAT_NAME: usize = 64;
/// Undocumented; longer ids of tool calls are refused ("expected a string with maximum length 40").
pub(crate) const CHAT_ID: usize = 40;
/// platform.claude.com/docs/en/api/messages: tool names.
pub(crate) const MESSAGES_NAME: usize = 128;
/// Ids have a pattern and no stated length.
pub(crate) const MESSAGES_ID: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_and_told_apart() {
        let long = |end: &str| format!("mcp__{}{end}", "server".repeat(12));
        for (name, most) in
            [(long("a"), 64), (long("b"), 64), ("ä b".into(), 64), (String::new(), 64), ("x.y".into(), 40)]
        {
            let short = fitting(&name, most).into_owned();
            assert!(short.len() <= most && short != name, "{name} {short}");
            assert_eq!(fitting(&short, most), short, "it fits now");
            assert_eq!(fitting(&name, most), short, "always the same");
        }
        assert_ne!(fitting(&long("a"), 64), fitting(&long("b"), 64));
        assert_eq!(fitting("get-weather_2", 64), "get-weather_2");
    }

    #[test]
    fn the_caller_sees_its_own_name() {
        let mut memo = Memo::default();
        let name = "n".repeat(100);
        let short = sent(name.clone(), 64, &mut memo);
        assert_eq!(memo.tool_name(&short), name);
        assert_eq!(memo.tool_name("other"), "other");
    }
}

//! `*` and `?`, without recursion: a failed match goes back to the last `*` only, so the work is bounded by the length
//! of the pattern times that of the text, whatever either holds.

/// Whether the whole of `text` matches `pattern`. `*` is any run of characters, `?` is exactly one; no escape.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    let mut last_star = None;
    loop {
        let here = text.clone();
        match (pattern.next(), text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                last_star = Some((pattern.clone(), here.clone()));
                text = here;
            }
            (Some('?'), Some(_)) => {}
            (Some(wanted), Some(found)) if wanted == found => {}
            (_, None) => return false,
            (_, Some(_)) => {
                let Some((behind_star, mut eaten)) = last_star else { return false };
                eaten.next();
                (pattern, text) = (behind_star.clone(), eaten.clone());
                last_star = Some((behind_star, eaten));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glob_table() {
        for (pattern, text, want) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "anything", true),
            ("?", "", false),
            ("?", "é", true),
            ("?", "ab", false),
            ("??", "語x", true),
            ("claude-*", "claude-", true),
            ("claude-*", "claude", false),
            ("claude-*", "claude-opus-5-5", true),
            ("*-opus-*", "claude-opus-5-5", true),
            ("*opus", "claude-opus", true),
            ("*opus", "claude-opus-5", false),
            ("a*b*c", "abbcbc", true),
            ("a*b*c", "abbcb", false),
            ("a**c", "ac", true),
            ("*?", "", false),
            ("*?", "x", true),
            ("gpt-?.?", "gpt-5.5", true),
            ("gpt-?.?", "gpt-5x5", false),
            ("[ab]", "a", false),
            ("[ab]", "[ab]", true),
            ("{a,b}", "a", false),
            ("\\*", "*", false),
            ("\\*", "\\anything", true),
            ("Claude", "claude", false),
            ("x", "*", false),
        ] {
            assert_eq!(glob(pattern, text), want, "{pattern} ~ {text}");
        }
    }

    /// Exponential backtracking would not end in the life of the universe.
    #[test]
    fn forty_stars_end() {
        let text = "a".repeat(4000);
        assert!(!glob(&format!("{}b", "a*".repeat(40)), &text));
        assert!(glob(&"a*".repeat(40), &text));
        assert!(!glob(&format!("{}b", "*a".repeat(40)), &format!("{text}c")));
    }
}

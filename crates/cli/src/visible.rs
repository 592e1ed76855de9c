//! Makes text from elsewhere safe to print: a label, a model name or an error may hold terminal escapes.

use std::borrow::Cow;

/// `text` with every character that could move the cursor, hide or reorder text replaced by its `\u{…}` form.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(treacherous) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if treacherous(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Control characters; line and paragraph separators; marks that are invisible or change the direction of text.
fn treacherous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        for (text, shown) in [
            ("macbook-01", "macbook-01"),
            ("Büro 東京 🙂", "Büro 東京 🙂"),
            ("a\u{1b}]0;owned\u{7}b", "a\\u{1b}]0;owned\\u{7}b"),
            ("one\ntwo\tthree\r", "one\\ntwo\\tthree\\r"),
            ("abc\u{202e}fed", "abc\\u{202e}fed"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("x\u{7f}", "x\\u{7f}"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }
}

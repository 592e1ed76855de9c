//! Model names as callers spell them, and the patterns a price row declares for them. Two spellings of one model must
//! end at one row or at none.

/// Lower case, without surrounding blanks.
pub(super) fn canonical(model: &str) -> String {
    model.trim().to_ascii_lowercase()
}

/// The name without a trailing date: `-20250929`, `@20250929`, `-2025-09-29`.
pub(super) fn without_date(model: &str) -> Option<&str> {
    DATES.iter().find_map(|shape| {
        let (name, suffix) = model.split_at_checked(model.len().checked_sub(shape.len())?)?;
        let fits = suffix.bytes().zip(shape.bytes()).all(|(have, want)| match want {
            b'0' => have.is_ascii_digit(),
            b'@' => have == b'-' || have == b'@',
            _ => have == want,
        });
        (fits && !name.is_empty()).then_some(name)
    })
}

/// Whether `name` matches a glob of `*`; every other character stands for itself.
pub(super) fn glob(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

/// An anchored regular expression of the kinds the price table uses: literal characters, escaped ones, `\d`, `\d{N}`
/// and a class such as `[-@]`; open at its end without `$`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    steps: Vec<Step>,
    closed: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    One(char),
    Of(Vec<char>),
    Digit,
}

impl Pattern {
    /// `None` for an expression beyond that subset.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let body = text.strip_prefix('^')?;
        let (body, closed) = body.strip_suffix('$').map_or((body, false), |body| (body, true));
        let mut steps = Vec::new();
        let mut rest = body.chars();
        while let Some(c) = rest.next() {
            match c {
                '\\' => match rest.next()? {
                    'd' => {
                        let repeated = rest.as_str().strip_prefix('{').and_then(|tail| tail.split_once('}'));
                        let count = match repeated {
                            Some((count, tail)) => {
                                rest = tail.chars();
                                count.parse::<usize>().ok().filter(|n| *n <= MAX_REPEAT)?
                            }
                            None => 1,
                        };
                        steps.extend((0..count).map(|_| Step::Digit));
                    }
                    escaped if escaped.is_ascii_punctuation() => steps.push(Step::One(escaped)),
                    _ => return None,
                },
                '[' => {
                    let (class, tail) = rest.as_str().split_once(']')?;
                    // A leading `^` negates and an inner `-` makes a range: neither occurs.
                    if class.is_empty()
                        || class.starts_with('^')
                        || class.get(1..).is_none_or(|s| s.contains('-'))
                    {
                        return None;
                    }
                    steps.push(Step::Of(class.to_ascii_lowercase().chars().collect()));
                    rest = tail.chars();
                }
                '.' | '*' | '+' | '?' | '(' | ')' | '{' | '}' | ']' | '|' | '^' | '$' => return None,
                literal => steps.push(Step::One(literal.to_ascii_lowercase())),
            }
        }
        Some(Self { steps, closed })
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        let mut rest = name.chars();
        let all = self.steps.iter().all(|step| {
            rest.next().is_some_and(|c| match step {
                Step::One(wanted) => c == *wanted,
                Step::Of(class) => class.contains(&c),
                Step::Digit => c.is_ascii_digit(),
            })
        });
        all && (!self.closed || rest.as_str().is_empty())
    }
}

const MAX_REPEAT: usize = 32;
/// `0` stands for a digit, `@` for `-` or `@`.
const DATES: [&str; 2] = ["@00000000", "@0000-00-00"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_table() {
        for (name, want) in [
            ("claude-haiku-4-5-20251001", Some("claude-haiku-4-5")),
            ("claude-haiku-4-5@20251001", Some("claude-haiku-4-5")),
            ("gpt-4o-2024-11-20", Some("gpt-4o")),
            ("gpt-4o", None),
            ("mistral-large-2411", None),
            ("-20251001", None),
            ("20251001", None),
            ("modèle", None),
        ] {
            assert_eq!(without_date(name), want, "{name}");
        }
    }

    #[test]
    fn glob_table() {
        for (pattern, name, want) in [
            ("claude-2*", "claude-2.1", true),
            ("claude-2*", "claude-2", true),
            ("claude-2*", "my-claude-2", false),
            ("*claude-v2*", "anthropic.claude-v2:1", true),
            ("*claude-opus-5", "us.claude-opus-5", true),
            ("*claude-opus-5", "claude-opus-5-5", false),
            ("a*b*a", "aba", true),
            ("a*a", "a", false),
            ("exact", "exact", true),
            ("exact", "exactly", false),
            ("a.c", "abc", false),
            ("*", "", true),
        ] {
            assert_eq!(glob(pattern, name), want, "{pattern} on {name}");
        }
    }

    #[test]
    fn pattern_table() {
        for (pattern, name, want) in [
            (r"^claude-opus-5[-@]\d{8}$", "claude-opus-5@20260101", true),
            (r"^claude-opus-5[-@]\d{8}$", "claude-opus-5-20260101", true),
            (r"^claude-opus-5[-@]\d{8}$", "claude-opus-5_20260101", false),
            (r"^claude-opus-5[-@]\d{8}$", "claude-opus-5-2026010", false),
            (r"^claude-opus-5[-@]\d{8}$", "claude-opus-5-202601011", false),
            (r"^gemini-3\.5-flash-\d", "gemini-3.5-flash-001-x", true),
            (r"^gemini-3\.5-flash-\d", "gemini-3.5-flash-lite", false),
            (r"^gemini-3\.5-flash-\d", "gemini-3x5-flash-1", false),
            (r"^gpt-6-\d{4}-\d{2}-\d{2}$", "gpt-6-2026-01-01", true),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().matches(name), want, "{pattern} on {name}");
        }
    }

    #[test]
    fn what_is_beyond_the_subset_is_refused() {
        for pattern in
            ["open", "^a.b$", "^a*$", "^(a|b)$", "^[a-z]$", "^[^a]$", r"^\w$", r"^\d{x}$", "^[a", r"^a\"]
        {
            assert_eq!(Pattern::parse(pattern), None, "{pattern}");
        }
    }
}

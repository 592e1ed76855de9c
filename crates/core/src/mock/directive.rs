//! Finds `[[mock:…]]` directives in what the user said. A malformed one is left alone: it is text.
//! The text is not trusted: at most [`MOST`] candidates are looked at, each no further than [`LONGEST`] bytes.

use crate::time::Millis;
use memchr::memmem;
use serde_json::Value;

/// What was directed. Of two directives of a kind the first counts, except that every tool is kept: which one is
/// called depends on the tools that the request offers.
#[derive(Default)]
pub(super) struct Directives<'a> {
    pub tools: Vec<ToolAsk<'a>>,
    /// A status from 400 to 599.
    pub error: Option<u16>,
    /// The wait before each event.
    pub slow: Millis,
    /// Input and output tokens to report.
    pub tokens: Option<(u64, u64)>,
    pub cut: bool,
    /// How many directives there are.
    pub found: u64,
}

/// A call that was directed.
#[derive(Debug, PartialEq)]
pub(super) struct ToolAsk<'a> {
    pub name: &'a str,
    /// What stands after the name.
    pub raw: &'a str,
    /// The same as JSON, if it is JSON.
    pub json: Option<Value>,
}

enum Directive<'a> {
    Tool(ToolAsk<'a>),
    Error(u16),
    Slow(u64),
    Tokens(u64, u64),
    Cut,
}

impl<'a> Directives<'a> {
    pub(super) fn read(texts: &[&'a str]) -> Self {
        let mut directives = Self::default();
        let candidates = texts
            .iter()
            .flat_map(|text| memmem::find_iter(text.as_bytes(), OPEN).map(move |at| (text, at + OPEN.len())))
            .take(MOST);
        for (text, start) in candidates {
            if let Some(directive) = text.get(start..).and_then(parse) {
                directives.add(directive);
            }
        }
        directives
    }

    fn add(&mut self, directive: Directive<'a>) {
        self.found += 1;
        match directive {
            Directive::Tool(tool) => self.tools.push(tool),
            Directive::Error(status) => self.error = self.error.or(Some(status)),
            Directive::Slow(ms) if self.slow == Millis(0) => self.slow = Millis(ms),
            Directive::Slow(_) => {}
            Directive::Tokens(input, output) => self.tokens = self.tokens.or(Some((input, output))),
            Directive::Cut => self.cut = true,
        }
    }
}

/// Parses what follows the opening.
fn parse(rest: &str) -> Option<Directive<'_>> {
    let rest = rest.get(..rest.floor_char_boundary(LONGEST)).unwrap_or(rest);
    if let Some(after) = rest.strip_prefix("tool ") {
        return parse_tool(after.trim_start()).map(Directive::Tool);
    }
    let (inside, _) = rest.split_once(CLOSE)?;
    let mut words = inside.split_whitespace();
    let directive = match words.next()? {
        "error" => Directive::Error(words.next()?.parse().ok().filter(|n| (400..600).contains(n))?),
        "slow" => Directive::Slow(words.next()?.parse().ok()?),
        "tokens" => Directive::Tokens(tokens(words.next()?)?, tokens(words.next()?)?),
        "cut" => Directive::Cut,
        _ => return None,
    };
    words.next().is_none().then_some(directive)
}

fn parse_tool(rest: &str) -> Option<ToolAsk<'_>> {
    let end = rest.find(|c: char| c.is_whitespace() || c == ']')?;
    let (name, rest) = rest.split_at_checked(end).filter(|(name, _)| !name.is_empty())?;
    let rest = rest.trim_start();
    // JSON may hold the closing brackets itself, so it is parsed to find its end.
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
    if let Some(Ok(json)) = values.next()
        && let Some((raw, after)) = rest.split_at_checked(values.byte_offset())
        && after.trim_start().starts_with(CLOSE)
    {
        return Some(ToolAsk { name, raw, json: Some(json) });
    }
    let (raw, _) = rest.split_once(CLOSE)?;
    Some(ToolAsk { name, raw: raw.trim_end(), json: None })
}

fn tokens(word: &str) -> Option<u64> {
    word.parse().ok().filter(|n| *n <= MOST_TOKENS)
}

const OPEN: &[u8] = b"[[mock:";
const CLOSE: &str = "]]";
/// How many candidates are looked at.
const MOST: usize = 16;
/// How far each may reach, in bytes.
const LONGEST: usize = 64 << 10;
/// Sums and prices of this many tokens stay far from overflow.
const MOST_TOKENS: u64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_tool_and_its_input() {
        for (text, name, raw, json) in [
            ("[[mock:tool Bash {\"a\":1}]]", "Bash", "{\"a\":1}", Some(json!({"a": 1}))),
            ("so: [[mock:tool b]] [[", "b", "", None),
            ("[[mock:tool b {\"a\":[[1]]} ]] tail", "b", "{\"a\":[[1]]}", Some(json!({"a": [[1]]}))),
            ("[[mock:tool b {\"a\":\"]]\"}]]", "b", "{\"a\":\"]]\"}", Some(json!({"a": "]]"}))),
            ("[[mock:tool exec await f({a: 1}) ]]", "exec", "await f({a: 1})", None),
            ("[[mock:tool é ü]]", "é", "ü", None),
        ] {
            assert_eq!(Directives::read(&[text]).tools, [ToolAsk { name, raw, json }], "{text}");
        }
    }

    #[test]
    fn the_others() {
        let texts =
            ["x [[mock:error 429]][[mock:slow 20]]", "[[mock:tokens 7 9]] [[mock:cut]] [[mock:slow 30]]"];
        let got = Directives::read(&texts);
        assert_eq!(
            (got.error, got.slow, got.tokens, got.cut, got.found),
            (Some(429), Millis(20), Some((7, 9)), true, 5)
        );
    }

    #[test]
    fn what_is_malformed_is_text() {
        for text in [
            "[[mock:",
            "[[mock:]]",
            "[[mock:tool]]",
            "[[mock:tool ]]",
            "[[mock:tool x {",
            "[[mock:error 200]]",
            "[[mock:error 70000]]",
            "[[mock:slow -1]]",
            "[[mock:tokens 1]]",
            "[[mock:tokens 1 99999999999]]",
            "[[mock:cut 3]]",
            "[[mock:dance]]",
            "[mock:cut]]",
            "[[MOCK:cut]]",
        ] {
            assert_eq!(Directives::read(&[text]).found, 0, "{text}");
        }
    }

    #[test]
    fn the_work_is_bounded() {
        let many = "[[mock:tool x {\"a\":".repeat(10_000) + "[[mock:cut]]";
        assert!(!Directives::read(&[&many]).cut, "beyond the sixteenth nothing is looked at");
        let deep = format!("[[mock:tool x {{\"a\":{}", "[".repeat(200_000));
        assert_eq!(Directives::read(&[&deep]).found, 0);
        let wide = format!("[[mock:tool x \"{}é\"]]", "a".repeat(LONGEST));
        assert_eq!(Directives::read(&[&wide]).found, 0);
    }
}

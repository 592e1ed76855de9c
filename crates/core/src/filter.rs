//! The filter language for calls, shared by the command line, the admin API and the dashboard:
//! `token:ci model:claude* status:4xx since:2h cost:>0.1`. Terms stand side by side and must all hold; within a term,
//! `a,b` means either. A term that is not understood is refused by name, never ignored.

use crate::money::Nano;
use crate::span;
use crate::time::UnixMs;

/// What calls must be like.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Filter {
    /// All must hold.
    pub(crate) terms: Vec<Term>,
    /// Calls that began at this moment or later.
    pub(crate) since: Option<UnixMs>,
    /// Calls that began before it.
    pub(crate) until: Option<UnixMs>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Term {
    Text(Text, Vec<Pattern>),
    /// One of these ranges, ends included.
    Number(Number, Vec<(i64, i64)>),
    Streamed(bool),
}

/// What is compared as text, without regard to case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text {
    /// A token's id or label.
    Token,
    /// The model asked for, or the one that served.
    Model,
    Provider,
    Dialect,
    Operation,
    Error,
    /// A call's id, or its caller's id for it.
    Request,
    Credential,
    State,
    Ended,
    Pricing,
}

/// What is compared as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Number {
    Status,
    /// Nano-dollars.
    Cost,
    /// Tokens, cached or not.
    Input,
    Output,
    /// Milliseconds.
    Duration,
}

/// Text in which `*` stands for any run of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(pub(crate) String);

impl Filter {
    /// Understands the whole text; `now` is what spans count back from.
    ///
    /// # Errors
    /// What is wrong with which term, as a sentence.
    pub fn parse(text: &str, now: UnixMs) -> Result<Self, String> {
        let mut filter = Self::default();
        let mut size = 0;
        for word in words(text)? {
            let (name, value) = word.split_once(':').ok_or_else(|| {
                format!("{word:?} is no term; write it like model:{word}, with one of {NAMES}")
            })?;
            if value.is_empty() {
                return Err(format!("{name}: lacks a value"));
            }
            size += value.split(',').count();
            if size > MOST {
                return Err(format!("there are more than {MOST} terms"));
            }
            match name {
                "since" => filter.since = filter.since.max(Some(moment(name, value, now)?)),
                "until" => {
                    let until = moment(name, value, now)?;
                    filter.until = Some(filter.until.map_or(until, |earlier| earlier.min(until)));
                }
                _ => filter.terms.push(term(name, value)?),
            }
        }
        Ok(filter)
    }
}

fn term(name: &str, value: &str) -> Result<Term, String> {
    let text = |text| patterns(name, value).map(|patterns| Term::Text(text, patterns));
    let number = |number, read: fn(&str) -> Option<i64>, example| {
        let ranges = value.split(',').map(|one| range(one, read));
        ranges
            .collect::<Option<_>>()
            .map(|ranges| Term::Number(number, ranges))
            .ok_or_else(|| format!("{name}:{value} is not understood; write it like {name}:{example}"))
    };
    match name {
        "token" | "machine" => text(Text::Token),
        "model" => text(Text::Model),
        "provider" => text(Text::Provider),
        "dialect" => text(Text::Dialect),
        "operation" => text(Text::Operation),
        "error" => text(Text::Error),
        "request" => text(Text::Request),
        "credential" | "key" => text(Text::Credential),
        "state" => text(Text::State),
        "ended" => text(Text::Ended),
        "pricing" => text(Text::Pricing),
        "cache" => match value {
            "hit" => Ok(Term::Text(Text::Pricing, vec![Pattern("cached".to_owned())])),
            _ => Err(format!("cache:{value} is not understood; write cache:hit")),
        },
        "status" => statuses(value),
        "cost" => number(Number::Cost, |text| Nano::parse_dollars(text).map(|nano| nano.0), ">0.1"),
        "input" => number(Number::Input, count, ">1000"),
        "output" => number(Number::Output, count, ">1000"),
        "duration" => number(Number::Duration, milliseconds, ">2s"),
        "streamed" => match value {
            "yes" | "true" | "1" => Ok(Term::Streamed(true)),
            "no" | "false" | "0" => Ok(Term::Streamed(false)),
            _ => Err(format!("streamed:{value} is not understood; write streamed:yes or streamed:no")),
        },
        _ => Err(format!("there is no {name}: to filter by; there is {NAMES}")),
    }
}

fn moment(name: &str, value: &str, now: UnixMs) -> Result<UnixMs, String> {
    span::moment(value, now).ok_or_else(|| {
        format!(
            "{name}:{value} is not understood; write {name}:2h, {name}:7d or {name}:2026-11-24T08:00 (UTC)"
        )
    })
}

fn patterns(name: &str, value: &str) -> Result<Vec<Pattern>, String> {
    let one = |text: &str| {
        if text.is_empty() {
            return Err(format!("{name}:{value} has an empty alternative"));
        }
        // D1 takes no longer one; each character that must be escaped counts twice.
        if text.contains('*') && text.len() + text.matches(['%', '_', '!']).count() > LONGEST_PATTERN {
            return Err(format!(
                "{name}:{text} is longer than the {LONGEST_PATTERN} bytes that a pattern may have"
            ));
        }
        Ok(Pattern(text.to_lowercase()))
    };
    value.split(',').map(one).collect()
}

/// `404`, `4xx`, `>=500`, and several of them.
fn statuses(value: &str) -> Result<Term, String> {
    let class = |text: &str| {
        let hundreds = text.strip_suffix("xx").or_else(|| text.strip_suffix("XX"))?;
        let hundreds: i64 = hundreds.parse().ok().filter(|hundreds| (1..=5).contains(hundreds))?;
        Some((hundreds * 100, hundreds * 100 + 99))
    };
    let one = |text: &str| class(text).or_else(|| range(text, count));
    value
        .split(',')
        .map(one)
        .collect::<Option<_>>()
        .map(|ranges| Term::Number(Number::Status, ranges))
        .ok_or_else(|| {
            format!("status:{value} is not understood; write status:404, status:4xx or status:>=500")
        })
}

/// `>5`, `>=5`, `<5`, `<=5`, `5`.
fn range(text: &str, read: fn(&str) -> Option<i64>) -> Option<(i64, i64)> {
    let signs = [">=", "<=", ">", "<", ""];
    let (sign, rest) = signs.iter().find_map(|sign| Some((*sign, text.strip_prefix(sign)?)))?;
    let value = read(rest)?;
    Some(match sign {
        ">=" => (value, HIGHEST),
        ">" => (value + 1, HIGHEST),
        "<=" => (0, value),
        "<" => (0, value - 1),
        _ => (value, value),
    })
}

fn count(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?.filter(|count| *count < HIGHEST)
}

/// `250ms`, or a span of seconds and more.
fn milliseconds(text: &str) -> Option<i64> {
    match text.strip_suffix("ms") {
        Some(number) => count(number),
        None => i64::try_from(span::seconds(text)?.checked_mul(1000)?).ok().filter(|ms| *ms < HIGHEST),
    }
}

/// The text at its spaces; quotes keep spaces within a word: `token:"my laptop"`.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for character in text.chars() {
        match character {
            '"' => quoted = !quoted,
            space if space.is_whitespace() && !quoted => all.push(std::mem::take(&mut word)),
            other => word.push(other),
        }
    }
    if quoted {
        return Err("a quotation mark is not closed".to_owned());
    }
    all.push(word);
    all.retain(|word| !word.is_empty());
    Ok(all)
}

/// For sentences.
const NAMES: &str = "token: model: provider: status: error: since: until: cost: input: output: duration: streamed: \
                     dialect: operation: request: credential: cache: state: ended: pricing:";
/// Each alternative is at least one parameter of the statement, and D1 binds 100.
const MOST: usize = 30;
/// D1 takes patterns of 50 bytes.
const LONGEST_PATTERN: usize = 50;
/// Integers stay exact to 2⁵³ on D1.
const HIGHEST: i64 = (1 << 53) - 1;

#[cfg(test)]
mod tests;

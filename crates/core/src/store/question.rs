//! A filter as SQL. Everything a person wrote is a parameter; only text of ours becomes part of a statement.

use crate::filter::{Filter, Number, Pattern, Term, Text};
use crate::ports::{Statement, Value};
use crate::request_id;

/// A statement whose text depends on the question.
#[derive(Default)]
pub(super) struct Question {
    params: Vec<Value>,
}

impl Question {
    /// The place of one more parameter.
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.params.push(value.into());
        format!("?{}", self.params.len())
    }

    /// The places of several, for `IN`; of none, what no id is.
    pub(super) fn list(&mut self, ids: &[&str]) -> String {
        let places: Vec<String> = ids.iter().map(|id| self.bind(*id)).collect();
        if places.is_empty() { "NULL".to_owned() } else { places.join(", ") }
    }

    /// Which ids may be looked at: ids are ordered by time, so times are ranges of the key.
    pub(super) fn range(&mut self, filter: &Filter, before: Option<&str>) -> String {
        let until = filter.until.map(request_id::first);
        let below = [before, until.as_deref()].into_iter().flatten().min().unwrap_or(BEHIND_ALL);
        let below = self.bind(below);
        let from = self.bind(filter.since.map(request_id::first).unwrap_or_default());
        format!("id < {below} AND id >= {from}")
    }

    /// What must hold of a call `c`.
    pub(super) fn conditions(&mut self, filter: &Filter) -> String {
        let mut all = vec!["1 = 1".to_owned()];
        for term in &filter.terms {
            all.push(match term {
                Term::Streamed(yes) => format!("c.streamed = {}", i64::from(*yes)),
                Term::Number(number, ranges) => self.either(ranges, |question, (low, high)| {
                    let (low, high) = (question.bind(*low), question.bind(*high));
                    format!("{} BETWEEN {low} AND {high}", column(*number))
                }),
                Term::Text(text, patterns) => {
                    self.either(patterns, |question, pattern| question.like(*text, pattern))
                }
            });
        }
        // In a page they are bounds of the key already; a feed has no other place for them.
        all.extend(filter.since.map(|at| format!("c.started_ms >= {}", self.bind(at.0))));
        all.extend(filter.until.map(|at| format!("c.started_ms < {}", self.bind(at.0))));
        all.join(" AND ")
    }

    pub(super) fn statement(self, sql: String) -> Statement {
        Statement { sql: sql.into(), params: self.params }
    }

    fn either<T>(&mut self, all: &[T], one: impl Fn(&mut Self, &T) -> String) -> String {
        let any: Vec<String> = all.iter().map(|item| one(self, item)).collect();
        format!("({})", any.join(" OR "))
    }

    fn like(&mut self, text: Text, Pattern(pattern): &Pattern) -> String {
        let mut compare = |columns: &[&str]| {
            let stars = pattern.contains('*');
            let place = self.bind(if stars { escaped(pattern) } else { pattern.clone() });
            let one = |column: &&str| match stars {
                true => format!("LOWER({column}) LIKE {place} ESCAPE '!'"),
                false => format!("LOWER({column}) = {place}"),
            };
            columns.iter().map(one).collect::<Vec<_>>().join(" OR ")
        };
        match text {
            Text::Token => compare(&["c.token_id", "t.label"]),
            Text::Model => compare(&["c.model", "c.asked_model"]),
            Text::Provider => compare(&["COALESCE(c.provider, c.asked_provider)"]),
            Text::Dialect => compare(&["c.dialect"]),
            Text::Operation => compare(&["c.operation"]),
            Text::Error => compare(&["c.error"]),
            Text::Request => compare(&["c.id", "c.request_id"]),
            Text::Credential => compare(&["c.credential_id"]),
            Text::State => compare(&["c.state"]),
            Text::Ended => compare(&["c.ended"]),
            Text::Pricing => compare(&["c.pricing"]),
        }
    }
}

fn column(number: Number) -> &'static str {
    match number {
        Number::Status => "c.status",
        Number::Cost => "COALESCE(c.repriced_nano, c.cost_nano)",
        Number::Input => "(c.input + c.cache_read + c.cache_write + c.cache_write_long)",
        Number::Output => "c.output",
        Number::Duration => "c.duration_ms",
    }
}

/// `*` as SQL's `%`, and what SQL would take for a sign of its own as itself.
fn escaped(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 4);
    for character in pattern.chars() {
        match character {
            '*' => out.push('%'),
            sign @ ('%' | '_' | '!') => out.extend(['!', sign]),
            other => out.push(other),
        }
    }
    out
}

/// Greater than any id: ids are ASCII.
const BEHIND_ALL: &str = "\u{10ffff}";

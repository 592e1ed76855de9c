//! What a translation could not carry, by name. Names are fit for a response header, whoever chose them.

use super::field::{Object, refused, says_something};
use crate::problem::Problem;
use std::borrow::Cow;

/// Something that has no counterpart in the upstream's dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    /// As in the caller's dialect.
    pub name: &'static str,
    pub fate: Fate,
    pub why: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Left out of the request, and named in the answer's header.
    Dropped,
    /// The request is refused: without it, it would mean something else.
    Refused,
}

/// The names of what one request lost, each once, in the order they were met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dropped(Vec<Cow<'static, str>>);

impl Dropped {
    pub fn add(&mut self, name: &'static str) {
        self.keep(Cow::Borrowed(name));
    }

    /// A name the caller chose: shortened, and cleaned of what a header cannot hold.
    pub fn add_field(&mut self, name: &str) {
        let clean = |c: char| if c.is_ascii_alphanumeric() || "_-. ".contains(c) { c } else { '?' };
        self.keep(Cow::Owned(name.chars().take(LONGEST_NAME).map(clean).collect()));
    }

    pub fn merge(&mut self, other: Self) {
        for name in other.0 {
            self.keep(name);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// For a header: names separated by `, `. ASCII, without control characters.
    pub fn header(&self) -> String {
        self.0.join(", ")
    }

    fn keep(&mut self, name: Cow<'static, str>) {
        if self.0.len() < MOST_NAMES && !self.0.contains(&name) {
            self.0.push(name);
        }
    }
}

/// Refuses a request that has a field which the table says must not be lost.
///
/// # Errors
/// [`Problem::BodyInvalid`], with the table's reason.
pub(super) fn refuse(lost: &[Lost], body: &Object) -> Result<(), Problem> {
    let refusal = lost
        .iter()
        .filter(|lost| lost.fate == Fate::Refused)
        .find(|lost| body.get(lost.name).is_some_and(says_something));
    match refusal {
        Some(lost) => {
            Err(refused(lost.name, format_args!("the model behind this name cannot have it: {}", lost.why)))
        }
        None => Ok(()),
    }
}

const LONGEST_NAME: usize = 48;
const MOST_NAMES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_few_short_clean_and_told_once() {
        let mut dropped = Dropped::default();
        dropped.add("top_k");
        dropped.add("top_k");
        dropped.add_field("x\r\nset-cookie: ä");
        dropped.add_field(&"n".repeat(1000));
        assert_eq!(dropped.header(), format!("top_k, x??set-cookie? ?, {}", "n".repeat(LONGEST_NAME)));
        for n in 0..1000 {
            dropped.add_field(&n.to_string());
        }
        assert_eq!(dropped.names().count(), MOST_NAMES);
    }
}

//! What a token may use: `entry = "*" | provider | provider-glob ":" model-glob | "tool:" tool-glob`. In globs only `*` (any run, also an
//! empty one) and `?` (exactly one character) are special; everything is case-sensitive; the first `:` separates; an
//! entry without `:` is the exact name of a provider, never a glob.

mod glob;

use crate::call::ModelRef;
use crate::provider::Directory;
use glob::glob;

pub(crate) use glob::glob as matches;

/// Entries of which one must match. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope(Vec<String>);

impl Scope {
    /// The scope of a token that was minted without one.
    pub fn everything() -> Self {
        Self(vec!["*".to_owned()])
    }

    /// Understands the entries of a new scope.
    ///
    /// # Errors
    /// A sentence naming the first entry that can match nothing, and why: it is a mistake, and a token that silently
    /// lacks what it was minted for is found out late.
    pub fn parse(entries: &[String], directory: &Directory) -> Result<Self, String> {
        if entries.is_empty() {
            return Err("a scope needs at least one entry".to_owned());
        }
        if entries.len() > MOST_ENTRIES {
            return Err(format!("a scope has at most {MOST_ENTRIES} entries"));
        }
        for entry in entries {
            check(entry, directory)
                .map_err(|why| format!("the scope entry {entry:?} can match nothing: {why}"))?;
        }
        Ok(Self(entries.to_vec()))
    }

    /// Reads the column that [`Self::to_json`] wrote. An entry that was good when it was minted stays readable also
    /// when its provider is gone; it then matches nothing.
    pub fn from_json(column: &str) -> Option<Self> {
        let entries: Vec<String> = serde_json::from_str(column).ok()?;
        (!entries.is_empty()).then_some(Self(entries))
    }

    pub fn to_json(&self) -> String {
        serde_json::Value::from(self.0.clone()).to_string()
    }

    /// As written.
    pub fn entries(&self) -> &[String] {
        &self.0
    }

    pub fn covers(&self, wanted: &ModelRef) -> bool {
        self.0.iter().any(|entry| match entry.split_once(':') {
            Some((provider, model)) => glob(provider, wanted.provider) && glob(model, &wanted.model),
            None => entry == "*" || entry == wanted.provider,
        })
    }

    /// Whether a tool of the proxy may be used: by `*`, or by an entry that says `tool:`.
    pub(crate) fn covers_tool(&self, name: &str) -> bool {
        let named = |entry: &String| entry.strip_prefix(TOOL).is_some_and(|pattern| glob(pattern, name));
        self.0.iter().any(|entry| entry == "*" || named(entry))
    }
}

fn check(entry: &str, directory: &Directory) -> Result<(), String> {
    if entry.is_empty() {
        return Err("it is empty".to_owned());
    }
    if entry.chars().count() > LONGEST_ENTRY {
        return Err(format!("it is longer than {LONGEST_ENTRY} characters"));
    }
    if entry.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("no provider and no model has white space in its name".to_owned());
    }
    if let Some(pattern) = entry.strip_prefix(TOOL) {
        return if pattern.is_empty() {
            Err(format!("no tool has an empty name; write {TOOL}* for all of them"))
        } else {
            Ok(())
        };
    }
    let Some((provider, model)) = entry.split_once(':') else {
        return match entry {
            "*" => Ok(()),
            _ if directory.find(entry).is_some() => Ok(()),
            _ => Err(format!(
                "without a \":\" it must be the exact name of a provider ({}), or * alone",
                directory.names()
            )),
        };
    };
    if !directory.all().any(|known| glob(provider, known.name)) {
        return Err(format!("{provider:?} matches no provider ({})", directory.names()));
    }
    if model.is_empty() {
        return Err(format!("no model has an empty name; write {provider}:* for all of them"));
    }
    Ok(())
}

/// What an entry for tools begins with.
const TOOL: &str = "tool:";
const MOST_ENTRIES: usize = 100;
const LONGEST_ENTRY: usize = 256;

#[cfg(test)]
mod tests;

//! The top-level members of a JSON body that the proxy needs, found while serde_json walks (and validates) it once.

use super::further;
use super::stream_options::UsageInStream;
use crate::dialect::Dialect;
use crate::meter::json::{elements, members};
use crate::problem::Problem;
use serde::Deserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

pub(super) struct Found {
    pub(super) model: Option<(String, Range<usize>)>,
    pub(super) stream: bool,
    pub(super) max_output: Option<u64>,
    pub(super) choices: u64,
    /// Each is answered on its own (Completions).
    pub(super) prompts: u64,
    pub(super) variant: Option<String>,
    pub(super) store: Option<bool>,
    pub(super) previous: Option<String>,
    pub(super) usage_in_stream: UsageInStream,
    /// That the provider's own tools may do.
    pub(super) searches: u64,
}

/// # Errors
/// [`Problem::BodyInvalid`] for anything but one JSON object without a name twice.
pub(super) fn read(text: &str, dialect: Dialect) -> Result<Found, Problem> {
    let mut parser = serde_json::Deserializer::from_str(text);
    let found = parser.deserialize_map(Fields { text, dialect }).map_err(|e| invalid(&e))?;
    parser.end().map_err(|e| invalid(&e))?;
    Ok(found)
}

/// # Errors
/// A sentence that says what no model's name has.
pub(super) fn checked_model(model: String) -> Result<String, &'static str> {
    if model.is_empty() || model.len() > 256 {
        return Err("\"model\" must have 1 to 256 bytes");
    }
    if model.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("\"model\" must not hold white space or control characters");
    }
    Ok(model)
}

/// Where `part`, a slice of `whole`, stands in it.
pub(super) fn span(whole: &str, part: &str) -> Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
    start..start + part.len()
}

/// An object's key; borrowed unless it has escapes.
pub(super) struct Name<'a>(pub(super) Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Name<'de>;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a name")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

struct Fields<'a> {
    text: &'a str,
    dialect: Dialect,
}

impl<'de> Visitor<'de> for Fields<'de> {
    type Value = Found;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("one JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found, A::Error> {
        let mut names: BTreeSet<Cow<'de, str>> = BTreeSet::new();
        let mut found = Found {
            model: None,
            stream: false,
            max_output: None,
            choices: 1,
            prompts: 1,
            variant: None,
            store: None,
            previous: None,
            usage_in_stream: UsageInStream::NoOptions(None),
            searches: 0,
        };
        while let Some(Name(name)) = map.next_key::<Name<'de>>()? {
            let value: &'de RawValue = map.next_value()?;
            found.take(&name, value.get(), span(self.text, value.get())).map_err(A::Error::custom)?;
            further::check(self.dialect, &name, value.get()).map_err(A::Error::custom)?;
            if let Some(twice) = names.replace(name) {
                return Err(A::Error::custom(format_args!("{twice:?} stands twice at the top level")));
            }
        }
        Ok(found)
    }
}

impl Found {
    /// # Errors
    /// A sentence that says what is wrong with the member.
    fn take(&mut self, name: &str, value: &str, at: Range<usize>) -> Result<(), String> {
        match name {
            "model" => {
                let model: String =
                    serde_json::from_str(value).map_err(|_| "\"model\" must be a string".to_owned())?;
                self.model = Some((checked_model(model)?, at));
            }
            "stream" => self.stream = flag(name, value)?.unwrap_or(false),
            "store" => self.store = flag(name, value)?,
            "previous_response_id" => {
                self.previous = serde_json::from_str(value)
                    .map_err(|_| "\"previous_response_id\" must be a string".to_owned())?;
            }
            "max_tokens" | "max_completion_tokens" | "max_output_tokens" => {
                // A limit that is not a count bounds nothing; the upstream will say what it thinks of it.
                self.max_output = self.max_output.max(serde_json::from_str::<u64>(value).ok());
            }
            // Of the best_of answers that are made, n are shown.
            "n" | "best_of" => self.choices = self.choices.max(serde_json::from_str(value).unwrap_or(1)),
            "tools" => self.searches = super::beyond::searches(value.as_bytes()),
            "prompt" => self.prompts = prompts(value.as_bytes()),
            "generationConfig" | "generation_config" => self.take_gemini(value.as_bytes()),
            "service_tier" | "speed" => {
                let asked = serde_json::from_str::<String>(value).ok();
                self.variant =
                    asked.filter(|v| !PLAIN_VARIANTS.contains(&v.as_str())).or(self.variant.take());
            }
            "stream_options" => {
                self.usage_in_stream =
                    UsageInStream::read(value, &at).map_err(|e: serde_json::Error| e.to_string())?;
            }
            other => {
                if let Some(name) = WATCHED.iter().find(|w| other.eq_ignore_ascii_case(w)) {
                    return Err(format!("{other:?} differs from {name:?} only in case"));
                }
            }
        }
        Ok(())
    }

    fn take_gemini(&mut self, config: &[u8]) {
        for (name, value) in members(config) {
            let count = std::str::from_utf8(value).ok().and_then(|text| text.parse::<u64>().ok());
            match name {
                b"maxOutputTokens" | b"max_output_tokens" => self.max_output = self.max_output.max(count),
                b"candidateCount" | b"candidate_count" => self.choices = self.choices.max(count.unwrap_or(1)),
                _ => {}
            }
        }
    }
}

/// A list of texts or of lists of tokens; one list of tokens is one prompt.
fn prompts(value: &[u8]) -> u64 {
    let several = elements(value).filter(|one| matches!(one.first(), Some(b'"' | b'['))).count();
    (several as u64).max(1)
}

fn flag(name: &str, value: &str) -> Result<Option<bool>, String> {
    serde_json::from_str(value).map_err(|_| format!("{name:?} must be true or false"))
}

fn invalid(error: &serde_json::Error) -> Problem {
    Problem::BodyInvalid(format!("the body is not the JSON this route expects: {error}"))
}

/// What a call is charged at anyway.
const PLAIN_VARIANTS: &[&str] = &["auto", "default", "standard", "standard_only"];

/// Names whose meaning must not depend on how strictly an upstream compares them.
const WATCHED: &[&str] =
    &["model", "stream", "stream_options", "max_tokens", "store", "previous_response_id"];

//! A request body, understood without being rebuilt: one pass finds the top-level fields the proxy needs, and edits
//! are spliced into the caller's own bytes. What is checked here is what the upstream reads: one parse, no duplicates.

use crate::problem::Problem;
use bytes::Bytes;
use serde::Deserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

/// What a JSON request body says at its top level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    pub model: String,
    pub stream: bool,
    /// The most output tokens the caller allows, over all choices.
    pub max_output: Option<u64>,
    /// Somewhere in the body, cache writes may be asked for.
    pub may_cache: bool,
    /// The price variant the caller asks for: `service_tier`, or Anthropic's `speed`.
    pub variant: Option<String>,
    model_at: Range<usize>,
    usage_in_stream: UsageInStream,
    /// Just inside the closing brace.
    end: usize,
}

/// What the caller said about `stream_options.include_usage`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum UsageInStream {
    Asked,
    /// There is no `stream_options` object; where its value stands if it is `null`.
    NoOptions(Option<Range<usize>>),
    /// There is one, without `include_usage: true`: where the object's inside begins, whether it has members, and
    /// where a `include_usage` value that is not `true` stands.
    NotAsked {
        inside: usize,
        empty: bool,
        value: Option<Range<usize>>,
    },
}

impl Envelope {
    /// # Errors
    /// [`Problem::BodyInvalid`] for anything but one JSON object with a string `model`, a boolean `stream`, and no
    /// top-level name twice.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        let text =
            std::str::from_utf8(body).map_err(|_| Problem::BodyInvalid("the body is not UTF-8".into()))?;
        let mut parser = serde_json::Deserializer::from_str(text);
        let fields = parser.deserialize_map(Fields { text }).map_err(|e| invalid(&e))?;
        parser.end().map_err(|e| invalid(&e))?;
        let (model, model_at) =
            fields.model.ok_or_else(|| Problem::BodyInvalid("the body has no \"model\"".into()))?;
        // The closing brace is the last byte that is not white space.
        let end = text.trim_end_matches([' ', '\t', '\r', '\n']).len().saturating_sub(1);
        Ok(Self {
            model,
            stream: fields.stream,
            max_output: fields.max_output.map(|n| n.saturating_mul(fields.choices.max(1))),
            may_cache: memchr::memmem::find(body, b"cache_control").is_some(),
            variant: fields.variant,
            model_at,
            usage_in_stream: fields.usage_in_stream,
            end,
        })
    }

    /// The body with another model, and with `stream_options.include_usage` where asked for; otherwise byte for byte
    /// as it came. The flag says whether usage was added that the caller did not ask for.
    pub fn rewrite(&self, body: &Bytes, model: Option<&str>, ask_usage: bool) -> (Bytes, bool) {
        let mut edits: Vec<(Range<usize>, Cow<'static, str>)> = Vec::new();
        if let Some(model) = model.filter(|m| *m != self.model) {
            edits.push((self.model_at.clone(), serde_json::Value::from(model).to_string().into()));
        }
        let asking = ask_usage && self.stream && self.usage_in_stream != UsageInStream::Asked;
        if asking {
            edits.push(self.usage_edit());
        }
        if edits.is_empty() {
            return (body.clone(), false);
        }
        edits.sort_by_key(|(at, _)| at.start);
        let mut out = Vec::with_capacity(body.len() + 64);
        let mut from = 0;
        for (at, text) in &edits {
            out.extend_from_slice(body.get(from..at.start).unwrap_or_default());
            out.extend_from_slice(text.as_bytes());
            from = at.end;
        }
        out.extend_from_slice(body.get(from..).unwrap_or_default());
        (out.into(), asking)
    }

    fn usage_edit(&self) -> (Range<usize>, Cow<'static, str>) {
        match &self.usage_in_stream {
            UsageInStream::NotAsked { value: Some(at), .. } => (at.clone(), "true".into()),
            UsageInStream::NotAsked { inside, empty: true, .. } => {
                (*inside..*inside, "\"include_usage\":true".into())
            }
            UsageInStream::NotAsked { inside, .. } => (*inside..*inside, "\"include_usage\":true,".into()),
            UsageInStream::NoOptions(Some(at)) => (at.clone(), "{\"include_usage\":true}".into()),
            UsageInStream::NoOptions(None) | UsageInStream::Asked => {
                (self.end..self.end, ",\"stream_options\":{\"include_usage\":true}".into())
            }
        }
    }
}

fn invalid(error: &serde_json::Error) -> Problem {
    Problem::BodyInvalid(format!("the body is not the JSON this route expects: {error}"))
}

/// Collects the fields while serde_json walks (and validates) the object once.
struct Fields<'a> {
    text: &'a str,
}

struct Found {
    model: Option<(String, Range<usize>)>,
    stream: bool,
    max_output: Option<u64>,
    choices: u64,
    variant: Option<String>,
    usage_in_stream: UsageInStream,
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
            variant: None,
            usage_in_stream: UsageInStream::NoOptions(None),
        };
        while let Some(Name(name)) = map.next_key::<Name<'de>>()? {
            let value: &'de RawValue = map.next_value()?;
            let at = span(self.text, value.get());
            match name.as_ref() {
                "model" => {
                    let model: String = serde_json::from_str(value.get())
                        .map_err(|_| A::Error::custom("\"model\" must be a string"))?;
                    found.model = Some((checked_model::<A::Error>(model)?, at));
                }
                "stream" => {
                    found.stream = serde_json::from_str::<Option<bool>>(value.get())
                        .map_err(|_| A::Error::custom("\"stream\" must be true or false"))?
                        .unwrap_or(false);
                }
                "max_tokens" | "max_completion_tokens" | "max_output_tokens" => {
                    // A limit that is not a count bounds nothing; the upstream will say what it thinks of it.
                    let limit = serde_json::from_str::<u64>(value.get()).ok();
                    found.max_output = found.max_output.max(limit);
                }
                "n" => found.choices = serde_json::from_str(value.get()).unwrap_or(1),
                "service_tier" | "speed" => {
                    let asked = serde_json::from_str::<String>(value.get()).ok();
                    found.variant = asked.filter(|v| !PLAIN_VARIANTS.contains(&v.as_str())).or(found.variant);
                }
                "stream_options" => found.usage_in_stream = stream_options(value.get(), &at)?,
                "fallbacks" => {
                    return Err(A::Error::custom(
                        "\"fallbacks\" names further models, which this proxy does not let through",
                    ));
                }
                other => {
                    if let Some(name) = WATCHED.iter().find(|w| other.eq_ignore_ascii_case(w)) {
                        return Err(A::Error::custom(format_args!(
                            "{other:?} differs from {name:?} only in case"
                        )));
                    }
                }
            }
            if let Some(twice) = names.replace(name) {
                return Err(A::Error::custom(format_args!("{twice:?} stands twice at the top level")));
            }
        }
        Ok(found)
    }
}

/// An object's key; borrowed unless it has escapes.
struct Name<'a>(Cow<'a, str>);

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

fn checked_model<E: serde::de::Error>(model: String) -> Result<String, E> {
    if model.is_empty() || model.len() > 256 {
        return Err(E::custom("\"model\" must have 1 to 256 bytes"));
    }
    if model.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(E::custom("\"model\" must not hold white space or control characters"));
    }
    Ok(model)
}

fn stream_options<E: serde::de::Error>(text: &str, at: &Range<usize>) -> Result<UsageInStream, E> {
    struct Options<'a> {
        text: &'a str,
    }
    impl<'de> Visitor<'de> for Options<'de> {
        /// Whether there are members, and where `include_usage` stands and whether it is true.
        type Value = (bool, Option<(Range<usize>, bool)>);
        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("an object for \"stream_options\"")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let (mut members, mut include) = (false, None);
            while let Some(Name(name)) = map.next_key::<Name<'de>>()? {
                let value: &'de RawValue = map.next_value()?;
                members = true;
                if name == "include_usage"
                    && include.replace((span(self.text, value.get()), value.get() == "true")).is_some()
                {
                    return Err(A::Error::custom("\"include_usage\" stands twice"));
                }
            }
            Ok((members, include))
        }
    }
    if text == "null" {
        return Ok(UsageInStream::NoOptions(Some(at.clone())));
    }
    let mut parser = serde_json::Deserializer::from_str(text);
    let (members, include) = parser.deserialize_map(Options { text }).map_err(E::custom)?;
    Ok(match include {
        Some((_, true)) => UsageInStream::Asked,
        other => UsageInStream::NotAsked {
            inside: at.start + 1,
            empty: !members,
            value: other.map(|(value, _)| at.start + value.start..at.start + value.end),
        },
    })
}

/// Where `part`, a slice of `whole`, stands in it.
fn span(whole: &str, part: &str) -> Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
    start..start + part.len()
}

/// What a call is charged at anyway.
const PLAIN_VARIANTS: &[&str] = &["auto", "default", "standard", "standard_only"];

/// Names whose meaning must not depend on how strictly an upstream compares them.
const WATCHED: &[&str] = &["model", "stream", "stream_options", "max_tokens"];

#[cfg(test)]
mod tests;

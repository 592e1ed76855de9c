//! `stream_options.include_usage`: what the caller said about it, and how to say yes in the caller's place.

use super::fields::{Name, span};
use serde::Deserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// What the caller said about `stream_options.include_usage`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum UsageInStream {
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

impl UsageInStream {
    /// The edit that asks. `end` is just inside the body's closing brace.
    pub(super) fn ask(&self, end: usize) -> (Range<usize>, Cow<'static, str>) {
        match self {
            Self::NotAsked { value: Some(at), .. } => (at.clone(), "true".into()),
            Self::NotAsked { inside, empty: true, .. } => (*inside..*inside, "\"include_usage\":true".into()),
            Self::NotAsked { inside, .. } => (*inside..*inside, "\"include_usage\":true,".into()),
            Self::NoOptions(Some(at)) => (at.clone(), "{\"include_usage\":true}".into()),
            Self::NoOptions(None) | Self::Asked => {
                (end..end, ",\"stream_options\":{\"include_usage\":true}".into())
            }
        }
    }

    /// Reads the value of `stream_options`, which stands at `at`.
    pub(super) fn read<E: serde::de::Error>(text: &str, at: &Range<usize>) -> Result<Self, E> {
        if text == "null" {
            return Ok(Self::NoOptions(Some(at.clone())));
        }
        let mut parser = serde_json::Deserializer::from_str(text);
        let (members, include) = parser.deserialize_map(Options { text }).map_err(E::custom)?;
        Ok(match include {
            Some((_, true)) => Self::Asked,
            other => Self::NotAsked {
                inside: at.start + 1,
                empty: !members,
                value: other.map(|(value, _)| at.start + value.start..at.start + value.end),
            },
        })
    }
}

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

//! Content parts of a Responses request, read once for every upstream. PROTOCOLS.md I2.

use crate::problem::Problem;
use crate::translate::Dropped;
use crate::translate::field::{self, need_text, refused, take_text};
use serde_json::Value;
use std::fmt::{self, Display};

/// What a user or a tool says.
#[derive(Debug, PartialEq)]
pub(crate) enum Part {
    Text(String),
    /// An https URL or a base64 data URL.
    Image(String),
    File {
        name: Option<String>,
        source: Source,
    },
}

#[derive(Debug, PartialEq)]
pub(crate) enum Source {
    /// A base64 data URL.
    Data(String),
    Url(String),
}

/// A place inside `input`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At(pub(crate) usize);

impl Display for At {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "input[{}]", self.0)
    }
}

/// The parts of a message's content or of a tool's output. Empty texts say nothing.
///
/// # Errors
/// For a part that no upstream could read.
pub(crate) fn read(at: At, content: Option<Value>, dropped: &mut Dropped) -> Result<Vec<Part>, Problem> {
    let list = match content {
        None => return Ok(Vec::new()),
        Some(Value::String(text)) => return Ok(text_part(text).into_iter().collect()),
        Some(Value::Array(list)) => list,
        Some(_) => return Err(refused(at, "its content must be a string or a list of parts")),
    };
    let mut parts = Vec::with_capacity(list.len());
    for part in list {
        parts.extend(one(at, part, dropped)?);
    }
    Ok(parts)
}

/// The texts of a message that can hold nothing else.
///
/// # Errors
/// When it holds something else.
pub(crate) fn texts(at: At, content: Option<Value>, dropped: &mut Dropped) -> Result<Vec<String>, Problem> {
    read(at, content, dropped)?
        .into_iter()
        .map(|part| match part {
            Part::Text(text) => Ok(text),
            Part::Image(_) | Part::File { .. } => {
                Err(refused(at, "only a user's message can hold more than text"))
            }
        })
        .collect()
}

/// Media type and base64 text of a data URL.
pub(crate) fn inline(url: &str) -> Option<(&str, &str)> {
    let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
    let head = head.strip_suffix(";base64")?;
    Some((head.split(';').next().unwrap_or(head), data))
}

fn one(at: At, part: Value, dropped: &mut Dropped) -> Result<Option<Part>, Problem> {
    let mut part = field::object(part, at)?;
    let kind = take_text(&mut part, "type").unwrap_or_default();
    Ok(match kind.as_str() {
        "input_text" | "output_text" | "text" | "summary_text" | "reasoning_text" => {
            text_part(need_text(&mut part, "text", at)?)
        }
        "refusal" => text_part(need_text(&mut part, "refusal", at)?),
        "input_image" => {
            if take_text(&mut part, "detail").is_some_and(|detail| detail != "auto") {
                dropped.add("image detail");
            }
            let Some(url) = take_text(&mut part, "image_url") else {
                return Err(uploaded(at, "an image", "image_url"));
            };
            if inline(&url).is_none() && !is_web(&url) {
                return Err(refused(at, "an image must be an https URL or a base64 data URL"));
            }
            Some(Part::Image(url))
        }
        "input_file" => {
            let name = take_text(&mut part, "filename");
            let source = match (take_text(&mut part, "file_data"), take_text(&mut part, "file_url")) {
                (Some(data), _) if inline(&data).is_some() => Source::Data(data),
                (None, Some(url)) if is_web(&url) => Source::Url(url),
                (None, None) => return Err(uploaded(at, "a file", "file_data")),
                _ => return Err(refused(at, "a file must be an https URL or a base64 data URL")),
            };
            Some(Part::File { name, source })
        }
        "input_audio" => return Err(refused(at, "this model does not hear audio")),
        _ => return Err(refused(at, format_args!("a {kind:?} part cannot be sent to this model"))),
    })
}

fn text_part(text: String) -> Option<Part> {
    (!text.is_empty()).then_some(Part::Text(text))
}

/// Whether a URL is one that may be fetched; others could lead into the upstream's own files.
pub(crate) fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn uploaded(at: At, what: &str, field: &str) -> Problem {
    refused(
        at,
        format_args!("{what} must be sent inside the request, as {field}: uploads stay at their vendor"),
    )
}

//! A part of a Gemini request: what is said, called, answered or shown.

use super::spelling;
use crate::problem::Problem;
use crate::translate::Dropped;
use crate::translate::field::{self, Object, need_text, refused, take, take_text};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::Value;
use std::fmt;

/// A place inside `contents`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) content: usize,
    pub(crate) part: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "contents[{}].parts[{}]", self.content, self.part)
    }
}

/// What a user shows or says.
#[derive(Debug, PartialEq)]
pub(crate) enum Shown {
    Text(String),
    /// Base64.
    Blob {
        mime: String,
        data: String,
    },
    /// Without a type where the caller gave none.
    File {
        mime: String,
        uri: String,
    },
}

/// One part, understood.
#[derive(Debug, PartialEq)]
pub(crate) enum Part {
    Shown(Shown),
    Thought(String),
    Call {
        id: Option<String>,
        name: String,
        args: Value,
        signature: Option<String>,
    },
    Answer {
        id: Option<String>,
        name: String,
        outcome: Outcome,
    },
    /// Of code that ran at Google.
    Code,
    Nothing,
}

/// What a function answered.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) text: String,
    pub(crate) failed: bool,
    pub(crate) shown: Vec<Shown>,
}

/// Reads a part.
///
/// # Errors
/// When it is of a kind that no other vendor has.
pub(crate) fn read(part: Value, place: Place, dropped: &mut Dropped) -> Result<Part, Problem> {
    let mut part = spelling::object(part, place)?;
    for (hint, name) in
        [("videoMetadata", "parts[].videoMetadata"), ("mediaResolution", "parts[].mediaResolution")]
    {
        if part.remove(hint).is_some_and(|hint| field::says_something(&hint)) {
            dropped.add(name);
        }
    }
    let signature = take_text(&mut part, "thoughtSignature");
    let is_thought = part.remove("thought") == Some(Value::Bool(true));
    if let Some(text) = take(&mut part, "text") {
        let Value::String(text) = text else { return Err(refused(place, "text must be a string")) };
        return Ok(match text {
            text if is_thought => Part::Thought(text),
            text if text.is_empty() => Part::Nothing,
            text => Part::Shown(Shown::Text(text)),
        });
    }
    if let Some(mut call) = spelling::take_object(&mut part, "functionCall") {
        return Ok(Part::Call {
            id: take_text(&mut call, "id").filter(|id| !id.is_empty()),
            name: need_text(&mut call, "name", place)?,
            args: take(&mut call, "args").unwrap_or_else(|| Value::Object(Object::new())),
            signature,
        });
    }
    if let Some(answer) = spelling::take_object(&mut part, "functionResponse") {
        return answered(answer, place, dropped);
    }
    if let Some(shown) = shown(&mut part, place)? {
        return Ok(if is_thought { Part::Nothing } else { Part::Shown(shown) });
    }
    if part.contains_key("executableCode") || part.contains_key("codeExecutionResult") {
        return Ok(Part::Code);
    }
    match part.keys().next() {
        None => Ok(Part::Nothing),
        Some(kind) => Err(refused(place, format_args!("a {kind:?} part cannot be sent to this model"))),
    }
}

fn shown(part: &mut Object, place: Place) -> Result<Option<Shown>, Problem> {
    if let Some(mut blob) = spelling::take_object(part, "inlineData") {
        let mime = need_text(&mut blob, "mimeType", place)?;
        let data = need_text(&mut blob, "data", place)?;
        if !mime.starts_with("text/") {
            return Ok(Some(Shown::Blob { mime, data }));
        }
        let bytes = STANDARD.decode(&data).or_else(|_| URL_SAFE.decode(&data));
        let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.ok_or_else(|| refused(place, "data must be base64 of UTF-8 text"))?;
        return Ok(Some(Shown::Text(text)));
    }
    let Some(mut file) = spelling::take_object(part, "fileData") else { return Ok(None) };
    let uri = need_text(&mut file, "fileUri", place)?;
    let public = uri.starts_with("https://") || uri.starts_with("http://");
    if !public || GOOGLE_FILES.iter().any(|start| uri.starts_with(start)) {
        return Err(refused(place, "the file stays at Google; send it inside the request, as inlineData"));
    }
    Ok(Some(Shown::File { mime: take_text(&mut file, "mimeType").unwrap_or_default(), uri }))
}

fn answered(mut answer: Object, place: Place, dropped: &mut Dropped) -> Result<Part, Problem> {
    let id = take_text(&mut answer, "id").filter(|id| !id.is_empty());
    let name = take_text(&mut answer, "name").unwrap_or_default();
    let mut media = Vec::new();
    for part in spelling::take_list(&mut answer, "parts", place)? {
        match read_media(part, place, dropped)? {
            Some(part) => media.push(part),
            None => return Err(refused(place, "a functionResponse can only hold inlineData and fileData")),
        }
    }
    let (text, failed) = match take(&mut answer, "response") {
        None => (String::new(), false),
        Some(Value::Object(response)) => outcome_text(response),
        Some(_) => return Err(refused(place, "a functionResponse's response must be an object")),
    };
    Ok(Part::Answer { id, name, outcome: Outcome { text, failed, shown: media } })
}

fn read_media(part: Value, place: Place, dropped: &mut Dropped) -> Result<Option<Shown>, Problem> {
    let mut part = spelling::object(part, place)?;
    if part.contains_key("displayName") {
        dropped.add("parts[].displayName");
    }
    shown(&mut part, place)
}

/// The text of a response that says nothing else; the whole of any other.
fn outcome_text(mut response: Object) -> (String, bool) {
    let failed = response.get("error").is_some_and(field::says_something);
    if response.len() == 1 {
        let mut words = ["output", "error", "result", "content"].iter();
        if let Some(key) = words.find(|key| response.get(**key).is_some_and(Value::is_string)) {
            return (take_text(&mut response, key).unwrap_or_default(), failed);
        }
    }
    if response.is_empty() { (String::new(), false) } else { (Value::Object(response).to_string(), failed) }
}

/// Only Google can open what is behind these.
const GOOGLE_FILES: &[&str] = &[
    "https://generativelanguage.googleapis.com/",
    "https://www.youtube.com/",
    "https://youtube.com/",
    "https://youtu.be/",
];

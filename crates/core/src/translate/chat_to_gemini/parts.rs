//! Content parts as Gemini's parts. PROTOCOLS.md I2.

use crate::problem::Problem;
use crate::translate::Dropped;
use crate::translate::field::{self, At, Object, need_text, refused, take, take_object, take_text};
use crate::translate::gemini::mime;
use serde_json::{Value, json};

/// The parts of a message's content. A string is one text.
fn list(index: usize, content: Option<Value>) -> Result<Vec<Value>, Problem> {
    match content {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![json!({"type": "text", "text": text})]),
        Some(Value::Array(parts)) => Ok(parts),
        Some(_) => {
            Err(refused(format_args!("messages[{index}].content"), "must be a string or a list of parts"))
        }
    }
}

/// The texts of a message that can hold nothing else.
pub(super) fn texts(index: usize, content: Option<Value>) -> Result<Vec<String>, Problem> {
    let mut texts = Vec::new();
    for (n, part) in list(index, content)?.into_iter().enumerate() {
        let at = At { message: index, part: n };
        let mut part = field::object(part, at)?;
        match field::text(&part, "type") {
            "text" => texts.push(need_text(&mut part, "text", at)?),
            "refusal" => texts.push(need_text(&mut part, "refusal", at)?),
            other => return Err(unknown(at, other)),
        }
    }
    texts.retain(|text| !text.is_empty());
    Ok(texts)
}

/// The parts of a user's content.
pub(super) fn user(
    index: usize,
    content: Option<Value>,
    dropped: &mut Dropped,
) -> Result<Vec<Value>, Problem> {
    let mut parts = Vec::new();
    for (n, part) in list(index, content)?.into_iter().enumerate() {
        let at = At { message: index, part: n };
        let mut part = field::object(part, at)?;
        let kind = take_text(&mut part, "type").unwrap_or_default();
        match kind.as_str() {
            "text" => {
                let text = need_text(&mut part, "text", at)?;
                if !text.is_empty() {
                    parts.push(json!({"text": text}));
                }
            }
            "image_url" => parts.push(image(part, at, dropped)?),
            "file" => parts.push(file(part, at)?),
            "input_audio" => parts.push(audio(part, at)?),
            _ => return Err(unknown(at, &kind)),
        }
    }
    Ok(parts)
}

fn image(mut part: Object, at: At, dropped: &mut Dropped) -> Result<Value, Problem> {
    let url = match take(&mut part, "image_url") {
        Some(Value::String(url)) => url,
        Some(Value::Object(mut image)) => {
            if take_text(&mut image, "detail").is_some_and(|detail| detail != "auto") {
                dropped.add("image detail");
            }
            need_text(&mut image, "url", at)?
        }
        _ => return Err(refused(at, "an image_url needs a \"url\"")),
    };
    if let Some(inline) = mime::inline(&url) {
        return Ok(inline);
    }
    if url.starts_with("https://") || url.starts_with("http://") {
        return Ok(mime::file(url));
    }
    Err(refused(at, "an image must be an https URL or a base64 data URL"))
}

fn file(mut part: Object, at: At) -> Result<Value, Problem> {
    let mut file = take_object(&mut part, "file").unwrap_or_default();
    let Some(url) = take_text(&mut file, "file_data") else {
        let why = "a file must be sent inside the request, as file_data: uploads stay at their vendor";
        return Err(refused(at, why));
    };
    mime::inline(&url).ok_or_else(|| refused(at, "a file must be a base64 data URL"))
}

fn audio(mut part: Object, at: At) -> Result<Value, Problem> {
    let mut audio = take_object(&mut part, "input_audio").unwrap_or_default();
    let (format, data) = (need_text(&mut audio, "format", at)?, need_text(&mut audio, "data", at)?);
    if !matches!(format.as_str(), "wav" | "mp3") {
        return Err(refused(at, "audio must be wav or mp3"));
    }
    Ok(json!({"inlineData": {"mimeType": format!("audio/{format}"), "data": data}}))
}

fn unknown(at: At, kind: &str) -> Problem {
    refused(at, format_args!("a {kind:?} part cannot be sent to this model"))
}

//! Content parts of a Chat message as those of Responses. PROTOCOLS.md I2.

use crate::problem::Problem;
use crate::translate::field::{self, At, Object, need_text, refused, take, take_object, take_text};
use crate::translate::responses::parts::{inline, is_web};
use serde_json::{Value, json};

/// The parts of a message's content. A string is one text.
pub(super) fn list(index: usize, content: Option<Value>) -> Result<Vec<Object>, Problem> {
    match content {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => {
            let mut part = Object::new();
            part.insert("type".into(), "text".into());
            part.insert("text".into(), text.into());
            Ok(vec![part])
        }
        Some(Value::Array(parts)) => parts
            .into_iter()
            .enumerate()
            .map(|(part, value)| field::object(value, At { message: index, part }))
            .collect(),
        Some(_) => {
            Err(refused(format_args!("messages[{index}].content"), "must be a string or a list of parts"))
        }
    }
}

/// The texts of a message that can hold nothing else.
pub(super) fn texts(index: usize, content: Option<Value>) -> Result<Vec<String>, Problem> {
    let mut texts = Vec::new();
    for (n, mut part) in list(index, content)?.into_iter().enumerate() {
        let at = At { message: index, part: n };
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
pub(super) fn user(index: usize, content: Option<Value>) -> Result<Vec<Value>, Problem> {
    let mut out = Vec::new();
    for (n, mut part) in list(index, content)?.into_iter().enumerate() {
        let at = At { message: index, part: n };
        let kind = take_text(&mut part, "type").unwrap_or_default();
        match kind.as_str() {
            "text" => out.extend(text(need_text(&mut part, "text", at)?)),
            "image_url" => out.push(image(part, at)?),
            "file" => out.push(file(part, at)?),
            "input_audio" => return Err(refused(at, "this model does not hear audio")),
            _ => return Err(unknown(at, &kind)),
        }
    }
    Ok(out)
}

pub(super) fn text(text: String) -> Option<Value> {
    (!text.is_empty()).then(|| json!({"type": "input_text", "text": text}))
}

fn image(mut part: Object, at: At) -> Result<Value, Problem> {
    let mut detail = None;
    let url = match take(&mut part, "image_url") {
        Some(Value::String(url)) => url,
        Some(Value::Object(mut image)) => {
            detail = take_text(&mut image, "detail");
            need_text(&mut image, "url", at)?
        }
        _ => return Err(refused(at, "an image_url needs a \"url\"")),
    };
    if inline(&url).is_none() && !is_web(&url) {
        return Err(refused(at, "an image must be an https URL or a base64 data URL"));
    }
    let detail = detail.unwrap_or_else(|| "auto".to_owned());
    Ok(json!({"type": "input_image", "image_url": url, "detail": detail}))
}

fn file(mut part: Object, at: At) -> Result<Value, Problem> {
    let mut file = take_object(&mut part, "file").unwrap_or_default();
    let Some(data) = take(&mut file, "file_data") else {
        return Err(refused(
            at,
            "a file must be sent inside the request, as file_data: uploads stay at their vendor",
        ));
    };
    let name = take_text(&mut file, "filename").unwrap_or_else(|| "document.pdf".to_owned());
    Ok(json!({"type": "input_file", "filename": name, "file_data": data}))
}

fn unknown(at: At, kind: &str) -> Problem {
    refused(at, format_args!("a {kind:?} part cannot be sent to this model"))
}

//! Content parts as Messages blocks. PROTOCOLS.md I2.

use crate::problem::Problem;
use crate::translate::Dropped;
use crate::translate::field::{self, At, Object, need_text, refused, take, take_object, take_text};
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

/// The blocks of a user's content.
pub(super) fn user(
    index: usize,
    content: Option<Value>,
    dropped: &mut Dropped,
) -> Result<Vec<Value>, Problem> {
    let mut blocks = Vec::new();
    for (n, mut part) in list(index, content)?.into_iter().enumerate() {
        let at = At { message: index, part: n };
        let kind = take_text(&mut part, "type").unwrap_or_default();
        match kind.as_str() {
            "text" => blocks.extend(text_block(need_text(&mut part, "text", at)?)),
            "image_url" => blocks.push(image(part, at, dropped)?),
            "file" => blocks.push(file(part, at)?),
            "input_audio" => return Err(refused(at, "this model does not hear audio")),
            _ => return Err(unknown(at, &kind)),
        }
    }
    Ok(blocks)
}

/// Messages refuses empty text blocks.
pub(super) fn text_block(text: String) -> Option<Value> {
    (!text.is_empty()).then(|| json!({"type": "text", "text": text}))
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
    let source = if let Some((media_type, data)) = inline(&url) {
        json!({"type": "base64", "media_type": media_type, "data": data})
    } else if url.starts_with("https://") || url.starts_with("http://") {
        json!({"type": "url", "url": url})
    } else {
        return Err(refused(at, "an image must be an https URL or a base64 data URL"));
    };
    Ok(json!({"type": "image", "source": source}))
}

fn file(mut part: Object, at: At) -> Result<Value, Problem> {
    let mut file = take_object(&mut part, "file").unwrap_or_default();
    let Some(url) = take_text(&mut file, "file_data") else {
        return Err(refused(
            at,
            "a file must be sent inside the request, as file_data: uploads stay at their vendor",
        ));
    };
    let Some(("application/pdf", data)) = inline(&url) else {
        return Err(refused(at, "a file must be a PDF as a base64 data URL"));
    };
    let mut block = Object::new();
    block.insert("type".into(), "document".into());
    block.insert("source".into(), json!({"type": "base64", "media_type": "application/pdf", "data": data}));
    if let Some(name) = take_text(&mut file, "filename") {
        block.insert("title".into(), name.into());
    }
    Ok(Value::Object(block))
}

/// Media type and base64 text of a data URL.
fn inline(url: &str) -> Option<(&str, &str)> {
    let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
    let head = head.strip_suffix(";base64")?;
    Some((head.split(';').next().unwrap_or(head), data))
}

pub(super) fn unknown(at: At, kind: &str) -> Problem {
    refused(at, format_args!("a {kind:?} part cannot be sent to this model"))
}

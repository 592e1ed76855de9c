//! Content parts of Responses, and what a tool's answer becomes. PROTOCOLS.md I2.

use crate::problem::Problem;
use crate::translate::Dropped;
use crate::translate::field::{self, At, Object, need_text, refused};
use crate::translate::messages_content::{
    self, DOCUMENT, FAILED, NO_OUTPUT, Parts, data_url, from_elsewhere,
};
use crate::translate::responses::parts::is_web;
use serde_json::{Value, json};

/// The input parts of Responses.
pub(super) struct Input;

impl Parts for Input {
    const NAMES_FILES: bool = true;

    fn text(text: String) -> Value {
        json!({"type": "input_text", "text": text})
    }

    fn image(mut source: Object, at: At) -> Result<Value, Problem> {
        let url = match field::text(&source, "type") {
            "base64" => data_url(&mut source, at)?,
            "url" => web_url(&mut source, at)?,
            other => return Err(from_elsewhere(at, "an image", other)),
        };
        Ok(json!({"type": "input_image", "image_url": url, "detail": "auto"}))
    }

    fn file(mut source: Object, title: Option<String>, at: At) -> Result<Value, Problem> {
        match field::text(&source, "type") {
            "base64" => {
                let (name, url) = (title.unwrap_or_else(|| DOCUMENT.to_owned()), data_url(&mut source, at)?);
                Ok(json!({"type": "input_file", "filename": name, "file_data": url}))
            }
            "url" => Ok(json!({"type": "input_file", "file_url": web_url(&mut source, at)?})),
            other => Err(from_elsewhere(at, "a document", other)),
        }
    }
}

/// The content of a `tool_result` block: one text where it is nothing else.
pub(super) fn tool_result(block: Object, at: At, dropped: &mut Dropped) -> Result<Value, Problem> {
    let (mut parts, failed) = messages_content::tool_result::<Input>(block, at, dropped)?;
    let texts: Option<Vec<&str>> =
        parts.iter().map(|part| part.get("text").and_then(Value::as_str)).collect();
    match texts {
        Some(texts) => {
            let text = if texts.is_empty() { NO_OUTPUT.to_owned() } else { texts.join("\n") };
            Ok(if failed { format!("{FAILED} {text}").into() } else { text.into() })
        }
        None => {
            if failed {
                parts.insert(0, Input::text(FAILED.to_owned()));
            }
            Ok(parts.into())
        }
    }
}

fn web_url(source: &mut Object, at: At) -> Result<String, Problem> {
    let url = need_text(source, "url", at)?;
    if is_web(&url) { Ok(url) } else { Err(refused(at, "a URL must begin with https://")) }
}

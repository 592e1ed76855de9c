//! Content parts of Chat, and what a Chat tool message can hold of a tool's answer. PROTOCOLS.md I2.

use crate::problem::Problem;
use crate::translate::Dropped;
use crate::translate::field::{self, At, Object, need_text, take_text};
use crate::translate::messages_content::{
    self, DOCUMENT, FAILED, NO_OUTPUT, Parts, data_url, from_elsewhere,
};
use serde_json::{Value, json};

/// The parts of Chat Completions.
pub(super) struct Chat;

impl Parts for Chat {
    const NAMES_FILES: bool = true;

    fn text(text: String) -> Value {
        json!({"type": "text", "text": text})
    }

    fn image(mut source: Object, at: At) -> Result<Value, Problem> {
        let url = match field::text(&source, "type") {
            "base64" => data_url(&mut source, at)?,
            "url" => need_text(&mut source, "url", at)?,
            other => return Err(from_elsewhere(at, "an image", other)),
        };
        Ok(json!({"type": "image_url", "image_url": {"url": url}}))
    }

    fn file(mut source: Object, title: Option<String>, at: At) -> Result<Value, Problem> {
        match field::text(&source, "type") {
            "base64" => {
                let (name, url) = (title.unwrap_or_else(|| DOCUMENT.to_owned()), data_url(&mut source, at)?);
                Ok(json!({"type": "file", "file": {"filename": name, "file_data": url}}))
            }
            other => Err(from_elsewhere(at, "a document", other)),
        }
    }
}

/// What a tool answered: its text, and what a Chat tool message cannot hold.
pub(super) struct Outcome {
    pub(super) text: String,
    pub(super) moved: Vec<Value>,
}

/// The content of a `tool_result` block. Texts stay; the rest moves to the next user message, and says so where it stood.
pub(super) fn tool_result(block: Object, at: At, dropped: &mut Dropped) -> Result<Outcome, Problem> {
    let (parts, failed) = messages_content::tool_result::<Chat>(block, at, dropped)?;
    let (mut texts, mut moved) = (Vec::new(), Vec::new());
    for part in parts {
        let Value::Object(mut part) = part else { continue };
        match take_text(&mut part, "text") {
            Some(text) => texts.push(text),
            None => {
                let what = if part.contains_key("file") { "document" } else { "image" };
                texts.push(format!("[{what} moved to the next user message]"));
                moved.push(Value::Object(part));
            }
        }
    }
    let text = if texts.is_empty() { NO_OUTPUT.to_owned() } else { texts.join("\n") };
    let text = if failed { format!("{FAILED} {text}") } else { text };
    Ok(Outcome { text, moved })
}

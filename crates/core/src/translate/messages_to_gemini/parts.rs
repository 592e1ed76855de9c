//! Gemini's parts, and what a function's response can hold of a tool's answer. PROTOCOLS.md I2.

use crate::problem::Problem;
use crate::translate::Dropped;
use crate::translate::field::{self, At, Object, need_text, take_text};
use crate::translate::gemini::contents::{NO_OUTPUT, Outcome};
use crate::translate::gemini::mime;
use crate::translate::messages_content::{self, Parts, from_elsewhere};
use serde_json::{Value, json};

/// The parts of a Gemini content.
pub(super) struct Gemini;

impl Parts for Gemini {
    const NAMES_FILES: bool = false;

    fn text(text: String) -> Value {
        json!({"text": text})
    }

    fn image(source: Object, at: At) -> Result<Value, Problem> {
        data(source, "an image", at)
    }

    fn file(source: Object, _: Option<String>, at: At) -> Result<Value, Problem> {
        data(source, "a document", at)
    }
}

/// The content of a `tool_result` block. Texts are the function's response; the rest stands beside it.
pub(super) fn tool_result(block: Object, at: At, dropped: &mut Dropped) -> Result<Outcome, Problem> {
    let (parts, failed) = messages_content::tool_result::<Gemini>(block, at, dropped)?;
    let (mut texts, mut moved) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Value::Object(mut part) if part.contains_key("text") => {
                texts.extend(take_text(&mut part, "text"));
            }
            part => moved.push(part),
        }
    }
    let nothing = texts.is_empty() && moved.is_empty();
    let text = if nothing { NO_OUTPUT.to_owned() } else { texts.join("\n") };
    Ok(Outcome { text, failed, moved })
}

fn data(mut source: Object, what: &str, at: At) -> Result<Value, Problem> {
    match field::text(&source, "type") {
        "base64" => {
            let mime = need_text(&mut source, "media_type", at)?;
            let data = need_text(&mut source, "data", at)?;
            Ok(json!({"inlineData": {"mimeType": mime, "data": data}}))
        }
        "url" => Ok(mime::file(need_text(&mut source, "url", at)?)),
        other => Err(from_elsewhere(at, what, other)),
    }
}

//! Parts of a Responses message as Messages blocks. PROTOCOLS.md I2.

use crate::problem::Problem;
use crate::translate::field::{Object, refused};
use crate::translate::responses::parts::{Part, Source, inline};
use serde_json::{Value, json};

/// # Errors
/// For a file that Messages cannot read.
pub(super) fn block(part: Part) -> Result<Value, Problem> {
    Ok(match part {
        Part::Text(text) => json!({"type": "text", "text": text}),
        Part::Image(url) => json!({"type": "image", "source": source(&url)}),
        Part::File { name, source: from } => {
            let from = match &from {
                Source::Data(url) if inline(url).is_some_and(|(kind, _)| kind == PDF) => source(url),
                Source::Data(_) => {
                    return Err(refused("input_file", "a file must be a PDF as a base64 data URL"));
                }
                Source::Url(url) => source(url),
            };
            let mut block = Object::new();
            block.insert("type".into(), "document".into());
            block.insert("source".into(), from);
            if let Some(name) = name {
                block.insert("title".into(), name.into());
            }
            Value::Object(block)
        }
    })
}

/// What a tool answered: text where it is nothing else.
///
/// # Errors
/// As for [`block`].
pub(super) fn result(parts: Vec<Part>) -> Result<Value, Problem> {
    if parts.is_empty() {
        return Ok(NO_OUTPUT.into());
    }
    if parts.iter().all(|part| matches!(part, Part::Text(_))) {
        let texts: Vec<String> = parts
            .into_iter()
            .filter_map(|part| match part {
                Part::Text(text) => Some(text),
                _ => None,
            })
            .collect();
        return Ok(texts.join("\n").into());
    }
    parts.into_iter().map(block).collect()
}

fn source(url: &str) -> Value {
    match inline(url) {
        Some((media_type, data)) => json!({"type": "base64", "media_type": media_type, "data": data}),
        None => json!({"type": "url", "url": url}),
    }
}

const PDF: &str = "application/pdf";
const NO_OUTPUT: &str = "(no output)";

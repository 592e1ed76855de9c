//! Parts of a Responses message as Chat parts. PROTOCOLS.md I2.

use crate::problem::Problem;
use crate::translate::field::refused;
use crate::translate::responses::parts::{Part, Source};
use serde_json::{Value, json};

/// The content of a user's message; one text is a string, which every Chat server takes.
///
/// # Errors
/// For a file that Chat cannot hold.
pub(super) fn content(mut parts: Vec<Part>) -> Result<Value, Problem> {
    if let [Part::Text(text)] = parts.as_mut_slice() {
        return Ok(std::mem::take(text).into());
    }
    parts.into_iter().map(part).collect()
}

/// What a tool answered: its text, and what a Chat tool message cannot hold.
pub(super) struct Outcome {
    pub(super) text: String,
    pub(super) moved: Vec<Part>,
}

/// Texts stay; the rest moves to the next user message, and says so where it stood.
pub(super) fn outcome(parts: Vec<Part>) -> Outcome {
    let (mut texts, mut moved) = (Vec::new(), Vec::new());
    for part in parts {
        let what = match part {
            Part::Text(text) => {
                texts.push(text);
                continue;
            }
            Part::Image(_) => "image",
            Part::File { .. } => "file",
        };
        texts.push(format!("[{what} moved to the next user message]"));
        moved.push(part);
    }
    let text = if texts.is_empty() { NO_OUTPUT.to_owned() } else { texts.join("\n") };
    Outcome { text, moved }
}

fn part(part: Part) -> Result<Value, Problem> {
    Ok(match part {
        Part::Text(text) => json!({"type": "text", "text": text}),
        Part::Image(url) => json!({"type": "image_url", "image_url": {"url": url}}),
        Part::File { name, source: Source::Data(url) } => {
            let name = name.unwrap_or_else(|| "document.pdf".to_owned());
            json!({"type": "file", "file": {"filename": name, "file_data": url}})
        }
        Part::File { source: Source::Url(_), .. } => {
            return Err(refused("input_file", "this model does not fetch files; send it as file_data"));
        }
    })
}

const NO_OUTPUT: &str = "(no output)";

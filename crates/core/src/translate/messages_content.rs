//! What the turns of a Messages request hold, read once for every dialect they are sent in: the system prompt, texts,
//! images, documents, search results, and what tools answered. PROTOCOLS.md I2.

use super::Dropped;
use super::field::{self, At, Object, need_text, refused, take, take_list, take_object, take_text};
use crate::problem::Problem;
use serde_json::{Value, json};

/// How a dialect writes what was read.
pub(super) trait Parts {
    /// A file has its title for a name; elsewhere the title is a text before it.
    const NAMES_FILES: bool;

    /// Never called with an empty text: some dialects refuse it.
    fn text(text: String) -> Value;

    fn image(source: Object, at: At) -> Result<Value, Problem>;

    /// A document that is no text.
    fn file(source: Object, title: Option<String>, at: At) -> Result<Value, Problem>;
}

/// The texts of a system prompt.
pub(super) fn system(system: Value, dropped: &mut Dropped) -> Result<Vec<String>, Problem> {
    let blocks = match system {
        Value::String(text) => vec![json!({"type": "text", "text": text})],
        Value::Array(blocks) => blocks,
        _ => return Err(refused("system", "must be a string or a list of text blocks")),
    };
    let mut texts = Vec::with_capacity(blocks.len());
    for block in blocks {
        let mut block = field::object(block, "system")?;
        note_hints(&block, dropped);
        if field::text(&block, "type") != "text" {
            return Err(refused("system", "can only hold text blocks"));
        }
        let text = need_text(&mut block, "text", "system")?;
        // Claude Code's first block changes with every request; an upstream's cache would never be hit.
        let billing = texts.is_empty() && text.starts_with(BILLING_HEADER);
        if !billing && !text.is_empty() {
            texts.push(text);
        }
    }
    Ok(texts)
}

/// A block of a user's turn.
pub(super) fn user<P: Parts>(
    mut block: Object,
    at: At,
    dropped: &mut Dropped,
) -> Result<Vec<Value>, Problem> {
    note_hints(&block, dropped);
    let kind = take_text(&mut block, "type").unwrap_or_default();
    Ok(match kind.as_str() {
        "text" => text::<P>(need_text(&mut block, "text", at)?).into_iter().collect(),
        "image" => vec![P::image(take_object(&mut block, "source").unwrap_or_default(), at)?],
        "document" => document::<P>(block, at, dropped)?,
        "search_result" => text::<P>(search_result(block)?).into_iter().collect(),
        _ => return Err(unknown(at, &kind)),
    })
}

/// What a `tool_result` block holds, and whether it says that the tool failed.
pub(super) fn tool_result<P: Parts>(
    mut block: Object,
    at: At,
    dropped: &mut Dropped,
) -> Result<(Vec<Value>, bool), Problem> {
    let failed = block.get("is_error") == Some(&Value::Bool(true));
    let mut parts = Vec::new();
    match take(&mut block, "content") {
        None => {}
        Some(Value::String(said)) => parts.extend(text::<P>(said)),
        Some(Value::Array(blocks)) => {
            for inner in blocks {
                let mut inner = field::object(inner, at)?;
                if field::text(&inner, "type") == "tool_reference" {
                    let name = take_text(&mut inner, "tool_name").unwrap_or_default();
                    parts.push(P::text(format!("[the tool {name} can be used now]")));
                } else {
                    parts.extend(user::<P>(inner, at, dropped)?);
                }
            }
        }
        Some(_) => return Err(refused(at, "a tool_result's content must be a string or a list of blocks")),
    }
    Ok((parts, failed))
}

/// A part for a text, unless it is empty.
pub(super) fn text<P: Parts>(text: String) -> Option<Value> {
    (!text.is_empty()).then(|| P::text(text))
}

/// A source's bytes as a data URL.
pub(super) fn data_url(source: &mut Object, at: At) -> Result<String, Problem> {
    let media_type = need_text(source, "media_type", at)?;
    let mut url = need_text(source, "data", at)?;
    url.insert_str(0, &format!("data:{media_type};base64,"));
    Ok(url)
}

/// Hints that change nothing about the meaning.
pub(super) fn note_hints(block: &Object, dropped: &mut Dropped) {
    if block.get("cache_control").is_some_and(field::says_something) {
        dropped.add("cache_control");
    }
}

pub(super) fn unknown(at: At, kind: &str) -> Problem {
    refused(at, format_args!("a {kind:?} block cannot be sent to this model"))
}

/// `what` (an image, a document) comes from where this dialect cannot take it.
pub(super) fn from_elsewhere(at: At, what: &str, source: &str) -> Problem {
    refused(at, format_args!("{what} from {source:?} cannot be sent to this model"))
}

fn document<P: Parts>(mut block: Object, at: At, dropped: &mut Dropped) -> Result<Vec<Value>, Problem> {
    if take_object(&mut block, "citations").is_some_and(|c| c.get("enabled") == Some(&Value::Bool(true))) {
        dropped.add("citations");
    }
    let mut title = take_text(&mut block, "title").filter(|title| !title.is_empty());
    let mut source = take_object(&mut block, "source").unwrap_or_default();
    let mut parts = Vec::new();
    if !(P::NAMES_FILES && field::text(&source, "type") == "base64") {
        parts.extend(title.take().map(P::text));
    }
    parts.extend(take_text(&mut block, "context").and_then(text::<P>));
    match field::text(&source, "type") {
        "text" => parts.extend(text::<P>(need_text(&mut source, "data", at)?)),
        "content" => match take(&mut source, "content") {
            Some(Value::String(said)) => parts.extend(text::<P>(said)),
            Some(Value::Array(blocks)) => {
                for inner in blocks {
                    let mut inner = field::object(inner, at)?;
                    match field::text(&inner, "type") {
                        "text" => parts.extend(text::<P>(need_text(&mut inner, "text", at)?)),
                        "image" => {
                            parts.push(P::image(take_object(&mut inner, "source").unwrap_or_default(), at)?);
                        }
                        other => return Err(unknown(at, other)),
                    }
                }
            }
            _ => return Err(refused(at, "a document's content must be a string or a list of blocks")),
        },
        _ => parts.push(P::file(source, title, at)?),
    }
    Ok(parts)
}

fn search_result(mut block: Object) -> Result<String, Problem> {
    let mut lines: Vec<String> =
        ["title", "source"].iter().filter_map(|key| take_text(&mut block, key)).collect();
    for inner in take_list(&mut block, "content")? {
        if let Value::Object(mut inner) = inner {
            lines.extend(take_text(&mut inner, "text"));
        }
    }
    Ok(lines.join("\n"))
}

const BILLING_HEADER: &str = "x-anthropic-billing-header";
/// What a tool answered that answered nothing.
pub(super) const NO_OUTPUT: &str = "(no output)";
/// Stands before what a tool said that failed.
pub(super) const FAILED: &str = "[error]";
/// The name of a file that has no title.
pub(super) const DOCUMENT: &str = "document.pdf";

//! Content blocks as Gemini's parts. PROTOCOLS.md I2.

use crate::problem::Problem;
use crate::translate::Dropped;
use crate::translate::field::{
    self, At, Object, need_text, refused, take, take_list, take_object, take_text,
};
use crate::translate::gemini::contents::{NO_OUTPUT, Outcome};
use crate::translate::gemini::mime;
use serde_json::{Value, json};

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

/// The content of a user's turn, or what is left of it beside tool results.
pub(super) fn user(mut block: Object, at: At, dropped: &mut Dropped) -> Result<Vec<Value>, Problem> {
    note_hints(&block, dropped);
    let kind = take_text(&mut block, "type").unwrap_or_default();
    Ok(match kind.as_str() {
        "text" => text_part(need_text(&mut block, "text", at)?).into_iter().collect(),
        "image" => vec![source_part(&mut block, "an image", at)?],
        "document" => document(block, at, dropped)?,
        "search_result" => text_part(search_result(block)?).into_iter().collect(),
        _ => return Err(unknown(at, &kind)),
    })
}

/// The content of a `tool_result` block.
pub(super) fn tool_result(mut block: Object, at: At, dropped: &mut Dropped) -> Result<Outcome, Problem> {
    let failed = block.get("is_error") == Some(&Value::Bool(true));
    let (mut texts, mut moved) = (Vec::new(), Vec::new());
    match take(&mut block, "content") {
        None => {}
        Some(Value::String(text)) => texts.push(text),
        Some(Value::Array(blocks)) => {
            for inner in blocks {
                let mut inner = field::object(inner, at)?;
                if field::text(&inner, "type") == "tool_reference" {
                    let name = take_text(&mut inner, "tool_name").unwrap_or_default();
                    texts.push(format!("[the tool {name} can be used now]"));
                    continue;
                }
                for part in user(inner, at, dropped)? {
                    match part {
                        Value::Object(mut part) if part.contains_key("text") => {
                            texts.extend(take_text(&mut part, "text"));
                        }
                        part => moved.push(part),
                    }
                }
            }
        }
        Some(_) => return Err(refused(at, "a tool_result's content must be a string or a list of blocks")),
    }
    texts.retain(|text| !text.is_empty());
    let nothing = texts.is_empty() && moved.is_empty();
    let text = if nothing { NO_OUTPUT.to_owned() } else { texts.join("\n") };
    Ok(Outcome { text, failed, moved })
}

fn text_part(text: String) -> Option<Value> {
    (!text.is_empty()).then(|| json!({"text": text}))
}

fn source_part(block: &mut Object, what: &str, at: At) -> Result<Value, Problem> {
    let mut source = take_object(block, "source").unwrap_or_default();
    match field::text(&source, "type") {
        "base64" => {
            let (mime, data) =
                (need_text(&mut source, "media_type", at)?, need_text(&mut source, "data", at)?);
            Ok(json!({"inlineData": {"mimeType": mime, "data": data}}))
        }
        "url" => Ok(mime::file(need_text(&mut source, "url", at)?)),
        other => Err(refused(at, format_args!("{what} from {other:?} cannot be sent to this model"))),
    }
}

fn document(mut block: Object, at: At, dropped: &mut Dropped) -> Result<Vec<Value>, Problem> {
    if take_object(&mut block, "citations").is_some_and(|c| c.get("enabled") == Some(&Value::Bool(true))) {
        dropped.add("citations");
    }
    let mut parts: Vec<Value> = take_text(&mut block, "title").and_then(text_part).into_iter().collect();
    parts.extend(take_text(&mut block, "context").and_then(text_part));
    let mut source = take_object(&mut block, "source").unwrap_or_default();
    match field::text(&source, "type") {
        "text" => parts.extend(text_part(need_text(&mut source, "data", at)?)),
        "content" => match take(&mut source, "content") {
            Some(Value::String(text)) => parts.extend(text_part(text)),
            Some(Value::Array(blocks)) => {
                for inner in blocks {
                    let mut inner = field::object(inner, at)?;
                    match field::text(&inner, "type") {
                        "text" => parts.extend(text_part(need_text(&mut inner, "text", at)?)),
                        "image" => parts.push(source_part(&mut inner, "an image", at)?),
                        other => return Err(unknown(at, other)),
                    }
                }
            }
            _ => return Err(refused(at, "a document's content must be a string or a list of blocks")),
        },
        _ => {
            block.insert("source".into(), source.into());
            parts.push(source_part(&mut block, "a document", at)?);
        }
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

/// Hints that change nothing about the meaning.
pub(super) fn note_hints(block: &Object, dropped: &mut Dropped) {
    if block.get("cache_control").is_some_and(field::says_something) {
        dropped.add("cache_control");
    }
}

pub(super) fn unknown(at: At, kind: &str) -> Problem {
    refused(at, format_args!("a {kind:?} block cannot be sent to this model"))
}

const BILLING_HEADER: &str = "x-anthropic-billing-header";

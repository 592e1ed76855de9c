//! Content: text, images and documents of a user's turn, and what tools answered. PROTOCOLS.md I2.

use crate::problem::Problem;
use crate::translate::Dropped;
use crate::translate::field::{
    self, At, Object, need_text, refused, take, take_list, take_object, take_text,
};
use crate::translate::responses::parts::is_web;
use serde_json::{Value, json};

/// The system prompt as one text.
pub(super) fn system(system: Value, dropped: &mut Dropped) -> Result<String, Problem> {
    let blocks = match system {
        Value::String(text) => return Ok(text),
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
    Ok(texts.join("\n\n"))
}

/// A block of a user's turn, or of what a tool answered.
pub(super) fn user(mut block: Object, at: At, dropped: &mut Dropped) -> Result<Vec<Value>, Problem> {
    note_hints(&block, dropped);
    let kind = take_text(&mut block, "type").unwrap_or_default();
    Ok(match kind.as_str() {
        "text" => text_part(need_text(&mut block, "text", at)?).into_iter().collect(),
        "image" => vec![image(&mut block, at)?],
        "document" => document(block, at, dropped)?,
        "search_result" => text_part(search_result(block)?).into_iter().collect(),
        "tool_reference" => {
            let name = take_text(&mut block, "tool_name").unwrap_or_default();
            text_part(format!("[the tool {name} can be used now]")).into_iter().collect()
        }
        _ => return Err(unknown(at, &kind)),
    })
}

/// The content of a `tool_result` block: one text where it is nothing else.
pub(super) fn tool_result(mut block: Object, at: At, dropped: &mut Dropped) -> Result<Value, Problem> {
    let failed = block.get("is_error") == Some(&Value::Bool(true));
    let mut parts = Vec::new();
    match take(&mut block, "content") {
        None => {}
        Some(Value::String(text)) => parts.extend(text_part(text)),
        Some(Value::Array(blocks)) => {
            for inner in blocks {
                parts.extend(user(field::object(inner, at)?, at, dropped)?);
            }
        }
        Some(_) => return Err(refused(at, "a tool_result's content must be a string or a list of blocks")),
    }
    let texts: Option<Vec<&str>> =
        parts.iter().map(|part| part.get("text").and_then(Value::as_str)).collect();
    match texts {
        Some(texts) => {
            let text = if texts.is_empty() { NO_OUTPUT.to_owned() } else { texts.join("\n") };
            Ok(if failed { format!("{FAILED} {text}").into() } else { text.into() })
        }
        None => {
            if failed {
                parts.insert(0, json!({"type": "input_text", "text": FAILED}));
            }
            Ok(parts.into())
        }
    }
}

pub(super) fn text_part(text: String) -> Option<Value> {
    (!text.is_empty()).then(|| json!({"type": "input_text", "text": text}))
}

fn image(block: &mut Object, at: At) -> Result<Value, Problem> {
    let mut source = take_object(block, "source").unwrap_or_default();
    let url = match field::text(&source, "type") {
        "base64" => data_url(&mut source, at)?,
        "url" => web_url(&mut source, at)?,
        other => {
            return Err(refused(at, format_args!("an image from {other:?} cannot be sent to this model")));
        }
    };
    Ok(json!({"type": "input_image", "image_url": url, "detail": "auto"}))
}

fn document(mut block: Object, at: At, dropped: &mut Dropped) -> Result<Vec<Value>, Problem> {
    if take_object(&mut block, "citations").is_some_and(|c| c.get("enabled") == Some(&Value::Bool(true))) {
        dropped.add("citations");
    }
    let title = take_text(&mut block, "title").filter(|title| !title.is_empty());
    let mut source = take_object(&mut block, "source").unwrap_or_default();
    let mut parts = Vec::new();
    // A file has its title for a name.
    if field::text(&source, "type") != "base64" {
        parts.extend(title.clone().and_then(text_part));
    }
    parts.extend(take_text(&mut block, "context").and_then(text_part));
    match field::text(&source, "type") {
        "base64" => {
            let name = title.unwrap_or_else(|| "document.pdf".to_owned());
            let url = data_url(&mut source, at)?;
            parts.push(json!({"type": "input_file", "filename": name, "file_data": url}));
        }
        "url" => {
            parts.push(json!({"type": "input_file", "file_url": web_url(&mut source, at)?}));
        }
        "text" => parts.extend(text_part(need_text(&mut source, "data", at)?)),
        "content" => match take(&mut source, "content") {
            Some(Value::String(text)) => parts.extend(text_part(text)),
            Some(Value::Array(blocks)) => {
                for inner in blocks {
                    let mut inner = field::object(inner, at)?;
                    match field::text(&inner, "type") {
                        "text" => parts.extend(text_part(need_text(&mut inner, "text", at)?)),
                        "image" => parts.push(image(&mut inner, at)?),
                        other => return Err(unknown(at, other)),
                    }
                }
            }
            _ => return Err(refused(at, "a document's content must be a string or a list of blocks")),
        },
        other => {
            return Err(refused(at, format_args!("a document from {other:?} cannot be sent to this model")));
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

fn data_url(source: &mut Object, at: At) -> Result<String, Problem> {
    let media_type = need_text(source, "media_type", at)?;
    let mut url = need_text(source, "data", at)?;
    url.insert_str(0, &format!("data:{media_type};base64,"));
    Ok(url)
}

fn web_url(source: &mut Object, at: At) -> Result<String, Problem> {
    let url = need_text(source, "url", at)?;
    if is_web(&url) { Ok(url) } else { Err(refused(at, "a URL must begin with https://")) }
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
const NO_OUTPUT: &str = "(no output)";
const FAILED: &str = "[error]";

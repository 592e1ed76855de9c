//! The request: every field of `POST /v1/chat/completions`, one after the other. PROTOCOLS.md B2, B4, I1.

use super::lost::LOST;
use super::tools;
use super::turns::Turns;
use crate::problem::Problem;
use crate::translate::field::{self, Object, refused, take, take_list, take_object, take_text};
use crate::translate::responses::request_fields::LEAST_LIMIT;
use crate::translate::{Ask, Dropped, Memo, Outgoing, dropped, effort};
use serde_json::{Value, json};

pub(super) fn translate(body: Value, ask: &Ask<'_>) -> Result<Outgoing, Problem> {
    let mut body = field::object(body, "the body")?;
    dropped::refuse(LOST, &body)?;
    refuse_more(&mut body)?;
    let mut dropped = Dropped::default();
    let mut memo = Memo::new(ask);
    memo.show_reasoning = true;
    let options = take_object(&mut body, "stream_options").unwrap_or_default();
    memo.stream_usage = options.get("include_usage") == Some(&Value::Bool(true));
    // Both are the proxy's to say.
    body.remove("model");
    body.remove("stream");
    let mut out = Object::new();
    out.insert("model".into(), ask.model.into());
    limit(&mut body, ask, &mut out, &mut dropped)?;
    if ask.stream {
        out.insert("stream".into(), true.into());
    }
    // Chat keeps nothing unless it is asked to.
    out.insert("store".into(), false.into());
    same(&mut body, ask, &mut out, &mut dropped);
    reasoning(&mut body, ask, &mut out, &mut dropped);
    text(&mut body, &mut out);
    tools::translate(&mut body, &mut out, &mut memo, &mut dropped)?;
    let mut turns = Turns::new(&mut memo, &mut dropped);
    for (index, message) in take_list(&mut body, "messages")?.into_iter().enumerate() {
        turns.take(index, message)?;
    }
    let (input, instructions) = turns.end()?;
    if !instructions.is_empty() {
        out.insert("instructions".into(), instructions.into());
    }
    out.insert("input".into(), input.into());
    for (name, value) in &body {
        if field::says_something(value) {
            dropped.add_field(name);
        }
    }
    Ok(Outgoing { body: Value::Object(out), dropped, memo })
}

/// What would mean something else without being carried.
fn refuse_more(body: &mut Object) -> Result<(), Problem> {
    if take(body, "n").is_some_and(|n| n.as_u64() != Some(1)) {
        return Err(refused("n", "this model gives one answer to a request"));
    }
    let speaks = |kind: &Value| kind.as_str() != Some("text");
    if take_list(body, "modalities")?.iter().any(speaks) {
        return Err(refused("modalities", "this model answers in text only"));
    }
    Ok(())
}

fn limit(body: &mut Object, ask: &Ask<'_>, out: &mut Object, dropped: &mut Dropped) -> Result<(), Problem> {
    let (new, old) = (take(body, "max_completion_tokens"), take(body, "max_tokens"));
    let Some(limit) = new.or(old) else { return Ok(()) };
    let limit = limit.as_u64().filter(|n| *n > 0);
    let limit = limit.ok_or_else(|| refused("max_completion_tokens", "must be a whole number above 0"))?;
    let limit = match ask.max_output {
        Some(most) if most < limit => {
            dropped.add("max_completion_tokens beyond the model's limit");
            most
        }
        _ if limit < LEAST_LIMIT => {
            dropped.add("max_completion_tokens below the least");
            LEAST_LIMIT
        }
        _ => limit,
    };
    out.insert("max_output_tokens".into(), limit.into());
    Ok(())
}

/// Fields of one meaning in both.
fn same(body: &mut Object, ask: &Ask<'_>, out: &mut Object, dropped: &mut Dropped) {
    for name in ["temperature", "top_p"] {
        match take(body, name) {
            Some(value) if ask.takes.sampling => {
                out.insert(name.into(), value);
            }
            Some(_) => dropped.add(name),
            None => {}
        }
    }
    for name in SAME {
        if let Some(value) = take(body, name) {
            out.insert((*name).into(), value);
        }
    }
}

fn reasoning(body: &mut Object, ask: &Ask<'_>, out: &mut Object, dropped: &mut Dropped) {
    match take_text(body, "reasoning_effort") {
        Some(wanted) if ask.takes.reasoning_effort => {
            if !effort::is_off(&wanted) {
                // So that the model can go on with its own thoughts in the next turn.
                out.insert("include".into(), json!(["reasoning.encrypted_content"]));
            }
            out.insert("reasoning".into(), json!({"effort": wanted}));
        }
        Some(_) => dropped.add("reasoning_effort"),
        None => {}
    }
}

/// The form of the answer.
fn text(body: &mut Object, out: &mut Object) {
    let mut text = Object::new();
    if let Some(mut format) = take_object(body, "response_format") {
        // Flat there.
        if let Some(mut schema) = take_object(&mut format, "json_schema") {
            format.append(&mut schema);
        }
        text.insert("format".into(), format.into());
    }
    if let Some(verbosity) = take(body, "verbosity") {
        text.insert("verbosity".into(), verbosity);
    }
    if !text.is_empty() {
        out.insert("text".into(), text.into());
    }
}

const SAME: &[&str] = &[
    "metadata",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "safety_identifier",
    "service_tier",
    "user",
];

//! The request: every field of `POST /v1/chat/completions`, one after the other. PROTOCOLS.md B2, C2, I1.

use super::lost::LOST;
use super::tools;
use super::turns::Turns;
use crate::problem::Problem;
use crate::translate::field::{self, Object, refused, take, take_list, take_object, take_text};
use crate::translate::gemini::contents::Contents;
use crate::translate::gemini::thinking;
use crate::translate::{Ask, Dropped, Memo, Outgoing, dropped};
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
    // Both are in the upstream's path.
    body.remove("model");
    body.remove("stream");
    let (mut out, mut config) = (Object::new(), Object::new());
    limit(&mut body, ask, &mut config, &mut dropped)?;
    sampling(&mut body, ask, &mut config, &mut dropped)?;
    reasoning(&mut body, ask, &mut config, &mut dropped);
    format(&mut body, &mut config, &mut dropped);
    match take_text(&mut body, "service_tier").as_deref() {
        None | Some("auto" | "default") => {}
        Some(_) => dropped.add("service_tier"),
    }
    let (contents, system) = contents(&mut body, &mut memo, &mut dropped)?;
    if !system.is_empty() {
        let parts: Vec<Value> = system.into_iter().map(|text| json!({"text": text})).collect();
        out.insert("systemInstruction".into(), json!({"parts": parts}));
    }
    tools::translate(&mut body, &mut out, &mut memo, &mut dropped)?;
    out.insert("contents".into(), contents.into());
    if !config.is_empty() {
        out.insert("generationConfig".into(), config.into());
    }
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

fn limit(
    body: &mut Object,
    ask: &Ask<'_>,
    config: &mut Object,
    dropped: &mut Dropped,
) -> Result<(), Problem> {
    let (new, old) = (take(body, "max_completion_tokens"), take(body, "max_tokens"));
    let Some(limit) = new.or(old) else { return Ok(()) };
    let limit = limit.as_u64().filter(|n| *n > 0);
    let limit = limit.ok_or_else(|| refused("max_completion_tokens", "must be a whole number above 0"))?;
    let limit = match ask.max_output {
        Some(most) if most < limit => {
            dropped.add("max_completion_tokens beyond the model's limit");
            most
        }
        _ => limit,
    };
    config.insert("maxOutputTokens".into(), limit.into());
    Ok(())
}

fn sampling(
    body: &mut Object,
    ask: &Ask<'_>,
    config: &mut Object,
    dropped: &mut Dropped,
) -> Result<(), Problem> {
    match take(body, "stop") {
        None => {}
        Some(Value::String(one)) => {
            config.insert("stopSequences".into(), json!([one]));
        }
        Some(Value::Array(stops)) if stops.is_empty() => {}
        Some(Value::Array(stops)) => {
            config.insert("stopSequences".into(), stops.into());
        }
        Some(_) => return Err(refused("stop", "must be a string or a list of strings")),
    }
    for (name, to) in [
        ("temperature", "temperature"),
        ("top_p", "topP"),
        ("presence_penalty", "presencePenalty"),
        ("frequency_penalty", "frequencyPenalty"),
        ("seed", "seed"),
    ] {
        match take(body, name) {
            Some(value) if ask.takes.sampling => {
                config.insert(to.into(), value);
            }
            Some(_) => dropped.add_field(name),
            None => {}
        }
    }
    Ok(())
}

fn reasoning(body: &mut Object, ask: &Ask<'_>, config: &mut Object, dropped: &mut Dropped) {
    let Some(effort) = take_text(body, "reasoning_effort") else { return };
    match thinking::of_effort(&effort, !crate::translate::effort::is_off(&effort), ask.model) {
        Some(asked) if ask.takes.reasoning_effort => {
            config.insert("thinkingConfig".into(), asked);
        }
        _ => dropped.add("reasoning_effort"),
    }
}

fn format(body: &mut Object, config: &mut Object, dropped: &mut Dropped) {
    let Some(mut format) = take_object(body, "response_format") else { return };
    let kind = take_text(&mut format, "type").unwrap_or_default();
    if !matches!(kind.as_str(), "json_schema" | "json_object") {
        return;
    }
    config.insert("responseMimeType".into(), "application/json".into());
    if let Some(mut schema) = take_object(&mut format, "json_schema") {
        dropped.add("response_format name");
        if let Some(schema) = take(&mut schema, "schema") {
            config.insert("responseJsonSchema".into(), schema);
        }
    }
}

/// The conversation, and the system prompt that led it.
fn contents(
    body: &mut Object,
    memo: &mut Memo,
    dropped: &mut Dropped,
) -> Result<(Vec<Value>, Vec<String>), Problem> {
    let mut turns = Turns { memo, dropped, contents: Contents::default(), system: Vec::new() };
    for (index, message) in take_list(body, "messages")?.into_iter().enumerate() {
        turns.take(index, message)?;
    }
    if turns.contents.is_empty() && !turns.system.is_empty() {
        // A system prompt alone is answered elsewhere.
        turns.contents.say(json!({"text": "."}));
    }
    Ok((turns.contents.end()?, turns.system))
}

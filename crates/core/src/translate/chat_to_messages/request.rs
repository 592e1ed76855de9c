//! The request: every field of `POST /v1/chat/completions`, one after the other. PROTOCOLS.md A2, B2, I1.

use super::lost::LOST;
use super::reasoning;
use super::tools::{self, Choice};
use super::turns::Turns;
use crate::problem::Problem;
use crate::translate::field::{self, Object, refused, take, take_list, take_object, take_text};
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
    // Both are the proxy's to say.
    body.remove("model");
    body.remove("stream");
    let mut out = Object::new();
    out.insert("model".into(), ask.model.into());
    let limit = limit(&mut body, ask, &mut dropped)?;
    out.insert("max_tokens".into(), limit.into());
    if ask.stream {
        out.insert("stream".into(), true.into());
    }
    stops(&mut body, &mut out)?;
    who(&mut body, &mut out, &mut dropped);
    let choice = Choice::read(&mut body)?;
    let format = format(&mut body, &mut dropped);
    let (messages, mut system) = messages(&mut body, &mut memo, &mut dropped)?;
    let thinks = reasoning::ask(&mut body, ask, &choice, limit, &messages, &mut out, &mut dropped);
    sampling(&mut body, ask, thinks, &mut out, &mut dropped);
    if let Some(schema) = format.schema {
        let config = out.entry("output_config").or_insert_with(|| json!({}));
        if let Value::Object(config) = config {
            config.insert("format".into(), json!({"type": "json_schema", "schema": schema}));
        }
    }
    if format.any_object {
        system.push(json!({"type": "text", "text": ANY_OBJECT}));
    }
    if !system.is_empty() {
        out.insert("system".into(), system.into());
    }
    tools::translate(&mut body, choice, &mut out, &mut memo, &mut dropped)?;
    out.insert("messages".into(), messages.into());
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

/// Messages needs a limit: the caller's, else all the model can give.
fn limit(body: &mut Object, ask: &Ask<'_>, dropped: &mut Dropped) -> Result<u64, Problem> {
    let (new, old) = (take(body, "max_completion_tokens"), take(body, "max_tokens"));
    let Some(limit) = new.or(old) else { return Ok(ask.max_output.unwrap_or(DEFAULT_LIMIT)) };
    let limit = limit.as_u64().filter(|n| *n > 0);
    let limit = limit.ok_or_else(|| refused("max_completion_tokens", "must be a whole number above 0"))?;
    Ok(match ask.max_output {
        Some(most) if most < limit => {
            dropped.add("max_completion_tokens beyond the model's limit");
            most
        }
        _ => limit,
    })
}

fn stops(body: &mut Object, out: &mut Object) -> Result<(), Problem> {
    let stops = match take(body, "stop") {
        None => return Ok(()),
        Some(Value::String(one)) => vec![one.into()],
        Some(Value::Array(stops)) => stops,
        Some(_) => return Err(refused("stop", "must be a string or a list of strings")),
    };
    if !stops.is_empty() {
        out.insert("stop_sequences".into(), stops.into());
    }
    Ok(())
}

fn who(body: &mut Object, out: &mut Object, dropped: &mut Dropped) {
    let (safety, user) = (take_text(body, "safety_identifier"), take_text(body, "user"));
    if let Some(user) = safety.or(user) {
        out.insert("metadata".into(), json!({"user_id": user}));
    }
    match take_text(body, "service_tier").as_deref() {
        Some("default") => {
            out.insert("service_tier".into(), "standard_only".into());
        }
        None | Some("auto") => {}
        Some(_) => dropped.add("service_tier"),
    }
}

/// Sampling is refused together with thinking, and the two ways of it together.
fn sampling(body: &mut Object, ask: &Ask<'_>, thinks: bool, out: &mut Object, dropped: &mut Dropped) {
    let (temperature, top_p) = (take(body, "temperature"), take(body, "top_p"));
    // 1 is the default everywhere, and SDKs like to say it.
    let said = |value: &Option<Value>| {
        value.as_ref().and_then(Value::as_f64).filter(|n| (*n - 1.0).abs() > f64::EPSILON)
    };
    let allowed = ask.takes.sampling && !thinks;
    match said(&temperature) {
        Some(n) if allowed && n < 1.0 => {
            out.insert("temperature".into(), temperature.unwrap_or_default());
        }
        Some(_) => dropped.add("temperature"),
        None => {}
    }
    match said(&top_p) {
        Some(_) if allowed && !out.contains_key("temperature") => {
            out.insert("top_p".into(), top_p.unwrap_or_default());
        }
        Some(_) => dropped.add("top_p"),
        None => {}
    }
}

#[derive(Default)]
struct Format {
    schema: Option<Value>,
    any_object: bool,
}

fn format(body: &mut Object, dropped: &mut Dropped) -> Format {
    let Some(mut format) = take_object(body, "response_format") else { return Format::default() };
    match field::text(&format, "type") {
        "json_schema" => {
            let mut schema = take_object(&mut format, "json_schema").unwrap_or_default();
            dropped.add("response_format name");
            Format { schema: take(&mut schema, "schema"), any_object: false }
        }
        "json_object" => Format { schema: None, any_object: true },
        _ => Format::default(),
    }
}

/// The conversation, and the system prompt that led it.
fn messages(
    body: &mut Object,
    memo: &mut Memo,
    dropped: &mut Dropped,
) -> Result<(Vec<Value>, Vec<Value>), Problem> {
    let mut turns = Turns::new(memo, dropped);
    for (index, message) in take_list(body, "messages")?.into_iter().enumerate() {
        turns.take(index, message)?;
    }
    turns.end()
}

/// Messages can only promise JSON of a known schema.
const ANY_OBJECT: &str = "Answer with one JSON object, and with nothing before or after it.";
/// Every current Claude model can give this much.
const DEFAULT_LIMIT: u64 = 8192;

//! The request: every field of `POST /v1/messages`, one after the other. PROTOCOLS.md A2, C2, I1.

use super::lost::LOST;
use super::tools;
use super::turns::Turns;
use crate::problem::Problem;
use crate::translate::field::{self, Object, refused, take, take_list, take_object, take_text};
use crate::translate::gemini::contents::Contents;
use crate::translate::gemini::thinking;
use crate::translate::messages_content;
use crate::translate::{Ask, Dropped, Memo, Outgoing, dropped};
use serde_json::{Value, json};

pub(super) fn translate(body: Value, ask: &Ask<'_>) -> Result<Outgoing, Problem> {
    let mut body = field::object(body, "the body")?;
    dropped::refuse(LOST, &body)?;
    let mut dropped = Dropped::default();
    let mut memo = Memo::new(ask);
    // Both are in the upstream's path.
    body.remove("model");
    body.remove("stream");
    let (mut out, mut config) = (Object::new(), Object::new());
    limit(&mut body, ask, &mut config, &mut dropped)?;
    sampling(&mut body, ask, &mut config, &mut dropped)?;
    reasoning(&mut body, ask, &mut config, &mut memo, &mut dropped);
    if let Some(system) = take(&mut body, "system") {
        let texts = messages_content::system(system, &mut dropped)?;
        if !texts.is_empty() {
            let parts: Vec<Value> = texts.into_iter().map(|text| json!({"text": text})).collect();
            out.insert("systemInstruction".into(), json!({"parts": parts}));
        }
    }
    tools::translate(&mut body, &mut out, &mut memo, &mut dropped)?;
    let mut turns = Turns { memo: &mut memo, dropped: &mut dropped, contents: Contents::default() };
    for (index, message) in take_list(&mut body, "messages")?.into_iter().enumerate() {
        turns.take(index, message)?;
    }
    let contents = turns.contents.end()?;
    out.insert("contents".into(), contents.into());
    if !config.is_empty() {
        out.insert("generationConfig".into(), config.into());
    }
    match take_text(&mut body, "service_tier").as_deref() {
        None | Some("auto" | "standard_only") => {}
        Some(_) => dropped.add("service_tier"),
    }
    for (name, value) in &body {
        if field::says_something(value) {
            dropped.add_field(name);
        }
    }
    Ok(Outgoing { body: Value::Object(out), dropped, memo })
}

fn limit(
    body: &mut Object,
    ask: &Ask<'_>,
    config: &mut Object,
    dropped: &mut Dropped,
) -> Result<(), Problem> {
    let Some(limit) = take(body, "max_tokens") else { return Ok(()) };
    let limit = limit.as_u64().ok_or_else(|| refused("max_tokens", "must be a whole number"))?;
    if limit == 0 {
        return Err(refused("max_tokens", "0 fills a cache at Anthropic, and nothing elsewhere"));
    }
    let limit = match ask.max_output {
        // Claude Code asks every model for the same 128 000.
        Some(most) if most < limit => {
            dropped.add("max_tokens beyond the model's limit");
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
    let mut stops = take_list(body, "stop_sequences")?;
    if stops.len() > MOST_STOPS {
        stops.truncate(MOST_STOPS);
        dropped.add("stop_sequences beyond five");
    }
    if !stops.is_empty() {
        config.insert("stopSequences".into(), stops.into());
    }
    for (name, to) in [("temperature", "temperature"), ("top_p", "topP"), ("top_k", "topK")] {
        match take(body, name) {
            Some(value) if ask.takes.sampling => {
                config.insert(to.into(), value);
            }
            Some(_) => dropped.add(name),
            None => {}
        }
    }
    Ok(())
}

/// `thinking`, and `output_config` with the effort and the form of the answer.
fn reasoning(body: &mut Object, ask: &Ask<'_>, config: &mut Object, memo: &mut Memo, dropped: &mut Dropped) {
    let wanted = take_object(body, "thinking").unwrap_or_default();
    let mut said = take_object(body, "output_config").unwrap_or_default();
    let kind = field::text(&wanted, "type");
    let show = !matches!(kind, "" | "disabled") && field::text(&wanted, "display") != "omitted";
    memo.show_reasoning = show;
    let effort = take_text(&mut said, "effort");
    let budget = wanted.get("budget_tokens").and_then(Value::as_u64);
    let asked = match (kind, &effort, budget) {
        ("disabled", ..) => thinking::of_effort("none", false, ask.model),
        (_, Some(effort), _) => thinking::of_effort(effort, show, ask.model),
        ("enabled", None, Some(tokens)) => thinking::of_budget(tokens, show, ask.model),
        _ => thinking::own(show),
    };
    match asked {
        Some(asked) if ask.takes.reasoning_effort => {
            config.insert("thinkingConfig".into(), asked);
        }
        None if effort.is_none() => {}
        _ => dropped.add("output_config.effort"),
    }
    let format = take_object(&mut said, "format").or_else(|| take_object(body, "output_format"));
    if let Some(schema) = format.and_then(|mut format| take(&mut format, "schema")) {
        config.insert("responseMimeType".into(), "application/json".into());
        config.insert("responseJsonSchema".into(), schema);
    }
    for name in said.keys() {
        dropped.add_field(&format!("output_config.{name}"));
    }
}

/// ai.google.dev/api/generate-content: `stopSequences`.
const MOST_STOPS: usize = 5;

//! The request: every field of `POST /v1/messages`, one after the other. PROTOCOLS.md A2, B4, I1.

use super::lost::LOST;
use super::tools;
use super::turns::Turns;
use crate::problem::Problem;
use crate::translate::field::{self, Object, refused, take, take_list, take_object, take_text};
use crate::translate::messages_content;
use crate::translate::responses::request_fields::LEAST_LIMIT;
use crate::translate::{Ask, Dropped, Memo, Outgoing, dropped, effort};
use serde_json::{Value, json};

pub(super) fn translate(body: Value, ask: &Ask<'_>) -> Result<Outgoing, Problem> {
    let mut body = field::object(body, "the body")?;
    dropped::refuse(LOST, &body)?;
    let mut dropped = Dropped::default();
    let mut memo = Memo::new(ask);
    let mut out = Object::new();
    // Both are the proxy's to say.
    body.remove("model");
    body.remove("stream");
    out.insert("model".into(), ask.model.into());
    limit(&mut body, ask, &mut out, &mut dropped)?;
    if ask.stream {
        out.insert("stream".into(), true.into());
    }
    // The caller keeps the conversation itself.
    out.insert("store".into(), false.into());
    sampling(&mut body, ask, &mut out, &mut dropped);
    reasoning(&mut body, ask, &mut out, &mut memo, &mut dropped);
    tools::translate(&mut body, &mut out, &mut memo, &mut dropped)?;
    metadata(&mut body, &mut out, &mut dropped);
    if let Some(system) = take(&mut body, "system") {
        let system = messages_content::system(system, &mut dropped)?.join("\n\n");
        if !system.is_empty() {
            out.insert("instructions".into(), system.into());
        }
    }
    let mut turns = Turns::new(&mut memo, &mut dropped);
    for (index, message) in take_list(&mut body, "messages")?.into_iter().enumerate() {
        turns.take(index, message)?;
    }
    out.insert("input".into(), turns.end()?.into());
    for (name, value) in &body {
        if field::says_something(value) {
            dropped.add_field(name);
        }
    }
    Ok(Outgoing { body: Value::Object(out), dropped, memo })
}

fn limit(body: &mut Object, ask: &Ask<'_>, out: &mut Object, dropped: &mut Dropped) -> Result<(), Problem> {
    let Some(limit) = take(body, "max_tokens") else { return Ok(()) };
    let limit = limit.as_u64().ok_or_else(|| refused("max_tokens", "must be a whole number"))?;
    if limit == 0 {
        return Err(refused("max_tokens", "0 fills a cache at Anthropic, and nothing elsewhere"));
    }
    let limit = match ask.max_output {
        // Claude Code asks every model for the same 128 000; upstreams refuse more than they can give.
        Some(most) if most < limit => {
            dropped.add("max_tokens beyond the model's limit");
            most
        }
        _ if limit < LEAST_LIMIT => {
            dropped.add("max_tokens below the least");
            LEAST_LIMIT
        }
        _ => limit,
    };
    out.insert("max_output_tokens".into(), limit.into());
    Ok(())
}

fn sampling(body: &mut Object, ask: &Ask<'_>, out: &mut Object, dropped: &mut Dropped) {
    for name in ["temperature", "top_p"] {
        match take(body, name) {
            Some(value) if ask.takes.sampling => {
                out.insert(name.into(), value);
            }
            Some(_) => dropped.add(name),
            None => {}
        }
    }
    for name in ["stop_sequences", "top_k"] {
        if take(body, name).is_some_and(|value| field::says_something(&value)) {
            dropped.add(name);
        }
    }
}

/// `thinking`, and `output_config` with the effort and the form of the answer.
fn reasoning(body: &mut Object, ask: &Ask<'_>, out: &mut Object, memo: &mut Memo, dropped: &mut Dropped) {
    let thinking = take_object(body, "thinking").unwrap_or_default();
    let mut config = take_object(body, "output_config").unwrap_or_default();
    let kind = field::text(&thinking, "type");
    let thinks = !matches!(kind, "" | "disabled");
    memo.show_reasoning = thinks && field::text(&thinking, "display") != "omitted";
    let stated = take_text(&mut config, "effort");
    let wanted = match (kind, stated) {
        ("disabled", _) => Some("none".to_owned()),
        (_, Some(effort)) => Some(effort),
        ("enabled", None) => {
            thinking.get("budget_tokens").and_then(Value::as_u64).map(|n| effort::of_budget(n).to_owned())
        }
        _ => None,
    };
    let mut reasoning = Object::new();
    match wanted {
        Some(effort) if ask.takes.reasoning_effort => {
            reasoning.insert("effort".into(), effort.into());
        }
        Some(_) => dropped.add("output_config.effort"),
        None => {}
    }
    if thinks && ask.takes.reasoning_effort {
        if memo.show_reasoning {
            reasoning.insert("summary".into(), "auto".into());
        }
        // So that the model can go on with its own thoughts in the next turn.
        out.insert("include".into(), json!(["reasoning.encrypted_content"]));
    }
    if !reasoning.is_empty() {
        out.insert("reasoning".into(), reasoning.into());
    }
    let format = take_object(&mut config, "format").or_else(|| take_object(body, "output_format"));
    if let Some(schema) = format.and_then(|mut format| take(&mut format, "schema")) {
        // Not `strict`: OpenAI refuses strict schemas that were not written for it.
        let format = json!({"type": "json_schema", "name": "output", "schema": schema, "strict": false});
        out.insert("text".into(), json!({"format": format}));
    }
    for name in config.keys() {
        dropped.add_field(&format!("output_config.{name}"));
    }
}

fn metadata(body: &mut Object, out: &mut Object, dropped: &mut Dropped) {
    if take_object(body, "metadata").is_some_and(|metadata| metadata.contains_key("user_id")) {
        dropped.add("metadata.user_id");
    }
    match take_text(body, "service_tier").as_deref() {
        Some("standard_only") => {
            out.insert("service_tier".into(), "default".into());
        }
        None | Some("auto") => {}
        Some(_) => dropped.add("service_tier"),
    }
}

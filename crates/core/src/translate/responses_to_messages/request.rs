//! The request: every field of `POST /v1/responses`, one after the other. PROTOCOLS.md A2, B4, I1.

use super::lost::LOST;
use super::thinking;
use super::turns::Turns;
use crate::problem::Problem;
use crate::translate::field::{self, Object, take, take_text};
use crate::translate::responses::input;
use crate::translate::responses::request_fields::{self, Format};
use crate::translate::responses::tool_choice::Choice;
use crate::translate::responses::tools::{Tool, Tools};
use crate::translate::{Ask, Dropped, Memo, Outgoing, dropped, tool_name};
use serde_json::{Value, json};

pub(super) fn translate(body: Value, ask: &Ask<'_>) -> Result<Outgoing, Problem> {
    let mut body = field::object(body, "the body")?;
    dropped::refuse(LOST, &body)?;
    let mut dropped = Dropped::default();
    let mut memo = Memo::new(ask);
    request_fields::take_common(&mut body, &mut dropped)?;
    let mut out = Object::new();
    out.insert("model".into(), ask.model.into());
    let limit = request_fields::limit(&mut body, ask, &mut dropped)?;
    // Messages needs one: the caller's, else all the model can give.
    let limit = limit.unwrap_or(ask.max_output.unwrap_or(DEFAULT_LIMIT));
    out.insert("max_tokens".into(), limit.into());
    if ask.stream {
        out.insert("stream".into(), true.into());
    }
    who(&mut body, &mut out, &mut dropped);
    let mut tools = Tools::new(tool_name::MESSAGES_NAME);
    let items = input::take_input(&mut body, &mut tools, &mut memo, &mut dropped)?;
    let instructions = request_fields::instructions(&mut body)?;
    let mut turns = Turns::new(instructions);
    for (index, item) in items.into_iter().enumerate() {
        if let Some(item) = input::read(index, item, &mut tools, &mut memo, &mut dropped)? {
            turns.take(item, &mut dropped)?;
        }
    }
    let (messages, mut system) = turns.end();
    let choice = Choice::read(take(&mut body, "tool_choice"), &mut tools)?;
    let reasoning = request_fields::reasoning(&mut body, &mut dropped);
    memo.show_reasoning = reasoning.shown;
    let thinks = thinking::ask(reasoning, ask, &choice, limit, &messages, &mut out, &mut dropped);
    sampling(&mut body, ask, thinks, &mut out, &mut dropped);
    format(&mut body, &mut system, &mut out, &mut dropped);
    if !system.is_empty() {
        out.insert("system".into(), system.into());
    }
    let one_at_a_time = take(&mut body, "parallel_tool_calls") == Some(Value::Bool(false));
    choose(choice, one_at_a_time, tools, &mut out);
    out.insert("messages".into(), messages.into());
    request_fields::leftovers(&body, "", &mut dropped);
    Ok(Outgoing { body: Value::Object(out), dropped, memo })
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
    if body.get("top_logprobs") == Some(&0.into()) {
        body.remove("top_logprobs");
    }
}

fn format(body: &mut Object, system: &mut Vec<Value>, out: &mut Object, dropped: &mut Dropped) {
    let text = request_fields::text(body, dropped);
    // The default says nothing.
    if text.verbosity.is_some_and(|how| how != "medium") {
        dropped.add("text.verbosity");
    }
    match text.format {
        Format::Text => {}
        Format::AnyObject => system.push(json!({"type": "text", "text": ANY_OBJECT})),
        Format::Schema(mut format) => {
            dropped.add("text.format.name");
            let schema = take(&mut format, "schema");
            if let (Some(schema), Value::Object(config)) =
                (schema, out.entry("output_config").or_insert_with(|| json!({})))
            {
                config.insert("format".into(), json!({"type": "json_schema", "schema": schema}));
            }
        }
    }
}

fn choose(choice: Choice, one_at_a_time: bool, tools: Tools, out: &mut Object) {
    if tools.is_empty() {
        return;
    }
    out.insert("tools".into(), tools.into_list().into_iter().map(tool).collect());
    let mut chosen = Object::new();
    let kind = match choice {
        Choice::Unsaid if !one_at_a_time => return,
        Choice::Unsaid | Choice::Auto => "auto",
        Choice::None => "none",
        Choice::Any => "any",
        Choice::Tool(_) => "tool",
    };
    chosen.insert("type".into(), kind.into());
    if let Choice::Tool(name) = choice {
        chosen.insert("name".into(), name.into());
    }
    if one_at_a_time && kind != "none" {
        chosen.insert("disable_parallel_tool_use".into(), true.into());
    }
    out.insert("tool_choice".into(), chosen.into());
}

fn tool(tool: Tool) -> Value {
    let mut out = Object::new();
    out.insert("name".into(), tool.name.into());
    if !tool.description.is_empty() {
        out.insert("description".into(), tool.description.into());
    }
    out.insert("input_schema".into(), tool.schema);
    if tool.strict == Some(true) {
        out.insert("strict".into(), true.into());
    }
    Value::Object(out)
}

/// Messages can only promise JSON of a known schema.
const ANY_OBJECT: &str = "Answer with one JSON object, and with nothing before or after it.";
/// Every current Claude model can give this much.
const DEFAULT_LIMIT: u64 = 8192;

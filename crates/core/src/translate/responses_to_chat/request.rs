//! The request: every field of `POST /v1/responses`, one after the other. PROTOCOLS.md B2, B4, I1.

use super::lost::LOST;
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
    if let Some(limit) = request_fields::limit(&mut body, ask, &mut dropped)? {
        let name = if ask.takes.max_completion_tokens { "max_completion_tokens" } else { "max_tokens" };
        out.insert(name.into(), limit.into());
    }
    if ask.stream {
        out.insert("stream".into(), true.into());
        if ask.takes.stream_usage {
            out.insert("stream_options".into(), json!({"include_usage": true}));
        }
    }
    sampling(&mut body, ask, &mut out, &mut dropped);
    reasoning(&mut body, ask, &mut out, &mut memo, &mut dropped);
    let any_object = format(&mut body, &mut out, &mut dropped);
    let mut tools = Tools::new(tool_name::CHAT_NAME);
    let items = input::take_input(&mut body, &mut tools, &mut memo, &mut dropped)?;
    let instructions = request_fields::instructions(&mut body)?;
    let mut turns = Turns::new(ask.takes, instructions);
    for (index, item) in items.into_iter().enumerate() {
        if let Some(item) = input::read(index, item, &mut tools, &mut memo, &mut dropped)? {
            turns.take(item, &mut dropped)?;
        }
    }
    if any_object {
        turns.head(ANY_OBJECT);
    }
    choose(&mut body, tools, &mut out)?;
    out.insert("messages".into(), turns.end()?.into());
    request_fields::leftovers(&body, "", &mut dropped);
    Ok(Outgoing { body: Value::Object(out), dropped, memo })
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
    if body.get("top_logprobs") == Some(&0.into()) {
        body.remove("top_logprobs");
    }
    // The ordinary ones: every upstream has them without being asked.
    match take_text(body, "service_tier").as_deref() {
        None | Some("auto" | "default") => {}
        Some(_) => dropped.add("service_tier"),
    }
    let (safety, user) = (take_text(body, "safety_identifier"), take_text(body, "user"));
    if let Some(user) = safety.or(user) {
        out.insert("user".into(), user.into());
    }
}

fn reasoning(body: &mut Object, ask: &Ask<'_>, out: &mut Object, memo: &mut Memo, dropped: &mut Dropped) {
    let reasoning = request_fields::reasoning(body, dropped);
    // What must come back with the next turn, the caller has to have.
    memo.show_reasoning = reasoning.shown || ask.takes.reasoning_content;
    match reasoning.effort {
        Some(effort) if ask.takes.reasoning_effort => {
            out.insert("reasoning_effort".into(), effort.into());
        }
        Some(_) => dropped.add("reasoning.effort"),
        None => {}
    }
}

/// Says whether the answer is to be any JSON object, which servers promise only to prompts that speak of JSON.
fn format(body: &mut Object, out: &mut Object, dropped: &mut Dropped) -> bool {
    let text = request_fields::text(body, dropped);
    // The default says nothing.
    if text.verbosity.is_some_and(|how| how != "medium") {
        dropped.add("text.verbosity");
    }
    match text.format {
        Format::Text => false,
        Format::AnyObject => {
            out.insert("response_format".into(), json!({"type": "json_object"}));
            true
        }
        Format::Schema(mut format) => {
            let mut schema = Object::new();
            let name = take_text(&mut format, "name").unwrap_or_else(|| "output".to_owned());
            schema.insert("name".into(), name.into());
            for key in ["description", "strict", "schema"] {
                if let Some(value) = take(&mut format, key) {
                    schema.insert(key.into(), value);
                }
            }
            out.insert("response_format".into(), json!({"type": "json_schema", "json_schema": schema}));
            false
        }
    }
}

fn choose(body: &mut Object, mut tools: Tools, out: &mut Object) -> Result<(), Problem> {
    let choice = Choice::read(take(body, "tool_choice"), &mut tools)?;
    let one_at_a_time = take(body, "parallel_tool_calls") == Some(Value::Bool(false));
    if tools.is_empty() {
        return Ok(());
    }
    out.insert("tools".into(), tools.into_list().into_iter().map(tool).collect());
    let chosen = match choice {
        Choice::Unsaid => None,
        Choice::Auto => Some("auto".into()),
        Choice::None => Some("none".into()),
        Choice::Any => Some("required".into()),
        Choice::Tool(name) => Some(json!({"type": "function", "function": {"name": name}})),
    };
    if let Some(chosen) = chosen {
        out.insert("tool_choice".into(), chosen);
    }
    if one_at_a_time {
        out.insert("parallel_tool_calls".into(), false.into());
    }
    Ok(())
}

fn tool(tool: Tool) -> Value {
    let mut function = Object::new();
    function.insert("name".into(), tool.name.into());
    if !tool.description.is_empty() {
        function.insert("description".into(), tool.description.into());
    }
    function.insert("parameters".into(), tool.schema);
    if tool.strict == Some(true) {
        function.insert("strict".into(), true.into());
    }
    json!({"type": "function", "function": function})
}

const ANY_OBJECT: &str = "Answer with one JSON object, and with nothing before or after it.";

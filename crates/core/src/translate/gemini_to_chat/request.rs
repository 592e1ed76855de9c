//! The request: every field of `generateContent`, one after the other. PROTOCOLS.md B2, C2, I1.

use super::lost::LOST;
use super::turns::Turns;
use crate::problem::Problem;
use crate::translate::field::{self, Object, take};
use crate::translate::gemini::config::{self, ANY_JSON, Config, Format, Wanted};
use crate::translate::gemini::functions::{self, Choice, Functions};
use crate::translate::gemini::{conversation, spelling};
use crate::translate::{Ask, Dropped, Memo, Outgoing, dropped, tool_name};
use serde_json::{Value, json};

pub(super) fn translate(body: Value, ask: &Ask<'_>) -> Result<Outgoing, Problem> {
    let mut body = spelling::object(body, "the body")?;
    dropped::refuse(LOST, &body)?;
    let mut dropped = Dropped::default();
    let mut memo = Memo::new(ask);
    // In the path, where it is said at all.
    body.remove("model");
    let mut config = config::read(&mut body, &mut dropped)?;
    memo.show_reasoning = config.thinking.show;
    let mut out = Object::new();
    out.insert("model".into(), ask.model.into());
    limit(&config, ask, &mut out, &mut dropped);
    if ask.stream {
        out.insert("stream".into(), true.into());
        if ask.takes.stream_usage {
            out.insert("stream_options".into(), json!({"include_usage": true}));
        }
    }
    let thinks = reasoning(&config, ask, &mut out, &mut dropped);
    stops(&mut config, &mut out, &mut dropped);
    sampling(&mut config, ask.takes.sampling && !thinks, &mut out, &mut dropped);
    let mut system = conversation::system(take(&mut body, "systemInstruction"))?;
    match std::mem::take(&mut config.format) {
        Format::Text => {}
        Format::Json => {
            system.push(ANY_JSON.to_owned());
            dropped.add("generationConfig.responseMimeType");
        }
        Format::Schema(schema) => {
            // Not `strict`: OpenAI refuses strict schemas that were not written for it.
            let schema = json!({"name": "output", "schema": schema});
            out.insert("response_format".into(), json!({"type": "json_schema", "json_schema": schema}));
        }
    }
    tools(functions::read(&mut body, &mut dropped)?, &mut out, &mut memo);
    let contents = spelling::take_list(&mut body, "contents", "the body")?;
    let turns = conversation::read(contents, &mut dropped)?;
    let mut messages = Turns {
        memo: &mut memo,
        dropped: &mut dropped,
        wants_reasoning: ask.takes.reasoning_content,
        out: Vec::with_capacity(turns.len() + 1),
    };
    if !system.is_empty() {
        messages.out.push(json!({"role": "system", "content": system.join("\n\n")}));
    }
    for turn in turns {
        messages.take(turn)?;
    }
    let messages = messages.out;
    out.insert("messages".into(), messages.into());
    for (name, value) in &body {
        if field::says_something(value) {
            dropped.add_field(name);
        }
    }
    Ok(Outgoing { body: Value::Object(out), dropped, memo })
}

fn limit(config: &Config, ask: &Ask<'_>, out: &mut Object, dropped: &mut Dropped) {
    let Some(limit) = config.max_output else { return };
    let limit = match ask.max_output {
        Some(most) if most < limit => {
            dropped.add("generationConfig.maxOutputTokens beyond the model's limit");
            most
        }
        _ => limit,
    };
    let name = if ask.takes.max_completion_tokens { "max_completion_tokens" } else { "max_tokens" };
    out.insert(name.into(), limit.into());
}

fn stops(config: &mut Config, out: &mut Object, dropped: &mut Dropped) {
    let mut stops = std::mem::take(&mut config.stops);
    if stops.len() > MOST_STOPS {
        stops.truncate(MOST_STOPS);
        dropped.add("generationConfig.stopSequences beyond four");
    }
    if !stops.is_empty() {
        out.insert("stop".into(), stops.into());
    }
}

/// Models that think refuse all of it but the defaults, which the Gemini CLI likes to say.
fn sampling(config: &mut Config, allowed: bool, out: &mut Object, dropped: &mut Dropped) {
    for (value, default, to, name) in [
        (config.temperature.take(), 1.0, "temperature", "generationConfig.temperature"),
        (config.top_p.take(), 1.0, "top_p", "generationConfig.topP"),
        (config.presence_penalty.take(), 0.0, "presence_penalty", "generationConfig.presencePenalty"),
        (config.frequency_penalty.take(), 0.0, "frequency_penalty", "generationConfig.frequencyPenalty"),
    ] {
        let Some(value) =
            value.filter(|value| value.as_f64().is_none_or(|n| (n - default).abs() > f64::EPSILON))
        else {
            continue;
        };
        if allowed {
            out.insert(to.into(), value);
        } else {
            dropped.add(name);
        }
    }
    if let Some(seed) = config.seed.take() {
        out.insert("seed".into(), seed);
    }
    if config.top_k.is_some() {
        dropped.add("generationConfig.topK");
    }
}

/// Asks for reasoning; says whether the model will think.
fn reasoning(config: &Config, ask: &Ask<'_>, out: &mut Object, dropped: &mut Dropped) -> bool {
    let (effort, thinks) = match config.thinking.wanted {
        Wanted::Unsaid | Wanted::Own => return false,
        Wanted::Off(effort) => (effort, false),
        Wanted::Effort(effort) => (effort, true),
    };
    if ask.takes.reasoning_effort {
        out.insert("reasoning_effort".into(), effort.into());
        return thinks;
    }
    dropped.add("generationConfig.thinkingConfig");
    false
}

fn tools(functions: Functions, out: &mut Object, memo: &mut Memo) {
    let (mut tools, mut last) = (Vec::with_capacity(functions.list.len()), String::new());
    for from in functions.list {
        let name = tool_name::sent(from.name, tool_name::CHAT_NAME, memo);
        let mut function = Object::new();
        function.insert("name".into(), name.as_str().into());
        if let Some(description) = from.description {
            function.insert("description".into(), description.into());
        }
        function.insert("parameters".into(), from.schema);
        tools.push(json!({"type": "function", "function": function}));
        last = name;
    }
    if tools.is_empty() {
        return;
    }
    out.insert("tools".into(), tools.into());
    let choice = match functions.choice {
        Choice::Auto => return,
        Choice::None => Value::from("none"),
        Choice::Any => Value::from("required"),
        Choice::Only => json!({"type": "function", "function": {"name": last}}),
    };
    out.insert("tool_choice".into(), choice);
}

/// platform.openai.com/docs/api-reference/chat/create: `stop`.
const MOST_STOPS: usize = 4;

//! The request: every field of `generateContent`, one after the other. PROTOCOLS.md A2, C2, I1.

use super::lost::LOST;
use super::{output_schema, turns};
use crate::problem::Problem;
use crate::translate::field::{self, Object, take};
use crate::translate::gemini::config::{self, ANY_JSON, Config, Format, Wanted};
use crate::translate::gemini::functions::{self, Choice, Functions};
use crate::translate::gemini::{conversation, spelling};
use crate::translate::{Ask, Dropped, Memo, Outgoing, dropped, effort, tool_name};
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
    let limit = limit(&config, ask, &mut dropped);
    out.insert("max_tokens".into(), limit.into());
    if ask.stream {
        out.insert("stream".into(), true.into());
    }
    if !config.stops.is_empty() {
        out.insert("stop_sequences".into(), std::mem::take(&mut config.stops).into());
    }
    let functions = functions::read(&mut body, &mut dropped)?;
    let mut system = conversation::system(take(&mut body, "systemInstruction"))?;
    let contents = spelling::take_list(&mut body, "contents", "the body")?;
    let messages = turns::messages(conversation::read(contents, &mut dropped)?, &mut memo, &mut dropped)?;
    let forced = matches!(functions.choice, Choice::Any | Choice::Only);
    let thinks = thinking(&config, ask, limit, forced, &messages, &mut out, &mut dropped);
    sampling(&mut config, ask, thinks, &mut out, &mut dropped);
    match std::mem::take(&mut config.format) {
        Format::Text => {}
        Format::Json => {
            system.push(ANY_JSON.to_owned());
            dropped.add("generationConfig.responseMimeType");
        }
        Format::Schema(schema) => {
            let format = json!({"type": "json_schema", "schema": output_schema::closed(schema)});
            if let Value::Object(said) = out.entry("output_config").or_insert_with(|| json!({})) {
                said.insert("format".into(), format);
            }
        }
    }
    if !system.is_empty() {
        let blocks: Vec<Value> =
            system.into_iter().map(|text| json!({"type": "text", "text": text})).collect();
        out.insert("system".into(), blocks.into());
    }
    tools(functions, &mut out, &mut memo);
    out.insert("messages".into(), messages.into());
    for (name, value) in &body {
        if field::says_something(value) {
            dropped.add_field(name);
        }
    }
    Ok(Outgoing { body: Value::Object(out), dropped, memo })
}

/// Messages needs a limit: the caller's, else all the model can give.
fn limit(config: &Config, ask: &Ask<'_>, dropped: &mut Dropped) -> u64 {
    match (config.max_output, ask.max_output) {
        (Some(limit), Some(most)) if most < limit => {
            dropped.add("generationConfig.maxOutputTokens beyond the model's limit");
            most
        }
        (Some(limit), _) => limit,
        (None, most) => most.unwrap_or(DEFAULT_LIMIT),
    }
}

/// Asks for thinking; says whether the model will think.
fn thinking(
    config: &Config,
    ask: &Ask<'_>,
    limit: u64,
    forced: bool,
    messages: &[Value],
    out: &mut Object,
    dropped: &mut Dropped,
) -> bool {
    let effort = match config.thinking.wanted {
        Wanted::Unsaid => return false,
        Wanted::Off(_) => {
            out.insert("thinking".into(), json!({"type": "disabled"}));
            return false;
        }
        Wanted::Own => None,
        Wanted::Effort(effort) => Some(effort),
    };
    // A call that is demanded cannot be thought about first.
    if forced {
        dropped.add("generationConfig.thinkingConfig");
        return false;
    }
    if ask.takes.adaptive_thinking {
        let shown = if config.thinking.show { "summarized" } else { "omitted" };
        out.insert("thinking".into(), json!({"type": "adaptive", "display": shown}));
        if let Some(effort) = effort {
            out.insert("output_config".into(), json!({"effort": effort}));
        }
        return true;
    }
    // Older models want room beside the budget, and refuse to go on from a tool call without the thoughts that led to
    // it.
    let budget = effort::budget(effort.unwrap_or("medium")).unwrap_or(LEAST_BUDGET);
    let budget = budget.min(limit.saturating_sub(LEAST_BUDGET));
    if budget < LEAST_BUDGET || lacks_thinking(messages) {
        dropped.add("generationConfig.thinkingConfig");
        return false;
    }
    out.insert("thinking".into(), json!({"type": "enabled", "budget_tokens": budget}));
    true
}

/// Whether the conversation ends in answers to calls that no thinking led to.
fn lacks_thinking(messages: &[Value]) -> bool {
    let first_kind = |message: &Value| -> String {
        let block = message.get("content").and_then(|content| content.get(0));
        let kind = block.and_then(|block| block.get("type")).and_then(Value::as_str);
        kind.unwrap_or_default().to_owned()
    };
    let [.., assistant, user] = messages else { return false };
    first_kind(user) == "tool_result" && !first_kind(assistant).ends_with("thinking")
}

/// Sampling is refused together with thinking, and two ways of it together.
fn sampling(config: &mut Config, ask: &Ask<'_>, thinks: bool, out: &mut Object, dropped: &mut Dropped) {
    let allowed = ask.takes.sampling && !thinks;
    // 1 is the default everywhere, and the Gemini CLI likes to say it.
    let said = |value: &Option<Value>| {
        value.as_ref().and_then(Value::as_f64).filter(|n| (*n - 1.0).abs() > f64::EPSILON)
    };
    match said(&config.temperature) {
        Some(n) if allowed && n < 1.0 => {
            out.insert("temperature".into(), config.temperature.take().unwrap_or_default());
        }
        Some(_) => dropped.add("generationConfig.temperature"),
        None => {}
    }
    match said(&config.top_p) {
        Some(_) if allowed && !out.contains_key("temperature") => {
            out.insert("top_p".into(), config.top_p.take().unwrap_or_default());
        }
        Some(_) => dropped.add("generationConfig.topP"),
        None => {}
    }
    match config.top_k.take() {
        Some(k) if allowed => {
            // Google's is a number that may have a fraction.
            let whole = k.as_f64().filter(|n| (1.0..1e6).contains(n)).map(|n| Value::from(n.round() as u64));
            out.insert("top_k".into(), whole.unwrap_or(k));
        }
        Some(_) => dropped.add("generationConfig.topK"),
        None => {}
    }
    for (value, name) in [
        (&config.seed, "generationConfig.seed"),
        (&config.presence_penalty, "generationConfig.presencePenalty"),
        (&config.frequency_penalty, "generationConfig.frequencyPenalty"),
    ] {
        if value.is_some() {
            dropped.add(name);
        }
    }
}

fn tools(functions: Functions, out: &mut Object, memo: &mut Memo) {
    let (mut tools, mut last) = (Vec::with_capacity(functions.list.len()), String::new());
    for function in functions.list {
        let name = tool_name::sent(function.name, tool_name::MESSAGES_NAME, memo);
        let mut tool = Object::new();
        tool.insert("name".into(), name.as_str().into());
        if let Some(description) = function.description {
            tool.insert("description".into(), description.into());
        }
        tool.insert("input_schema".into(), function.schema);
        tools.push(Value::Object(tool));
        last = name;
    }
    if tools.is_empty() {
        return;
    }
    out.insert("tools".into(), tools.into());
    let choice = match functions.choice {
        Choice::Auto => return,
        Choice::None => json!({"type": "none"}),
        Choice::Any => json!({"type": "any"}),
        Choice::Only => json!({"type": "tool", "name": last}),
    };
    out.insert("tool_choice".into(), choice);
}

/// platform.claude.com/docs/en/build-with-claude/extended-thinking: the least `budget_tokens`.
const LEAST_BUDGET: u64 = 1024;
/// Every current Claude model can give this much.
const DEFAULT_LIMIT: u64 = 8192;

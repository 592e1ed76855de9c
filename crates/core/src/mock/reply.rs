//! Decides what the mock says, whatever the dialect, and what it counts as.

use super::directive::{Directives, ToolAsk};
use super::prompt::{Choice, Format, Prompt, Tool};
use super::schema;
use serde_json::{Value, json};

/// What is said.
pub(super) struct Reply {
    pub said: Said,
    pub input_tokens: u64,
    pub output_tokens: u64,
    /// Which answer of the conversation this is, from 1.
    pub number: u64,
}

pub(super) enum Said {
    Text(Text),
    Call(Call),
}

/// Text, in the deltas in which it is streamed.
pub(super) struct Text {
    pub deltas: Vec<String>,
    /// A plain echo; its stream shows a ping where the dialect has one.
    pub echo: bool,
}

pub(super) struct Call {
    /// Which call of the conversation this is, from 1.
    pub number: u64,
    pub name: String,
    pub namespace: Option<String>,
    pub input: Input,
}

pub(super) enum Input {
    /// An object.
    Json(Value),
    Free(String),
}

impl Reply {
    pub(super) fn decide(prompt: &Prompt<'_>, directives: &Directives<'_>) -> Self {
        let call = if prompt.is_answered() { None } else { call(prompt, directives) };
        let said = call.map_or_else(|| Said::Text(text(prompt)), Said::Call);
        let (input_tokens, output_tokens) = directives
            .tokens
            .unwrap_or_else(|| (input_tokens(prompt, directives), output_tokens(prompt, &said)));
        Self { said, input_tokens, output_tokens, number: prompt.answers + 1 }
    }
}

/// What the conversation counts as. A directive counts without its brackets (fixture K02).
pub(super) fn input_tokens(prompt: &Prompt<'_>, directives: &Directives<'_>) -> u64 {
    tokens(prompt.bytes).saturating_sub(directives.found)
}

/// A call counts the same in every dialect, as the JSON of its name and input and without any words before it
/// (fixtures K02, K05, K07); structured output counts with the newline that ends a JSON document (fixture K09).
fn output_tokens(prompt: &Prompt<'_>, said: &Said) -> u64 {
    match said {
        Said::Text(text) => {
            let end = usize::from(!matches!(prompt.format, Format::Text));
            tokens(text.deltas.iter().map(String::len).sum::<usize>() + end)
        }
        Said::Call(call) => {
            let input = match &call.input {
                Input::Json(input) => input.clone(),
                Input::Free(input) => json!(input),
            };
            tokens(json!({"name": call.name, "input": input}).to_string().len())
        }
    }
}

fn tokens(bytes: usize) -> u64 {
    u64::try_from(bytes.div_ceil(4)).unwrap_or(u64::MAX)
}

/// The call that was directed, or that the request forces.
fn call(prompt: &Prompt<'_>, directives: &Directives<'_>) -> Option<Call> {
    let forced = match prompt.choice {
        Choice::None => return None,
        Choice::Free => None,
        Choice::Any => prompt.tools.first(),
        Choice::Named(name) => prompt.tools.iter().find(|tool| tool.name == name),
    };
    let (tool, input) = directives
        .tools
        .iter()
        .find_map(|ask| {
            let tool = prompt.tools.iter().find(|tool| tool.name == ask.name)?;
            Some((tool, directed_input(tool, ask)?))
        })
        .or_else(|| forced.map(|tool| (tool, forced_input(tool))))?;
    Some(Call {
        number: prompt.calls + 1,
        name: tool.name.to_owned(),
        namespace: tool.namespace.map(str::to_owned),
        input,
    })
}

/// None when the input does not suit the tool: the directive is then only text.
fn directed_input(tool: &Tool<'_>, ask: &ToolAsk<'_>) -> Option<Input> {
    if tool.custom {
        let input = match &ask.json {
            Some(Value::String(text)) => text,
            Some(Value::Object(object)) if object.len() == 1 => {
                object.get("input").and_then(Value::as_str).unwrap_or(ask.raw)
            }
            _ => ask.raw,
        };
        return Some(Input::Free(input.to_owned()));
    }
    match &ask.json {
        Some(json @ Value::Object(_)) => Some(Input::Json(json.clone())),
        None if ask.raw.is_empty() => Some(Input::Json(json!({}))),
        _ => None,
    }
}

fn forced_input(tool: &Tool<'_>) -> Input {
    if tool.custom {
        return Input::Free("mock".to_owned());
    }
    let input = tool.schema.map(schema::instance).filter(Value::is_object);
    Input::Json(input.unwrap_or_else(|| json!({})))
}

fn text(prompt: &Prompt<'_>) -> Text {
    let json = match prompt.format {
        Format::Text => None,
        Format::Json => Some("{}".to_owned()),
        Format::Schema(schema) => Some(schema::instance(schema).to_string()),
    };
    if let Some(json) = json {
        return Text { deltas: halves(&json), echo: false };
    }
    if let Some(result) = &prompt.result {
        return Text { deltas: split(&format!("mock: tool returned: {result}")), echo: false };
    }
    let last = prompt.texts.last().filter(|text| !text.is_empty()).unwrap_or(&"(no text)");
    let mut deltas = vec!["mock: ".to_owned()];
    deltas.extend(split(last));
    Text { deltas, echo: true }
}

/// Splits into deltas of [`DELTA`] bytes, or larger ones so that there are at most about [`MOST_DELTAS`].
fn split(mut text: &str) -> Vec<String> {
    let size = DELTA.max(text.len().div_ceil(MOST_DELTAS));
    let mut deltas = Vec::new();
    while let Some((delta, rest)) = text.split_at_checked(text.ceil_char_boundary(size)) {
        deltas.push(delta.to_owned());
        if rest.is_empty() {
            break;
        }
        text = rest;
    }
    deltas
}

/// Splits in two, the first the longer one; what is too short stays whole.
pub(super) fn halves(text: &str) -> Vec<String> {
    match text.split_at_checked(text.ceil_char_boundary(text.len().div_ceil(2))) {
        Some((first, second)) if !second.is_empty() => vec![first.to_owned(), second.to_owned()],
        _ => vec![text.to_owned()],
    }
}

impl Text {
    pub(super) fn whole(&self) -> String {
        self.deltas.concat()
    }
}

impl Input {
    /// As a string, the way OpenAI's dialects carry it.
    pub(super) fn to_text(&self) -> String {
        match self {
            Self::Json(input) => input.to_string(),
            Self::Free(input) => input.clone(),
        }
    }

    /// As an object, the way the others carry it.
    pub(super) fn to_object(&self) -> Value {
        match self {
            Self::Json(input) => input.clone(),
            Self::Free(input) => json!({ "input": input }),
        }
    }
}

const DELTA: usize = 64;
const MOST_DELTAS: usize = 64;

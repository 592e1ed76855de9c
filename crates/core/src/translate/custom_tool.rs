//! OpenAI's custom tools (free text for input, perhaps under a grammar) as functions of one string, for upstreams
//! that know functions only.

use super::field::Object;
use serde_json::{Value, json};

/// The function's schema.
pub(crate) fn schema() -> Value {
    json!({"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]})
}

/// The description, with the grammar in it: nothing enforces it any more. `format` is flat, as Responses has it, or
/// nested under `grammar`, as Chat has it.
pub(crate) fn description(description: String, format: Option<&Object>) -> String {
    let Some(format) = format else { return description };
    let grammar = format.get("grammar").and_then(Value::as_object).unwrap_or(format);
    let of = |key| grammar.get(key).and_then(Value::as_str);
    let Some(definition) = of("definition") else { return description };
    let gap = if description.is_empty() { "" } else { "\n\n" };
    format!("{description}{gap}Input grammar ({}):\n{definition}", of("syntax").unwrap_or("lark"))
}

/// A call's input, as the function's argument.
pub(crate) fn wrap(input: String) -> Value {
    json!({"input": input})
}

/// The free text out of the function's arguments; whole where the model did not keep to the schema.
pub(crate) fn unwrap(arguments: &str) -> String {
    match serde_json::from_str(arguments) {
        Ok(Value::Object(mut object)) => match object.remove("input") {
            Some(Value::String(text)) => text,
            _ => arguments.to_owned(),
        },
        _ => arguments.to_owned(),
    }
}

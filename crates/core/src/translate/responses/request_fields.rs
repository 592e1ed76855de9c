//! Fields of a Responses request that mean the same to every upstream, or nothing to any.

use crate::problem::Problem;
use crate::translate::field::{self, Object, refused, take, take_list, take_object, take_text};
use crate::translate::{Ask, Dropped};
use serde_json::Value;

/// Takes out what needs no word, and names what is lost without a change of meaning.
///
/// # Errors
/// For lists that are none.
pub(crate) fn take_common(body: &mut Object, dropped: &mut Dropped) -> Result<(), Problem> {
    // Both are the proxy's to say.
    body.remove("model");
    body.remove("stream");
    // Padding against listeners: there is none in what the proxy writes.
    body.remove("stream_options");
    let satisfied = |what: &Value| what.as_str() == Some("reasoning.encrypted_content");
    if !take_list(body, "include")?.iter().all(satisfied) {
        dropped.add("include");
    }
    if take_text(body, "truncation").is_some_and(|how| how != "disabled") {
        dropped.add("truncation");
    }
    Ok(())
}

/// The caller's limit, cut to what the model can give.
///
/// # Errors
/// When it is no limit.
pub(crate) fn limit(body: &mut Object, ask: &Ask<'_>, dropped: &mut Dropped) -> Result<Option<u64>, Problem> {
    let Some(limit) = take(body, "max_output_tokens") else { return Ok(None) };
    let limit = limit.as_u64().filter(|n| *n > 0);
    let limit = limit.ok_or_else(|| refused("max_output_tokens", "must be a whole number above 0"))?;
    Ok(Some(match ask.max_output {
        Some(most) if most < limit => {
            dropped.add("max_output_tokens beyond the model's limit");
            most
        }
        _ => limit,
    }))
}

/// `instructions`: the system prompt, or the head of it.
///
/// # Errors
/// When they are no text.
pub(crate) fn instructions(body: &mut Object) -> Result<Option<String>, Problem> {
    match take(body, "instructions") {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(refused("instructions", "must be a string")),
    }
}

/// `reasoning`.
#[derive(Debug, Default)]
pub(crate) struct Reasoning {
    pub(crate) effort: Option<String>,
    /// The caller wants to see it.
    pub(crate) shown: bool,
}

pub(crate) fn reasoning(body: &mut Object, dropped: &mut Dropped) -> Reasoning {
    let Some(mut reasoning) = take_object(body, "reasoning") else { return Reasoning::default() };
    let effort = take_text(&mut reasoning, "effort");
    let (new, old) = (take_text(&mut reasoning, "summary"), take_text(&mut reasoning, "generate_summary"));
    leftovers(&reasoning, "reasoning.", dropped);
    Reasoning { effort, shown: new.or(old).is_some_and(|summary| summary != "none") }
}

/// `text`: the form of the answer.
#[derive(Debug, Default)]
pub(crate) struct Text {
    pub(crate) format: Format,
    pub(crate) verbosity: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) enum Format {
    #[default]
    Text,
    AnyObject,
    /// As `json_schema` has it: name, schema, strict.
    Schema(Object),
}

pub(crate) fn text(body: &mut Object, dropped: &mut Dropped) -> Text {
    let Some(mut text) = take_object(body, "text") else { return Text::default() };
    let format = take_object(&mut text, "format").unwrap_or_default();
    let verbosity = take_text(&mut text, "verbosity");
    leftovers(&text, "text.", dropped);
    let format = match field::text(&format, "type") {
        "json_schema" => Format::Schema(format),
        "json_object" => Format::AnyObject,
        _ => Format::Text,
    };
    Text { format, verbosity }
}

/// Names what nobody took.
pub(crate) fn leftovers(object: &Object, prefix: &str, dropped: &mut Dropped) {
    for (name, value) in object {
        if field::says_something(value) {
            dropped.add_field(&format!("{prefix}{name}"));
        }
    }
}

/// The least `max_output_tokens` that OpenAI takes.
pub(crate) const LEAST_LIMIT: u64 = 16;
/// The longest `call_id` that OpenAI takes.
pub(crate) const CALL_ID: usize = 64;

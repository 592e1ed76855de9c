//! Usage in each dialect's shape, read by the meter: the caller is shown the counts that it pays for.

use super::field::Object;
use crate::dialect::Dialect;
use crate::meter::Meter;
use crate::usage::Usage;
use serde_json::{Value, json};

/// The counts that an answer, or a chunk of one, states in any of its dialect's places; `None` where it states none.
pub(crate) fn read(dialect: Dialect, body: &Object) -> Option<Usage> {
    // Only what can hold counts: the texts of an answer may be long.
    let mut stated = Object::new();
    for key in ["usage", "x_groq", "usageMetadata"] {
        if let Some(Value::Object(usage)) = body.get(key) {
            stated.insert(key.into(), usage.clone().into());
        }
    }
    // Older Moonshot models say it beside the text.
    let in_choice =
        body.get("choices").and_then(|choices| choices.get(0)).and_then(|choice| choice.get("usage"));
    if let Some(Value::Object(usage)) = in_choice {
        stated.insert("usage".into(), usage.clone().into());
    }
    if stated.is_empty() {
        return None;
    }
    Some(Meter::body(dialect, Value::Object(stated).to_string().as_bytes()).usage)
}

/// As `usage` of a Messages answer.
pub(crate) fn messages(usage: &Usage) -> Value {
    json!({
        "input_tokens": usage.input,
        "cache_creation_input_tokens": usage.cache_write.saturating_add(usage.cache_write_long),
        "cache_read_input_tokens": usage.cache_read,
        "output_tokens": usage.output,
    })
}

/// As `usage` of a Chat answer: the prompt contains what was cached.
pub(crate) fn chat(usage: &Usage) -> Value {
    let prompt = usage.total_input();
    json!({
        "prompt_tokens": prompt,
        "completion_tokens": usage.output,
        "total_tokens": prompt.saturating_add(usage.output),
        "prompt_tokens_details": {
            "cached_tokens": usage.cache_read,
            "cache_write_tokens": usage.cache_write.saturating_add(usage.cache_write_long),
        },
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    })
}

/// As `usage` of a Responses answer: the input contains what was cached.
pub(crate) fn responses(usage: &Usage) -> Value {
    let input = usage.total_input();
    json!({
        "input_tokens": input,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read,
            "cache_write_tokens": usage.cache_write.saturating_add(usage.cache_write_long),
        },
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": input.saturating_add(usage.output),
    })
}

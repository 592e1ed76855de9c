//! A tool call's arguments: a JSON text in OpenAI's dialects, an object in Anthropic's and Google's.

use serde_json::{Value, json};

/// The object. Nothing is `{}`; what is not an object is kept whole under `_raw` rather than lost.
pub(crate) fn to_object(text: &str) -> Value {
    if text.trim().is_empty() {
        return json!({});
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Value::Object(object),
        Ok(Value::Null) => json!({}),
        _ => json!({"_raw": text}),
    }
}

/// The text.
pub(crate) fn to_text(object: Option<Value>) -> String {
    object.map_or_else(|| "{}".to_owned(), |value| value.to_string())
}

/// The text of arguments that should be one already; sloppy servers send the object itself.
pub(crate) fn as_text(arguments: Option<Value>) -> String {
    match arguments {
        Some(Value::String(text)) => text,
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_becomes_an_object() {
        for (text, want) in [
            ("", "{}"),
            (" ", "{}"),
            ("null", "{}"),
            (r#"{"b":1,"a":18446744073709551615}"#, r#"{"b":1,"a":18446744073709551615}"#),
            (r#"{"a":"#, r#"{"_raw":"{\"a\":"}"#),
            ("[1]", r#"{"_raw":"[1]"}"#),
        ] {
            assert_eq!(to_object(text).to_string(), want, "{text}");
        }
    }
}

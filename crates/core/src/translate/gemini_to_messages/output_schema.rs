//! The schema of an answer as Anthropic takes it: objects are closed, and limits it does not enforce are told in the
//! description. After `transform_schema` of the `anthropic` package for Python. Depth is bounded by the parser that
//! read the schema.

use crate::translate::field::{self, Object};
use serde_json::Value;

/// The schema, fit for `output_config.format`.
pub(super) fn closed(schema: Value) -> Value {
    let Value::Object(mut schema) = schema else { return schema };
    let mut out = Object::new();
    if let Some(Value::Object(defs)) = pull(&mut schema, "$defs") {
        out.insert("$defs".into(), each(defs));
    }
    if let Some(Value::Object(definitions)) = pull(&mut schema, "definitions") {
        out.insert("definitions".into(), each(definitions));
    }
    if let Some(reference) = pull(&mut schema, "$ref") {
        out.insert("$ref".into(), reference);
        return Value::Object(out);
    }
    let alternatives = [("anyOf", "anyOf"), ("oneOf", "anyOf"), ("allOf", "allOf")];
    let kind = pull(&mut schema, "type");
    let literal = ["enum", "const"].iter().find_map(|key| Some((*key, schema.get(*key).cloned()?)));
    if let Some((key, value)) = literal {
        schema.shift_remove(key);
        out.insert(key.into(), value);
    } else if let Some((name, Value::Array(list))) =
        alternatives.iter().find_map(|(from, to)| Some((*to, pull(&mut schema, from)?)))
    {
        out.insert(name.into(), list.into_iter().map(closed).collect());
    } else if let Some(kind) = &kind {
        out.insert("type".into(), kind.clone());
    }
    let description = pull(&mut schema, "description");
    if let Some(title) = pull(&mut schema, "title") {
        out.insert("title".into(), title);
    }
    members(&kind.unwrap_or_default(), &mut schema, &mut out);
    let rest = Value::Object(std::mem::take(&mut schema));
    let told = match (description.as_ref().and_then(Value::as_str), field::says_something(&rest)) {
        (Some(text), false) => Some(text.to_owned()),
        (Some(text), true) => Some(format!("{text}\n\n{rest}")),
        (None, true) => Some(rest.to_string()),
        (None, false) => None,
    };
    if let Some(told) = told {
        out.insert("description".into(), told.into());
    }
    Value::Object(out)
}

/// What each type may say of its contents.
fn members(kind: &Value, schema: &mut Object, out: &mut Object) {
    let is =
        |word: &str| kind == word || kind.as_array().is_some_and(|words| words.iter().any(|w| w == word));
    if is("object") {
        let properties = match pull(schema, "properties") {
            Some(Value::Object(properties)) => each(properties),
            _ => Value::Object(Object::new()),
        };
        out.insert("properties".into(), properties);
        schema.shift_remove("additionalProperties");
        out.insert("additionalProperties".into(), false.into());
        if let Some(required) = pull(schema, "required") {
            out.insert("required".into(), required);
        }
    }
    if is("string")
        && schema.get("format").and_then(Value::as_str).is_some_and(|name| FORMATS.contains(&name))
    {
        out.insert("format".into(), pull(schema, "format").unwrap_or_default());
    }
    if is("array") {
        if let Some(items) = pull(schema, "items") {
            out.insert("items".into(), closed(items));
        }
        if schema.get("minItems").and_then(Value::as_u64).is_some_and(|least| least <= 1) {
            out.insert("minItems".into(), pull(schema, "minItems").unwrap_or_default());
        }
    }
}

fn each(schemas: Object) -> Value {
    schemas.into_iter().map(|(name, schema)| (name, closed(schema))).collect()
}

/// A member, without disturbing the order of the others, which the model will read.
fn pull(schema: &mut Object, key: &str) -> Option<Value> {
    schema.shift_remove(key).filter(|value| !value.is_null())
}

/// platform.claude.com/docs/en/build-with-claude/structured-outputs: string formats that are enforced.
const FORMATS: &[&str] =
    &["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_closed_and_limits_are_told() {
        for (schema, want) in [
            (
                r#"{"type":"object","properties":{"score":{"type":"integer","minimum":1,"maximum":100,"description":"How hard."}},"required":["score"]}"#,
                r#"{"type":"object","properties":{"score":{"type":"integer","description":"How hard.\n\n{\"minimum\":1,\"maximum\":100}"}},"additionalProperties":false,"required":["score"]}"#,
            ),
            (
                r#"{"type":"array","items":{"type":["object","null"]},"minItems":2}"#,
                r#"{"type":"array","items":{"type":["object","null"],"properties":{},"additionalProperties":false},"description":"{\"minItems\":2}"}"#,
            ),
            (r#"{"type":"string","enum":["a"]}"#, r#"{"enum":["a"]}"#),
            (r#"{"type":"string","format":"date"}"#, r#"{"type":"string","format":"date"}"#),
            (
                r##"{"oneOf":[{"type":"null"},{"$ref":"#/$defs/a"}],"$defs":{"a":{"type":"object"}}}"##,
                r##"{"$defs":{"a":{"type":"object","properties":{},"additionalProperties":false}},"anyOf":[{"type":"null"},{"$ref":"#/$defs/a"}]}"##,
            ),
        ] {
            assert_eq!(closed(serde_json::from_str(schema).unwrap()).to_string(), want);
        }
    }
}

//! A schema in Google's own form, which is OpenAPI's, as JSON Schema. One that is JSON Schema already comes through as
//! it is. Depth is bounded by the parser that read it.

use super::spelling;
use crate::translate::field::Object;
use serde_json::{Value, json};

/// The schema as JSON Schema; the order of its keys stays.
pub(crate) fn to_json_schema(schema: Value) -> Value {
    let Value::Object(schema) = schema else { return schema };
    let nullable = schema.get("nullable") == Some(&Value::Bool(true));
    let mut out = Object::with_capacity(schema.len());
    for (key, value) in schema {
        if let Some((key, value)) = member(key, value) {
            out.insert(key, value);
        }
    }
    if nullable {
        allow_null(&mut out);
    }
    Value::Object(out)
}

fn member(key: String, value: Value) -> Option<(String, Value)> {
    // `$defs`, `additionalProperties` and the like are JSON Schema's, and stay.
    let key = spelling::camel_case(key);
    let value = match key.as_str() {
        "nullable" | "propertyOrdering" | "example" => return None,
        "type" => type_word(value)?,
        // An enumeration says so twice.
        "format" if value.as_str() == Some("enum") => return None,
        "properties" | "$defs" | "definitions" => each(value),
        "items" | "additionalProperties" | "not" => to_json_schema(value),
        "anyOf" | "oneOf" | "allOf" | "prefixItems" => match value {
            Value::Array(list) => list.into_iter().map(to_json_schema).collect(),
            other => other,
        },
        // 64 bits are strings in protobuf's JSON.
        "minItems" | "maxItems" | "minLength" | "maxLength" | "minProperties" | "maxProperties" => {
            spelling::number(&value).map_or(value, Value::from)
        }
        _ => value,
    };
    Some((key, value))
}

fn each(properties: Value) -> Value {
    match properties {
        Value::Object(properties) => {
            properties.into_iter().map(|(name, schema)| (name, to_json_schema(schema))).collect()
        }
        other => other,
    }
}

fn type_word(value: Value) -> Option<Value> {
    match value {
        Value::String(word) if word == "TYPE_UNSPECIFIED" => None,
        Value::String(word) if word.bytes().all(|b| b.is_ascii_uppercase()) => {
            Some(word.to_ascii_lowercase().into())
        }
        Value::Array(list) => Some(list.into_iter().filter_map(type_word).collect()),
        other => Some(other),
    }
}

fn allow_null(schema: &mut Object) {
    if let Some(Value::Array(words)) = schema.get_mut("enum")
        && !words.contains(&Value::Null)
    {
        words.push(Value::Null);
    }
    match schema.get_mut("type") {
        Some(Value::Array(words)) => {
            if !words.iter().any(|word| word == "null") {
                words.push("null".into());
            }
        }
        Some(word) if *word != "null" => {
            let both = json!([std::mem::take(word), "null"]);
            *word = both;
        }
        Some(_) => {}
        None => {
            if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
                choices.push(json!({"type": "null"}));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn googles_words_become_json_schema_s() {
        for (schema, want) in [
            (r#"{"type":"STRING","nullable":true}"#, r#"{"type":["string","null"]}"#),
            (
                r#"{"type":"OBJECT","properties":{"type":{"type":"INTEGER","format":"int32"},"my_key":{"type":"STRING","format":"enum","enum":["A"]}},"required":["my_key"],"propertyOrdering":["my_key"]}"#,
                r#"{"type":"object","properties":{"type":{"type":"integer","format":"int32"},"my_key":{"type":"string","enum":["A"]}},"required":["my_key"]}"#,
            ),
            (
                r#"{"type":"ARRAY","items":{"any_of":[{"type":"NUMBER"}],"nullable":true},"minItems":"1","max_items":3}"#,
                r#"{"type":"array","items":{"anyOf":[{"type":"number"},{"type":"null"}]},"minItems":1,"maxItems":3}"#,
            ),
            (
                r##"{"type":"object","$defs":{"a":{"type":["string","null"]}},"additionalProperties":false,"$ref":"#/$defs/a"}"##,
                r##"{"type":"object","$defs":{"a":{"type":["string","null"]}},"additionalProperties":false,"$ref":"#/$defs/a"}"##,
            ),
            (
                r#"{"type":"STRING","enum":["a"],"nullable":true}"#,
                r#"{"type":["string","null"],"enum":["a",null]}"#,
            ),
            (r#"{"type":"TYPE_UNSPECIFIED"}"#, "{}"),
        ] {
            assert_eq!(to_json_schema(serde_json::from_str(schema).unwrap()).to_string(), want);
        }
    }
}

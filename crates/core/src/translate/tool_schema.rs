//! The JSON Schema of a tool's input. It is moved, never rebuilt: prompt caches depend on the order of its keys.

use super::field::Object;
use serde_json::{Value, json};

/// A schema that every vendor takes: an object that says so, and lists its properties.
pub(crate) fn of_object(schema: Option<Value>) -> Value {
    let Some(Value::Object(mut schema)) = schema else {
        return no_input();
    };
    if !schema.contains_key("type") && !schema.contains_key("$ref") {
        schema = std::iter::once(("type".to_owned(), Value::from("object"))).chain(schema).collect();
    }
    let bare = !["properties", "$ref", "anyOf", "oneOf", "allOf"].iter().any(|key| schema.contains_key(*key));
    if bare {
        schema.insert("properties".into(), Value::Object(Object::new()));
    }
    Value::Object(schema)
}

/// Of a tool that takes nothing.
fn no_input() -> Value {
    json!({"type": "object", "properties": {}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_missing_is_added_and_the_order_stays() {
        for (schema, want) in [
            (r#"null"#, r#"{"type":"object","properties":{}}"#),
            (r#"{}"#, r#"{"type":"object","properties":{}}"#),
            (
                r#"{"required":["z"],"properties":{"z":{},"a":{}}}"#,
                r#"{"type":"object","required":["z"],"properties":{"z":{},"a":{}}}"#,
            ),
            (r#"{"z":1,"type":"object","a":2}"#, r#"{"z":1,"type":"object","a":2,"properties":{}}"#),
            (r##"{"$ref":"#/$defs/a","$defs":{}}"##, r##"{"$ref":"#/$defs/a","$defs":{}}"##),
        ] {
            let schema = serde_json::from_str(schema).ok();
            assert_eq!(of_object(schema).to_string(), want);
        }
    }
}

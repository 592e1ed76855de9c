//! What fits a schema, what does not, and which schemas are refused before anything is checked by them.

use super::*;
use serde_json::json;

#[test]
fn arguments_table() {
    let schema = json!({
        "type": "object",
        "properties": {
            "query": {"type": "string", "minLength": 1, "maxLength": 5},
            "count": {"type": "integer", "minimum": 1, "exclusiveMaximum": 10},
            "kind": {"enum": ["web", "news", 3]},
            "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2},
            "place": {"$ref": "#/$defs/place"},
            "maybe": {"type": ["string", "null"]},
            "either": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            "fixed": {"const": true},
            "no": {"not": {"type": "string"}},
        },
        "required": ["query"],
        "additionalProperties": false,
        "$defs": {"place": {"type": "object", "properties": {"lat": {"type": "number", "maximum": 90}}, "required": ["lat"]}},
    });
    understand(&schema).unwrap();
    for (arguments, why) in [
        (json!({"query": "a"}), None),
        (json!({"query": "ééééé", "count": 9.0, "kind": 3.0, "tags": ["x"], "maybe": null}), None),
        (json!({"query": "a", "place": {"lat": -1, "more": 1}, "either": 4, "fixed": true, "no": 1}), None),
        (json!([]), Some("arguments must be of type object")),
        (json!({}), Some("arguments lacks \"query\"")),
        (json!({"query": ""}), Some("arguments.query must have at least 1 characters")),
        (json!({"query": "éééééé"}), Some("arguments.query must have at most 5 characters")),
        (json!({"query": 1}), Some("arguments.query must be of type string")),
        (json!({"query": "a", "more": 1}), Some("arguments must not have \"more\"")),
        (json!({"query": "a", "count": 0}), Some("arguments.count must be at least 1")),
        (json!({"query": "a", "count": 10}), Some("arguments.count must be less than 10")),
        (json!({"query": "a", "count": 1.5}), Some("arguments.count must be of type integer")),
        (json!({"query": "a", "kind": "x"}), Some("arguments.kind must be one of web, news, 3")),
        (json!({"query": "a", "tags": []}), Some("arguments.tags must have at least 1 items")),
        (json!({"query": "a", "tags": ["x", 1]}), Some("arguments.tags[1] must be of type string")),
        (json!({"query": "a", "place": {}}), Some("arguments.place lacks \"lat\"")),
        (json!({"query": "a", "place": {"lat": 91}}), Some("arguments.place.lat must be at most 90")),
        (json!({"query": "a", "maybe": 1}), Some("arguments.maybe must be of type string, null")),
        (
            json!({"query": "a", "either": true}),
            Some("arguments.either must fit exactly one of the forms it may have"),
        ),
        (json!({"query": "a", "fixed": false}), Some("arguments.fixed must be true")),
        (json!({"query": "a", "no": "x"}), Some("arguments.no has a form that it must not have")),
    ] {
        assert_eq!(check(&schema, &arguments).err().as_deref(), why, "{arguments}");
    }
}

#[test]
fn a_schema_that_would_not_be_enforced_is_refused() {
    for (schema, named) in [
        (json!({"type": "text"}), "type"),
        (json!({"properties": {"a": {"pattern": "^x$"}}}), "/properties/a: \"pattern\""),
        (json!({"patternProperties": {}}), "patternProperties"),
        (json!({"if": true}), "if"),
        (json!({"required": "a"}), "required"),
        (json!({"$ref": "#/$defs/gone"}), "$ref"),
        (json!({"$ref": "https://example.com/schema"}), "$ref"),
        (json!({"minLength": -1}), "minLength"),
        (json!({"anyOf": []}), "anyOf"),
        (json!(7), "a schema is an object"),
    ] {
        let why = understand(&schema).err().unwrap_or_default();
        assert!(why.contains(named), "{schema}: {why}");
    }
}

#[test]
fn a_reference_to_itself_ends() {
    let schema = json!({"$ref": "#"});
    assert!(check(&schema, &json!({})).is_err());
    let tree = json!({"type": "object", "properties": {"next": {"$ref": "#"}}});
    understand(&tree).unwrap();
    let mut value = json!({});
    for _ in 0..20 {
        value = json!({ "next": value });
    }
    assert_eq!(check(&tree, &value), Ok(()));
    for _ in 0..80 {
        value = json!({ "next": value });
    }
    assert!(check(&tree, &value).unwrap_err().ends_with("is nested too deeply"));
}

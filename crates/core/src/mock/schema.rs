//! The smallest instance of a JSON schema (or of Gemini's subset with upper-case type names): required properties
//! only, the first of an enumeration, the number nearest to one. Schemas are not trusted: depth and size of the
//! instance are bounded, and what lies beyond is `null`.

use serde_json::{Map, Number, Value, json};

/// An instance that fits `schema`, unless the schema asks for a pattern or for more than [`MOST_BYTES`].
pub(super) fn instance(schema: &Value) -> Value {
    Builder { root: schema, left: MOST_BYTES }.build(schema, 0)
}

struct Builder<'a> {
    root: &'a Value,
    /// Bytes that may still be written.
    left: usize,
}

impl<'a> Builder<'a> {
    fn build(&mut self, schema: &'a Value, depth: usize) -> Value {
        // Every step is paid for, also one that writes nothing: references can make a small schema endless.
        if depth == DEEPEST || !self.spend(4) {
            return Value::Null;
        }
        let Some(schema) = self.resolve(schema).as_object() else { return Value::Null };
        if let Some(fixed) = schema.get("const").or_else(|| schema.get("enum")?.as_array()?.first()) {
            return self.copy(fixed);
        }
        if let Some(branch) = first_branch(schema) {
            return self.build(branch, depth + 1);
        }
        match kind(schema).as_str() {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, depth),
            "string" => self.string(schema),
            "integer" => number(schema, true),
            "number" => number(schema, false),
            "boolean" => json!(false),
            _ => Value::Null,
        }
    }

    /// Follows `$ref` inside the document.
    fn resolve(&mut self, mut schema: &'a Value) -> &'a Value {
        for _ in 0..DEEPEST {
            let Some(pointer) = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#'))
            else {
                break;
            };
            match self.root.pointer(pointer) {
                Some(target) if self.spend(pointer.len()) => schema = target,
                _ => break,
            }
        }
        schema
    }

    fn object(&mut self, schema: &'a Map<String, Value>, depth: usize) -> Value {
        let mut object = Map::new();
        for part in list(schema, "allOf") {
            if let Value::Object(more) = self.build(part, depth + 1) {
                object.extend(more);
            }
        }
        for name in list(schema, "required") {
            let name = name.as_str().unwrap_or_default();
            if !self.spend(name.len()) {
                break;
            }
            let property = schema.get("properties").and_then(|p| p.get(name));
            if let Some(property) = property {
                object.insert(name.to_owned(), self.build(property, depth + 1));
            } else {
                object.entry(name).or_insert(Value::Null);
            }
        }
        Value::Object(object)
    }

    fn array(&mut self, schema: &'a Map<String, Value>, depth: usize) -> Value {
        let prefix = list(schema, "prefixItems");
        let least = whole(schema, "minItems").unwrap_or(0);
        let mut items = Vec::new();
        while items.len() < least && self.left > 0 {
            let item = prefix.get(items.len()).or_else(|| schema.get("items")).unwrap_or(&Value::Null);
            items.push(self.build(item, depth + 1));
            self.spend(1);
        }
        Value::Array(items)
    }

    fn string(&mut self, schema: &Map<String, Value>) -> Value {
        let known = schema.get("format").and_then(Value::as_str);
        let mut text = known
            .and_then(|format| FORMATS.iter().find(|(name, _)| *name == format))
            .map_or("mock", |(_, text)| text)
            .to_owned();
        let least = whole(schema, "minLength").unwrap_or(0).min(self.left);
        while text.len() < least {
            text.push('k');
        }
        if let Some(most) = whole(schema, "maxLength") {
            text.truncate(most);
        }
        self.spend(text.len());
        Value::String(text)
    }

    fn copy(&mut self, value: &Value) -> Value {
        let bytes = value.to_string().len();
        if self.spend(bytes) { value.clone() } else { Value::Null }
    }

    /// False, and nothing is left, when there was not as much.
    fn spend(&mut self, bytes: usize) -> bool {
        let enough = self.left >= bytes.max(1);
        self.left = if enough { self.left - bytes.max(1) } else { 0 };
        enough
    }
}

/// The branch of `anyOf` or `oneOf` to fill: the first that is not `null`.
fn first_branch(schema: &Map<String, Value>) -> Option<&Value> {
    let branches = match list(schema, "anyOf") {
        [] => list(schema, "oneOf"),
        some => some,
    };
    let is_null = |branch: &&Value| branch.get("type").and_then(Value::as_str) == Some("null");
    branches.iter().take(MOST_CHOICES).find(|branch| !is_null(branch)).or(branches.first())
}

/// The type in lower case; where none is named, what the other keywords speak of.
fn kind(schema: &Map<String, Value>) -> String {
    let named = match schema.get("type") {
        Some(Value::String(one)) => Some(one.as_str()),
        Some(Value::Array(several)) => {
            several.iter().take(MOST_CHOICES).filter_map(Value::as_str).find(|name| *name != "null")
        }
        _ => None,
    };
    match named {
        Some(name) => name.to_ascii_lowercase(),
        None if ["properties", "required", "allOf"].iter().any(|key| schema.contains_key(*key)) => {
            "object".into()
        }
        None if schema.contains_key("items") => "array".into(),
        None => "null".into(),
    }
}

/// The number nearest to one within the bounds. Not zero: clients hold some numbers to bounds that they state in
/// words only (the Gemini CLI's router wants a score "from 1-100").
fn number(schema: &Map<String, Value>, integer: bool) -> Value {
    let bound = |key| schema.get(key).and_then(Value::as_f64);
    let low = bound("minimum").into_iter().chain(bound("exclusiveMinimum").map(|n| n.floor() + 1.0));
    let high = bound("maximum").into_iter().chain(bound("exclusiveMaximum").map(|n| n.ceil() - 1.0));
    let low = low.fold(f64::NEG_INFINITY, f64::max);
    let high = high.fold(f64::INFINITY, f64::min);
    let mut n = low.max(1.0).min(high);
    let step = bound("multipleOf").filter(|step| *step > 0.0).or(integer.then_some(1.0));
    if let Some(step) = step {
        let above = (n / step).ceil() * step;
        n = if above <= high { above } else { (n / step).floor() * step };
    }
    if n.fract() == 0.0 && n.abs() < 9e15 {
        // Exact: below 2^53.
        return json!(n as i64);
    }
    Number::from_f64(n).map_or(Value::Null, Value::Number)
}

fn list<'a>(schema: &'a Map<String, Value>, key: &str) -> &'a [Value] {
    schema.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A count; Gemini writes these as strings.
fn whole(schema: &Map<String, Value>, key: &str) -> Option<usize> {
    let value = schema.get(key)?;
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    usize::try_from(number).ok()
}

/// How deep schemas and references are followed.
const DEEPEST: usize = 32;
/// About how long the instance may get.
const MOST_BYTES: usize = 64 << 10;
/// How many branches or types are looked at to find one that is not `null`.
const MOST_CHOICES: usize = 16;
/// Strings in the formats that clients validate (JSON Schema 2020-12, section 7.3).
const FORMATS: &[(&str, &str)] = &[
    ("date-time", "2026-11-24T00:00:00Z"),
    ("date", "2026-11-24"),
    ("time", "00:00:00Z"),
    ("duration", "PT0S"),
    ("email", "mock@example.com"),
    ("hostname", "example.com"),
    ("ipv4", "192.0.2.1"),
    ("ipv6", "2001:db8::1"),
    ("uri", "https://example.com"),
    ("uuid", "00000000-0000-4000-8000-000000000000"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances() {
        for (schema, expected) in [
            (
                json!({"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}),
                json!({"title": "mock"}),
            ),
            (json!({"type": "object", "properties": {"a": {"type": "string"}}}), json!({})),
            (json!({"enum": ["b", "a"]}), json!("b")),
            (json!({"const": [1]}), json!([1])),
            (json!({"type": ["null", "boolean"]}), json!(false)),
            (json!({"anyOf": [{"type": "null"}, {"type": "integer"}]}), json!(1)),
            (json!({"type": "integer", "minimum": 1, "maximum": 100}), json!(1)),
            (json!({"type": "INTEGER", "maximum": -2.5}), json!(-3)),
            (json!({"type": "integer", "minimum": 2.5}), json!(3)),
            (json!({"type": "number", "exclusiveMinimum": 1}), json!(2)),
            (json!({"type": "integer", "maximum": 7, "multipleOf": 5}), json!(5)),
            (json!({"type": "integer", "maximum": 4, "multipleOf": 5}), json!(0)),
            (json!({"type": "number", "minimum": 9, "maximum": 0.5}), json!(0.5)),
            (json!({"type": "integer", "minimum": 1, "multipleOf": 5}), json!(5)),
            (json!({"type": "number", "maximum": 0.5}), json!(0.5)),
            (json!({"type": "ARRAY", "minItems": "2", "items": {"type": "STRING"}}), json!(["mock", "mock"])),
            (json!({"type": "array", "items": {"type": "string"}}), json!([])),
            (
                json!({"type": "array", "minItems": 2, "prefixItems": [{"type": "null"}], "items": {"type": "integer"}}),
                json!([null, 1]),
            ),
            (json!({"type": "string", "minLength": 6, "maxLength": 6}), json!("mockkk")),
            (json!({"type": "string", "maxLength": 2}), json!("mo")),
            (json!({"type": "string", "format": "date"}), json!("2026-11-24")),
            (
                json!({"allOf": [{"type": "object", "required": ["a"]}], "required": ["b"]}),
                json!({"a": null, "b": null}),
            ),
            (json!({"$ref": "#/$defs/x", "$defs": {"x": {"type": "boolean"}}}), json!(false)),
            (json!(true), Value::Null),
            (json!([]), Value::Null),
        ] {
            assert_eq!(instance(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn hostile_schemas_end() {
        let itself = json!({"$ref": "#"});
        assert_eq!(instance(&itself), Value::Null);
        let both = json!({"type": "object", "required": ["a", "b"], "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}}});
        let long = json!({"type": "array", "minItems": 4_000_000_000_u64, "items": {"type": "string", "minLength": 1_u64 << 40}});
        let copies = json!({"type": "array", "minItems": 1_000_000, "items": {"const": "x".repeat(30_000)}});
        for schema in [both, long, copies] {
            let length = instance(&schema).to_string().len();
            assert!(length < 10 * MOST_BYTES, "{length}");
        }
    }
}

//! Checks a call's arguments against the tool's declared JSON Schema: the subset of draft 2020-12 that tools are written
//! in. A schema with a keyword that would not be checked is refused at start: a limit that is not enforced is a lie.

use serde_json::{Map, Value};

/// Whether a schema is one that [`check`] understands completely.
///
/// # Errors
/// A sentence that names the first keyword that it does not, and where.
pub(crate) fn understand(schema: &Value) -> Result<(), String> {
    understand_at(schema, schema, "", 0)
}

/// Whether `value` is what the schema says.
///
/// # Errors
/// A sentence for the model that wrote the arguments: where they are wrong, and how.
pub(crate) fn check(schema: &Value, value: &Value) -> Result<(), String> {
    check_at(schema, schema, value, "arguments", 0)
}

fn understand_at(root: &Value, schema: &Value, at: &str, depth: usize) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("input_schema{at}: {what}"));
    if depth > DEEPEST {
        return wrong("it is nested too deeply");
    }
    let object = match schema {
        Value::Bool(_) => return Ok(()),
        Value::Object(object) => object,
        _ => return wrong("a schema is an object or a boolean"),
    };
    for (keyword, said) in object {
        let inside = format!("{at}/{keyword}");
        match keyword.as_str() {
            "type" => {
                let known = |name: &Value| name.as_str().is_some_and(|name| TYPES.contains(&name));
                let fits = known(said) || said.as_array().is_some_and(|all| all.iter().all(known));
                if !fits {
                    return wrong(&format!("there is no type {said}"));
                }
            }
            "properties" | "$defs" | "definitions" => {
                let Value::Object(members) = said else { return wrong(&format!("{keyword} is an object")) };
                for (name, schema) in members {
                    understand_at(root, schema, &format!("{inside}/{name}"), depth + 1)?;
                }
            }
            "items" | "additionalProperties" | "not" => understand_at(root, said, &inside, depth + 1)?,
            "anyOf" | "oneOf" | "allOf" => {
                let Some(all) = said.as_array().filter(|all| !all.is_empty()) else {
                    return wrong(&format!("{keyword} is a list of schemas"));
                };
                for schema in all {
                    understand_at(root, schema, &inside, depth + 1)?;
                }
            }
            "required" => {
                if !said.as_array().is_some_and(|all| all.iter().all(Value::is_string)) {
                    return wrong("required is a list of names");
                }
            }
            "enum" if said.is_array() => {}
            "$ref" if said.as_str().is_some_and(|path| referred(root, path).is_some()) => {}
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" if said.is_number() => {}
            "minLength" | "maxLength" | "minItems" | "maxItems" if said.is_u64() => {}
            "const" => {}
            keyword if SAID_ONLY.contains(&keyword) => {}
            _ => return wrong(&format!("{keyword:?} is not checked here, or not in this form")),
        }
    }
    Ok(())
}

fn check_at(root: &Value, schema: &Value, value: &Value, at: &str, depth: usize) -> Result<(), String> {
    if depth > DEEPEST {
        return Err(format!("{at} is nested too deeply"));
    }
    let object = match schema {
        Value::Bool(true) => return Ok(()),
        Value::Object(object) => object,
        _ => return Err(format!("{at} must not be there")),
    };
    let fits = |schema: &Value| check_at(root, schema, value, at, depth + 1);
    let list = |keyword: &str| object.get(keyword).and_then(Value::as_array).map(Vec::as_slice);
    if let Some(path) = object.get("$ref").and_then(Value::as_str) {
        fits(referred(root, path).unwrap_or(&Value::Bool(false)))?;
    }
    if let Some(wanted) = object.get("type") {
        let is = |name: &Value| name.as_str().is_some_and(|name| is_of(name, value));
        if !is(wanted) && !wanted.as_array().is_some_and(|all| all.iter().any(is)) {
            return Err(format!("{at} must be of type {}", plainly(wanted)));
        }
    }
    if let Some(all) = list("enum").filter(|all| !all.iter().any(|one| same(one, value))) {
        return Err(format!("{at} must be one of {}", plainly_all(all)));
    }
    if let Some(wanted) = object.get("const").filter(|wanted| !same(wanted, value)) {
        return Err(format!("{at} must be {wanted}"));
    }
    for schema in list("allOf").unwrap_or_default() {
        fits(schema)?;
    }
    if list("anyOf").is_some_and(|all| !all.iter().any(|schema| fits(schema).is_ok())) {
        return Err(format!("{at} fits none of the forms it may have"));
    }
    if list("oneOf").is_some_and(|all| all.iter().filter(|schema| fits(schema).is_ok()).count() != 1) {
        return Err(format!("{at} must fit exactly one of the forms it may have"));
    }
    if object.get("not").is_some_and(|schema| fits(schema).is_ok()) {
        return Err(format!("{at} has a form that it must not have"));
    }
    match value {
        Value::Object(members) => check_members(root, object, members, at, depth),
        Value::Array(items) => {
            within(object, "minItems", "maxItems", items.len(), &format!("{at} must have"), "items")?;
            let Some(schema) = object.get("items") else { return Ok(()) };
            items
                .iter()
                .enumerate()
                .try_for_each(|(i, item)| check_at(root, schema, item, &format!("{at}[{i}]"), depth + 1))
        }
        Value::String(text) => {
            let length = text.chars().count();
            within(object, "minLength", "maxLength", length, &format!("{at} must have"), "characters")
        }
        Value::Number(number) => check_number(object, number.as_f64().unwrap_or(f64::NAN), at),
        Value::Null | Value::Bool(_) => Ok(()),
    }
}

fn check_members(
    root: &Value,
    object: &Map<String, Value>,
    members: &Map<String, Value>,
    at: &str,
    depth: usize,
) -> Result<(), String> {
    let required = object.get("required").and_then(Value::as_array).into_iter().flatten();
    for name in required.filter_map(Value::as_str) {
        if !members.contains_key(name) {
            return Err(format!("{at} lacks {name:?}"));
        }
    }
    let properties = object.get("properties").and_then(Value::as_object);
    for (name, member) in members {
        let inside = format!("{at}.{name}");
        match properties.and_then(|all| all.get(name)) {
            Some(schema) => check_at(root, schema, member, &inside, depth + 1)?,
            None => match object.get("additionalProperties") {
                Some(Value::Bool(false)) => return Err(format!("{at} must not have {name:?}")),
                Some(schema) => check_at(root, schema, member, &inside, depth + 1)?,
                None => {}
            },
        }
    }
    Ok(())
}

fn check_number(object: &Map<String, Value>, number: f64, at: &str) -> Result<(), String> {
    let limit = |keyword: &str| object.get(keyword).and_then(Value::as_f64);
    let rules = [
        ("minimum", "at least", limit("minimum").is_some_and(|low| number < low)),
        ("maximum", "at most", limit("maximum").is_some_and(|high| number > high)),
        ("exclusiveMinimum", "more than", limit("exclusiveMinimum").is_some_and(|low| number <= low)),
        ("exclusiveMaximum", "less than", limit("exclusiveMaximum").is_some_and(|high| number >= high)),
    ];
    match rules.iter().find(|(.., broken)| *broken || number.is_nan()) {
        Some((keyword, how, _)) => {
            Err(format!("{at} must be {how} {}", object.get(*keyword).unwrap_or(&Value::Null)))
        }
        None => Ok(()),
    }
}

fn within(
    object: &Map<String, Value>,
    low: &str,
    high: &str,
    count: usize,
    must: &str,
    what: &str,
) -> Result<(), String> {
    let limit = |keyword: &str| object.get(keyword).and_then(Value::as_u64);
    let count = count as u64;
    if let Some(low) = limit(low).filter(|low| count < *low) {
        return Err(format!("{must} at least {low} {what}"));
    }
    if let Some(high) = limit(high).filter(|high| count > *high) {
        return Err(format!("{must} at most {high} {what}"));
    }
    Ok(())
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        _ => false,
    }
}

/// Numbers are equal whatever they are written as.
fn same(a: &Value, b: &Value) -> bool {
    a == b || a.is_number() && b.is_number() && a.as_f64() == b.as_f64()
}

/// A type or a list of types, for a sentence.
fn plainly(value: &Value) -> String {
    value.as_array().map_or_else(|| plainly_all(std::slice::from_ref(value)), |all| plainly_all(all))
}

fn plainly_all(values: &[Value]) -> String {
    let one = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    values.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A reference inside the same schema.
fn referred<'a>(root: &'a Value, path: &str) -> Option<&'a Value> {
    root.pointer(path.strip_prefix('#')?)
}

const TYPES: &[&str] = &["object", "array", "string", "boolean", "null", "number", "integer"];
/// Keywords that say something and forbid nothing.
const SAID_ONLY: &[&str] = &[
    "$schema",
    "$id",
    "$comment",
    "title",
    "description",
    "default",
    "example",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "format",
];
/// Also what ends a reference that leads to itself.
const DEEPEST: usize = 64;

#[cfg(test)]
mod tests;

//! How Google's servers read JSON: names in camel case or snake case, a lone thing where a list is meant, and numbers
//! as strings.

use crate::problem::Problem;
use crate::translate::field::{self, Object, refused, take};
use serde_json::Value;
use std::fmt::Display;

/// The object with its own members in camel case. Of a member that is there in both cases, the first stays.
///
/// # Errors
/// When it is not an object.
pub(crate) fn object(value: Value, at: impl Display) -> Result<Object, Problem> {
    field::object(value, at).map(camel)
}

/// A member that is an object, in camel case.
pub(crate) fn take_object(object: &mut Object, key: &str) -> Option<Object> {
    field::take_object(object, key).map(camel)
}

/// A member that is a list, or the only entry of one.
///
/// # Errors
/// When it is neither.
pub(crate) fn take_list(object: &mut Object, key: &str, at: impl Display) -> Result<Vec<Value>, Problem> {
    match take(object, key) {
        None => Ok(Vec::new()),
        Some(Value::Array(list)) => Ok(list),
        Some(one @ Value::Object(_)) => Ok(vec![one]),
        Some(_) => Err(refused(at, format_args!("{key} must be a list"))),
    }
}

/// A whole number, which protobuf's JSON may also write as a string.
pub(crate) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    }
}

fn camel(object: Object) -> Object {
    if !object.keys().any(|key| key.contains('_')) {
        return object;
    }
    let mut out = Object::with_capacity(object.len());
    for (key, value) in object {
        out.entry(camel_case(key)).or_insert(value);
    }
    out
}

/// `system_instruction` is `systemInstruction`.
pub(super) fn camel_case(key: String) -> String {
    if !key.contains('_') {
        return key;
    }
    let mut out = String::with_capacity(key.len());
    let mut after = false;
    for c in key.chars() {
        match c {
            '_' => after = !out.is_empty(),
            _ if std::mem::take(&mut after) => out.push(c.to_ascii_uppercase()),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_cases_are_one_name() {
        let read = object(json!({"system_instruction": 1, "topP": 2, "a__b_": 3, "_x": 4, "top_p": 5}), "x")
            .unwrap();
        let want = json!({"systemInstruction": 1, "topP": 2, "aB": 3, "x": 4});
        assert_eq!(Value::Object(read), want);
    }
}

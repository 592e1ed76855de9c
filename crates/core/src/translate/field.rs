//! Reading a request's JSON by taking it apart: what was understood is moved out, what is left over was not.

use crate::problem::Problem;
use serde_json::{Map, Value};
use std::fmt::Display;

pub(crate) type Object = Map<String, Value>;

/// The value of a member, moved out; `null` says as much as nothing. The order of what stays behind is lost.
pub(crate) fn take(object: &mut Object, key: &str) -> Option<Value> {
    object.remove(key).filter(|value| !value.is_null())
}

/// As [`take`], for text. Anything else is as good as nothing.
pub(crate) fn take_text(object: &mut Object, key: &str) -> Option<String> {
    match take(object, key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

pub(crate) fn take_object(object: &mut Object, key: &str) -> Option<Object> {
    match take(object, key) {
        Some(Value::Object(inner)) => Some(inner),
        _ => None,
    }
}

pub(crate) fn text<'a>(object: &'a Object, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a field says something: an empty list or object, `false` and `null` do not.
pub(crate) fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(list) => !list.is_empty(),
        Value::Object(object) => !object.is_empty(),
        _ => true,
    }
}

/// # Errors
/// When it is not an object.
pub(crate) fn object(value: Value, at: impl Display) -> Result<Object, Problem> {
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(refused(at, "must be an object")),
    }
}

/// # Errors
/// When it is there, and not a list.
pub(crate) fn take_list(object: &mut Object, key: &str) -> Result<Vec<Value>, Problem> {
    match take(object, key) {
        None => Ok(Vec::new()),
        Some(Value::Array(list)) => Ok(list),
        Some(_) => Err(refused(key, "must be a list")),
    }
}

/// A member that cannot be done without.
///
/// # Errors
/// When it is not there, or no text.
pub(crate) fn need_text(object: &mut Object, key: &str, at: impl Display) -> Result<String, Problem> {
    take_text(object, key).ok_or_else(|| refused(at, format_args!("needs a {key:?} that is a string")))
}

/// The refusal of one place in the caller's body.
pub(crate) fn refused(at: impl Display, why: impl Display) -> Problem {
    Problem::BodyInvalid(format!("{at}: {why}"))
}

/// A place inside `messages`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At {
    pub(crate) message: usize,
    pub(crate) part: usize,
}

impl Display for At {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "messages[{}].content[{}]", self.message, self.part)
    }
}

//! Turns the streams of several turns into one, event by event, in each dialect. What stays the same leaves in the very
//! bytes it came in.

mod chat;
mod gemini;
mod messages;
mod responses;

use crate::dialect::Dialect;
use serde_json::Value;

/// One dialect's way of it.
pub(super) trait Weave {
    /// An event of the current turn. `ours` says whether a tool of that name is to be hidden.
    fn take(&mut self, name: &[u8], data: &[u8], ours: &dyn Fn(&str) -> bool, out: &mut Vec<u8>);
    /// The current turn's answer, as it would have been without a stream; `None` when it failed and all is said.
    fn answer(&self) -> Option<Value>;
    /// Another turn follows: what was held back as the end of this one is let go or said otherwise.
    fn go_on(&mut self, out: &mut Vec<u8>);
    /// That was the last turn: says what was held back.
    fn finish(&mut self, out: &mut Vec<u8>);
}

pub(super) fn of(dialect: Dialect) -> Box<dyn Weave + Send> {
    match dialect {
        Dialect::Messages => Box::new(messages::Messages::default()),
        Dialect::Chat => Box::new(chat::Chat::default()),
        Dialect::Responses => Box::new(responses::Responses::default()),
        Dialect::Gemini => Box::new(gemini::Gemini::default()),
    }
}

/// Writes an event. Data of several lines stays so.
pub(super) fn put(out: &mut Vec<u8>, name: &[u8], data: &[u8]) {
    if !name.is_empty() {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(name);
        out.push(b'\n');
    }
    for line in data.split(|byte| *byte == b'\n') {
        out.extend_from_slice(b"data: ");
        out.extend_from_slice(line);
        out.push(b'\n');
    }
    out.push(b'\n');
}

fn put_value(out: &mut Vec<u8>, name: &[u8], value: &Value) {
    put(out, name, value.to_string().as_bytes());
}

/// Sets a member of an object; of anything else nothing.
fn set(value: &mut Value, name: &str, to: Value) {
    if let Some(members) = value.as_object_mut() {
        members.insert(name.to_owned(), to);
    }
}

/// Adds text to a string member, which is made if it is not there.
fn append_text(value: &mut Value, name: &str, text: &str) {
    let Some(members) = value.as_object_mut() else { return };
    match members.get_mut(name) {
        Some(Value::String(before)) => before.push_str(text),
        _ => {
            members.insert(name.to_owned(), text.into());
        }
    }
}

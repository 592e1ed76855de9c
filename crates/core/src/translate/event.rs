//! Writing events of the caller's stream.

use serde_json::Value;

/// An event with a name: Messages, Responses. SDKs dispatch on the name.
pub(crate) fn named(out: &mut Vec<u8>, name: &str, data: &Value) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.push(b'\n');
    bare(out, data);
}

/// An event of data only: Chat, Gemini.
pub(crate) fn bare(out: &mut Vec<u8>, data: &Value) {
    out.extend_from_slice(b"data: ");
    out.extend_from_slice(data.to_string().as_bytes());
    out.extend_from_slice(b"\n\n");
}

/// Keeps the connection alive where the caller's dialect has no event for it. Never for Gemini.
pub(crate) fn comment(out: &mut Vec<u8>) {
    out.extend_from_slice(b": ping\n\n");
}

/// The JSON of an event; `None` for anything else, which every SDK would choke on.
pub(crate) fn json(data: &[u8]) -> Option<serde_json::Map<String, Value>> {
    match serde_json::from_slice(data) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

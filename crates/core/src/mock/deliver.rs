//! Turns events into pieces: one piece per event, with the waits and the cut that were asked for.

use super::directive::Directives;
use super::{Answer, Piece};
use crate::time::Millis;
use bytes::Bytes;
use serde_json::Value;

/// An event stream. When cut, about half of the events are sent, and never the last one.
pub(super) fn stream(events: Vec<String>, directives: &Directives<'_>) -> Answer {
    deliver("text/event-stream; charset=utf-8", events, directives)
}

/// A JSON body. When cut, half of its bytes are sent.
pub(super) fn whole(body: &Value, directives: &Directives<'_>) -> Answer {
    deliver("application/json", vec![body.to_string()], directives)
}

/// One server-sent event with a name, as the Anthropic and OpenAI SDKs dispatch on it.
pub(super) fn named_event(data: &Value) -> String {
    let name = data.get("type").and_then(Value::as_str).unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n")
}

/// Sets the wait before each piece, until [`SLOWEST`] is used up.
pub(super) fn slow_down(pieces: &mut [Piece], wait: Millis) {
    let mut left = SLOWEST.0;
    for piece in pieces {
        let wait = wait.0.min(left);
        left -= wait;
        piece.wait = Millis(wait);
    }
}

fn deliver(content_type: &'static str, mut events: Vec<String>, directives: &Directives<'_>) -> Answer {
    if directives.cut {
        match events.as_mut_slice() {
            [only] => only.truncate(only.floor_char_boundary(only.len() / 2)),
            more => {
                let half = more.len() / 2;
                events.truncate(half);
            }
        }
    }
    let mut pieces: Vec<Piece> =
        events.into_iter().map(|event| Piece { wait: Millis(0), bytes: Bytes::from(event) }).collect();
    slow_down(&mut pieces, directives.slow);
    Answer { status: 200, content_type, headers: &[], pieces, cut: directives.cut }
}

/// The longest that all waits of one answer may be together.
const SLOWEST: Millis = Millis(60_000);

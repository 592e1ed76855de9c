//! Bedrock's streamed answer as the server-sent events that Anthropic itself would have sent. The events' JSON stays byte
//! for byte, but for the metrics that Amazon adds to the last one.

use crate::envelope::Splice;
use crate::event_stream::{Corrupt, Decoder, Frame};
use crate::meter::json::{first_member, string, word};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

/// Frames in, events out; the same for every split.
#[derive(Debug, Default)]
pub struct ToEvents {
    decoder: Decoder,
    /// An exception came: nothing that follows belongs to the answer.
    failed: bool,
}

impl ToEvents {
    /// # Errors
    /// [`Corrupt`]: what has been written so far is all there is.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Corrupt> {
        let failed = &mut self.failed;
        self.decoder.feed(bytes, |frame| {
            if !*failed {
                *failed = !write(frame, out);
            }
        })
    }

    /// The bytes were whole frames.
    pub fn is_whole(&self) -> bool {
        self.decoder.is_whole()
    }
}

/// `false`: the frame ends the answer with an error.
fn write(frame: Frame<'_>, out: &mut Vec<u8>) -> bool {
    let header = |name| frame.header(name).unwrap_or_default();
    match header(":message-type") {
        "event" if header(":event-type") == "chunk" => {
            let encoded = first_member(frame.payload, b"bytes").and_then(string).unwrap_or_default();
            let Ok(json) = STANDARD.decode(encoded) else {
                error("internalServerException", "the provider sent a chunk that is not base64", out);
                return false;
            };
            event(&json.into(), out);
            true
        }
        "exception" => {
            error(header(":exception-type"), &message(frame.payload), out);
            false
        }
        "error" => {
            error(header(":error-code"), header(":error-message"), out);
            false
        }
        // Events of other kinds say nothing about the answer.
        _ => true,
    }
}

fn event(json: &Bytes, out: &mut Vec<u8>) {
    let kind = first_member(json, b"type").and_then(word).unwrap_or_default();
    if !kind.is_empty() {
        out.extend_from_slice(b"event: ");
        out.extend_from_slice(kind.as_bytes());
        out.push(b'\n');
    }
    let json = match kind {
        "message_stop" => Splice::default().without("amazon-bedrock-invocationMetrics").apply(json).0,
        _ => json.clone(),
    };
    out.extend_from_slice(b"data: ");
    // A line end inside JSON is white space; inside an event it would end the line.
    out.extend(json.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }));
    out.extend_from_slice(b"\n\n");
}

fn error(exception: &str, message: &str, out: &mut Vec<u8>) {
    let (_, kind) = super::answer::meaning(exception).unwrap_or((500, "api_error"));
    let body = super::answer::error_body(kind, message);
    event(&body.to_string().into(), out);
}

fn message(payload: &[u8]) -> String {
    let text = serde_json::from_slice::<serde_json::Value>(payload).unwrap_or_default();
    let text = text.get("message").or_else(|| text.get("Message")).and_then(serde_json::Value::as_str);
    text.unwrap_or("the provider broke off its answer").to_owned()
}

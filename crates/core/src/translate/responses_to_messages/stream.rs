//! A Messages stream as a Responses stream. PROTOCOLS.md A4, B4, I6.

use crate::dialect::Dialect;
use crate::sse::Event;
use crate::translate::field::{self, Object, take_object, take_text};
use crate::translate::responses::carrier;
use crate::translate::responses::writer::Writer;
use crate::translate::{Memo, StreamMachine, event, stop_reason, usage_shape};
use serde_json::Value;

pub(super) struct Stream {
    writer: Writer,
    show_reasoning: bool,
    /// The thinking block that is open.
    thinking: Option<Thinking>,
    stop_reason: Option<String>,
    /// The counts so far; the last value of each wins.
    usage: Object,
}

#[derive(Default)]
struct Thinking {
    text: String,
    signature: String,
    redacted: String,
}

impl Stream {
    pub(super) fn new(memo: &Memo) -> Self {
        Self {
            writer: Writer::new(memo),
            show_reasoning: memo.show_reasoning,
            thinking: None,
            stop_reason: None,
            usage: Object::new(),
        }
    }

    fn event(&mut self, mut data: Object, out: &mut Vec<u8>) {
        match take_text(&mut data, "type").unwrap_or_default().as_str() {
            "message_start" => {
                let mut message = take_object(&mut data, "message").unwrap_or_default();
                self.count(take_object(&mut message, "usage"));
                self.writer.start(field::text(&message, "id"), out);
            }
            "content_block_start" => {
                self.writer.start("", out);
                let block = take_object(&mut data, "content_block").unwrap_or_default();
                self.open(block, out);
            }
            "content_block_delta" => {
                self.writer.start("", out);
                let delta = take_object(&mut data, "delta").unwrap_or_default();
                self.delta(&delta, out);
            }
            "content_block_stop" => self.close(out),
            "message_delta" => {
                self.count(take_object(&mut data, "usage"));
                let mut delta = take_object(&mut data, "delta").unwrap_or_default();
                self.stop_reason = take_text(&mut delta, "stop_reason").or(self.stop_reason.take());
                let refused = self.stop_reason.as_deref() == Some("refusal");
                let details = take_object(&mut delta, "stop_details").unwrap_or_default();
                if let Some(why) = details.get("explanation").and_then(Value::as_str).filter(|_| refused) {
                    self.close(out);
                    self.writer.start("", out);
                    self.writer.refusal(why, out);
                }
            }
            "message_stop" => self.complete(out),
            "ping" => event::comment(out),
            "error" => self.writer.fail(&Value::Object(data), out),
            // New kinds of events come every month.
            _ => {}
        }
    }

    fn open(&mut self, mut block: Object, out: &mut Vec<u8>) {
        self.close(out);
        match field::text(&block, "type") {
            "text" => self.writer.text(field::text(&block, "text"), out),
            "thinking" => {
                self.writer.open_reasoning(out);
                self.thinking = Some(Thinking::default());
                self.think(field::text(&block, "thinking"), out);
            }
            "redacted_thinking" => {
                self.writer.open_reasoning(out);
                let redacted = take_text(&mut block, "data").unwrap_or_default();
                self.thinking = Some(Thinking { redacted, ..Thinking::default() });
            }
            "tool_use" => {
                self.writer.open_call(field::text(&block, "id"), field::text(&block, "name"), out);
                // Some servers that imitate the dialect send the input at once.
                if let Some(input) = take_object(&mut block, "input").filter(|input| !input.is_empty()) {
                    self.writer.input(&Value::Object(input).to_string(), out);
                }
            }
            _ => {}
        }
    }

    fn delta(&mut self, delta: &Object, out: &mut Vec<u8>) {
        match field::text(delta, "type") {
            "text_delta" if !self.writer.in_call() && self.thinking.is_none() => {
                self.writer.text(field::text(delta, "text"), out);
            }
            "thinking_delta" => self.think(field::text(delta, "thinking"), out),
            "signature_delta" => {
                let signature = field::text(delta, "signature");
                if let Some(thinking) = &mut self.thinking
                    && self.writer.keep(signature, out)
                {
                    thinking.signature.push_str(signature);
                }
            }
            "input_json_delta" => self.writer.input(field::text(delta, "partial_json"), out),
            _ => {}
        }
    }

    fn think(&mut self, text: &str, out: &mut Vec<u8>) {
        let Some(thinking) = &mut self.thinking else { return };
        if !self.writer.keep(text, out) {
            return;
        }
        thinking.text.push_str(text);
        if self.show_reasoning {
            self.writer.reasoning(text, out);
        }
    }

    /// Ends the block; a message goes on with the next text.
    fn close(&mut self, out: &mut Vec<u8>) {
        if let Some(Thinking { text, signature, redacted }) = self.thinking.take() {
            let sealed =
                carrier::wrap_thinking(&text, &signature).or_else(|| carrier::wrap_redacted(&redacted));
            self.writer.seal(sealed, out);
        } else if self.writer.in_call() {
            self.writer.close(out);
        }
    }

    fn count(&mut self, usage: Option<Object>) {
        for (key, value) in usage.unwrap_or_default() {
            if !value.is_null() {
                self.usage.insert(key, value);
            }
        }
    }

    fn complete(&mut self, out: &mut Vec<u8>) {
        self.close(out);
        let mut stated = Object::new();
        stated.insert("usage".into(), std::mem::take(&mut self.usage).into());
        let usage = usage_shape::read(Dialect::Messages, &stated).unwrap_or_default();
        let reason = self.stop_reason.as_deref().unwrap_or_default();
        self.writer.complete(stop_reason::of_messages(reason).responses, &usage, out);
    }
}

impl StreamMachine for Stream {
    fn push(&mut self, event: Event<'_>, out: &mut Vec<u8>) {
        if self.writer.ended() {
            return;
        }
        if let Some(data) = event::json(event.data) {
            self.event(data, out);
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        if !self.writer.ended() && self.stop_reason.is_some() {
            self.complete(out);
        }
    }

    fn ended(&self) -> bool {
        self.writer.ended()
    }
}

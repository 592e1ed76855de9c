//! A Messages stream as a Gemini stream. A call leaves in one piece, with the thinking that led to it. PROTOCOLS.md
//! A4, C3, I6.

use super::answer;
use super::thoughts::Thoughts;
use crate::dialect::Dialect;
use crate::sse::Event;
use crate::translate::field::{self, Object, take_object, take_text};
use crate::translate::gemini::reply::{self, Writer};
use crate::translate::{Memo, StreamMachine, arguments, event, usage_shape};
use serde_json::{Value, json};

pub(super) struct Stream {
    writer: Writer,
    block: Block,
    thoughts: Thoughts,
    called: bool,
    stop_reason: Option<String>,
    stop_details: Object,
    /// The counts so far; the last value of each wins.
    usage: Object,
}

/// The block that is open.
#[derive(Default)]
enum Block {
    #[default]
    Other,
    Thinking {
        text: String,
        signature: String,
    },
    Call {
        id: String,
        name: String,
        input: String,
    },
}

impl Stream {
    pub(super) fn new(memo: &Memo) -> Self {
        Self {
            writer: Writer::new(memo),
            block: Block::Other,
            thoughts: Thoughts::default(),
            called: false,
            stop_reason: None,
            stop_details: Object::new(),
            usage: Object::new(),
        }
    }

    fn event(&mut self, mut data: Object, out: &mut Vec<u8>) {
        match take_text(&mut data, "type").unwrap_or_default().as_str() {
            "message_start" => {
                let mut message = take_object(&mut data, "message").unwrap_or_default();
                self.count(take_object(&mut message, "usage"));
                self.writer.start(field::text(&message, "id"));
            }
            "content_block_start" => {
                let block = take_object(&mut data, "content_block").unwrap_or_default();
                self.open(block, out);
            }
            "content_block_delta" => {
                let delta = take_object(&mut data, "delta").unwrap_or_default();
                self.delta(&delta, out);
            }
            "content_block_stop" => self.close(out),
            "message_delta" => {
                self.count(take_object(&mut data, "usage"));
                let mut delta = take_object(&mut data, "delta").unwrap_or_default();
                self.stop_reason = take_text(&mut delta, "stop_reason").or(self.stop_reason.take());
                if let Some(details) = take_object(&mut delta, "stop_details") {
                    self.stop_details = details;
                }
            }
            "message_stop" => self.complete(out),
            "error" => self.writer.fail(&Value::Object(data), out),
            // Pings have no counterpart, and new kinds of events come every month.
            _ => {}
        }
    }

    fn open(&mut self, mut block: Object, out: &mut Vec<u8>) {
        self.close(out);
        match field::text(&block, "type") {
            "text" => self.text(field::text(&block, "text"), out),
            "thinking" => {
                self.writer.release(out);
                self.block = Block::Thinking { text: String::new(), signature: String::new() };
                self.delta(&block, out);
            }
            "redacted_thinking" => self.thoughts.keep(&block),
            "tool_use" => {
                // Its input may take its time.
                self.writer.release(out);
                let id = take_text(&mut block, "id").unwrap_or_default();
                let name = take_text(&mut block, "name").unwrap_or_default();
                // Some servers that imitate the dialect send the input at once.
                let input = take_object(&mut block, "input").filter(|input| !input.is_empty());
                let input = input.map(|input| Value::Object(input).to_string()).unwrap_or_default();
                self.block = Block::Call { id, name, input };
            }
            _ => {}
        }
    }

    /// A delta says what it is by its only member.
    fn delta(&mut self, delta: &Object, out: &mut Vec<u8>) {
        match &mut self.block {
            Block::Other => self.text(field::text(delta, "text"), out),
            Block::Thinking { text, signature } => {
                let more = field::text(delta, "thinking");
                if text.len() + signature.len() + more.len() <= MOST {
                    text.push_str(more);
                    signature.push_str(field::text(delta, "signature"));
                }
                if self.writer.memo.show_reasoning && !more.is_empty() {
                    self.writer.thought(more, out);
                }
            }
            Block::Call { input, .. } => {
                let more = field::text(delta, "partial_json");
                if input.len() + more.len() <= MOST {
                    input.push_str(more);
                } else {
                    self.writer.fail(&json!({"error": {"message": TOO_MUCH}}), out);
                }
            }
        }
    }

    fn text(&mut self, text: &str, out: &mut Vec<u8>) {
        if !text.is_empty() {
            self.thoughts.spoken();
            self.writer.part(reply::text(text), out);
        }
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        match std::mem::take(&mut self.block) {
            Block::Other => {}
            Block::Thinking { text, signature } => {
                let mut block = Object::new();
                block.insert("type".into(), "thinking".into());
                block.insert("thinking".into(), text.into());
                block.insert("signature".into(), signature.into());
                self.thoughts.keep(&block);
            }
            Block::Call { id, name, input } => {
                self.called = true;
                let args = arguments::to_object(&input);
                let signature = self.thoughts.signature();
                let part = reply::call(&id, self.writer.memo.tool_name(&name), args, signature);
                self.writer.part(part, out);
            }
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
        let reason = self.stop_reason.take().unwrap_or_default();
        let end = answer::end(&reason, &self.stop_details, self.called, usage);
        self.writer.end(&end, out);
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

/// What a block may make the proxy keep, in bytes.
const MOST: usize = 16 << 20;
const TOO_MUCH: &str = "the upstream's tool call is too large";

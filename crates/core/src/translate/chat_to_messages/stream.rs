//! A Messages stream as a Chat stream. PROTOCOLS.md A4, B3, I6.

use super::reasoning;
use crate::dialect::Dialect;
use crate::sse::Event;
use crate::translate::field::{self, Object, take_object, take_text};
use crate::translate::{
    Memo, StreamMachine, answer_id, custom_tool, event, stop_reason, upstream_error, usage_shape,
};
use serde_json::{Value, json};

pub(super) struct Stream {
    memo: Memo,
    id: String,
    started: bool,
    block: Block,
    /// Calls so far: Chat counts tools only.
    calls: u64,
    thoughts: usize,
    stop_reason: Option<String>,
    /// The counts so far; the last value of each wins.
    usage: Object,
    ended: bool,
}

/// The block that is open.
#[derive(Default)]
enum Block {
    #[default]
    None,
    Thinking,
    /// A function's call; whether arguments were sent.
    Call {
        index: u64,
        said: bool,
    },
    /// A custom tool's call: its text is inside a JSON string that has to be whole.
    Custom {
        index: u64,
        arguments: String,
    },
}

impl Stream {
    pub(super) fn new(memo: &Memo) -> Self {
        Self {
            memo: memo.clone(),
            id: String::new(),
            started: false,
            block: Block::None,
            calls: 0,
            thoughts: 0,
            stop_reason: None,
            usage: Object::new(),
            ended: false,
        }
    }

    fn event(&mut self, mut data: Object, out: &mut Vec<u8>) {
        match take_text(&mut data, "type").unwrap_or_default().as_str() {
            "message_start" => {
                let mut message = take_object(&mut data, "message").unwrap_or_default();
                self.count(take_object(&mut message, "usage"));
                self.start(field::text(&message, "id"), out);
            }
            "content_block_start" => {
                self.start("", out);
                let block = take_object(&mut data, "content_block").unwrap_or_default();
                self.open(block, out);
            }
            "content_block_delta" => {
                let delta = take_object(&mut data, "delta").unwrap_or_default();
                self.delta(delta, out);
            }
            "content_block_stop" => self.close(out),
            "message_delta" => {
                self.count(take_object(&mut data, "usage"));
                let mut delta = take_object(&mut data, "delta").unwrap_or_default();
                self.stop_reason = take_text(&mut delta, "stop_reason").or(self.stop_reason.take());
                let refused = self.stop_reason.as_deref() == Some("refusal");
                let details = take_object(&mut delta, "stop_details").unwrap_or_default();
                if let Some(why) = details.get("explanation").and_then(Value::as_str).filter(|_| refused) {
                    self.chunk(json!({"refusal": why}), out);
                }
            }
            "message_stop" => self.complete(out),
            "ping" => event::comment(out),
            "error" => self.fail(&Value::Object(data), out),
            // New kinds of events come every month.
            _ => {}
        }
    }

    fn start(&mut self, id: &str, out: &mut Vec<u8>) {
        if self.started {
            return;
        }
        self.started = true;
        self.id = answer_id::chat(id, &self.memo);
        self.chunk(json!({"role": "assistant", "content": ""}), out);
    }

    fn open(&mut self, mut block: Object, out: &mut Vec<u8>) {
        self.close(out);
        match field::text(&block, "type") {
            "text" => self.text(field::text(&block, "text"), out),
            "thinking" => {
                self.block = Block::Thinking;
                self.thinking(field::text(&block, "thinking"), out);
            }
            "redacted_thinking" => {
                if let Some(detail) = reasoning::detail(&block, self.thoughts) {
                    self.chunk(json!({"reasoning_details": [detail]}), out);
                    self.thoughts += 1;
                }
            }
            "tool_use" => {
                let id = take_text(&mut block, "id").unwrap_or_default();
                let sent = take_text(&mut block, "name").unwrap_or_default();
                let index = self.calls;
                self.calls += 1;
                let name = self.memo.tool_name(&sent).to_owned();
                let custom = self.memo.custom_tools.contains(&sent);
                let call = if custom {
                    json!({"index": index, "id": id, "type": "custom", "custom": {"name": name, "input": ""}})
                } else {
                    json!({"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": ""}})
                };
                self.chunk(json!({"tool_calls": [call]}), out);
                self.block = if custom {
                    Block::Custom { index, arguments: String::new() }
                } else {
                    Block::Call { index, said: false }
                };
                // Some servers that imitate the dialect send the input at once.
                if let Some(input) = take_object(&mut block, "input").filter(|input| !input.is_empty()) {
                    self.input(&Value::Object(input).to_string(), out);
                }
            }
            _ => {}
        }
    }

    fn delta(&mut self, delta: Object, out: &mut Vec<u8>) {
        match field::text(&delta, "type") {
            "text_delta" => self.text(field::text(&delta, "text"), out),
            "thinking_delta" => self.thinking(field::text(&delta, "thinking"), out),
            "signature_delta" => {
                let detail = json!({
                    "type": reasoning::TEXT,
                    "signature": field::text(&delta, "signature"),
                    "format": reasoning::FORMAT,
                    "index": self.thoughts,
                });
                self.chunk(json!({"reasoning_details": [detail]}), out);
            }
            "input_json_delta" => self.input(field::text(&delta, "partial_json"), out),
            _ => {}
        }
    }

    fn text(&self, text: &str, out: &mut Vec<u8>) {
        if !text.is_empty() {
            self.chunk(json!({"content": text}), out);
        }
    }

    /// To be read, and to be kept together with its signature.
    fn thinking(&self, text: &str, out: &mut Vec<u8>) {
        if !text.is_empty() {
            let detail = json!({
                "type": reasoning::TEXT,
                "text": text,
                "format": reasoning::FORMAT,
                "index": self.thoughts,
            });
            self.chunk(json!({"reasoning_content": text, "reasoning_details": [detail]}), out);
        }
    }

    fn input(&mut self, json: &str, out: &mut Vec<u8>) {
        if json.is_empty() {
            return;
        }
        match &mut self.block {
            Block::Call { index, said } => {
                *said = true;
                let call = json!({"index": *index, "function": {"arguments": json}});
                self.chunk(json!({"tool_calls": [call]}), out);
            }
            Block::Custom { arguments, .. } if arguments.len() + json.len() <= MOST => {
                arguments.push_str(json)
            }
            Block::Custom { .. } => self.fail(&json!({"error": {"message": TOO_MUCH}}), out),
            Block::None | Block::Thinking => {}
        }
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        match std::mem::take(&mut self.block) {
            // Chat callers parse the arguments: nothing is not JSON.
            Block::Call { index, said: false } => {
                let call = json!({"index": index, "function": {"arguments": "{}"}});
                self.chunk(json!({"tool_calls": [call]}), out);
            }
            Block::Custom { index, arguments } => {
                let call = json!({"index": index, "custom": {"input": custom_tool::unwrap(&arguments)}});
                self.chunk(json!({"tool_calls": [call]}), out);
            }
            Block::Thinking => self.thoughts += 1,
            Block::None | Block::Call { .. } => {}
        }
    }

    fn count(&mut self, usage: Option<Object>) {
        for (key, value) in usage.unwrap_or_default() {
            if !value.is_null() {
                self.usage.insert(key, value);
            }
        }
    }

    fn chunk(&self, delta: Value, out: &mut Vec<u8>) {
        self.write(json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": null}]), None, out);
    }

    fn write(&self, choices: Value, usage: Option<Value>, out: &mut Vec<u8>) {
        let mut chunk = Object::new();
        chunk.insert("id".into(), self.id.as_str().into());
        chunk.insert("object".into(), "chat.completion.chunk".into());
        chunk.insert("created".into(), self.memo.created.into());
        chunk.insert("model".into(), self.memo.model.as_str().into());
        chunk.insert("choices".into(), choices);
        if self.memo.stream_usage {
            chunk.insert("usage".into(), usage.into());
        }
        event::bare(out, &Value::Object(chunk));
    }

    fn complete(&mut self, out: &mut Vec<u8>) {
        self.start("", out);
        self.close(out);
        if self.ended {
            return;
        }
        let reason = self.stop_reason.as_deref().unwrap_or_default();
        let finish = if self.calls > 0 { "tool_calls" } else { stop_reason::of_messages(reason).chat };
        self.write(json!([{"index": 0, "delta": {}, "logprobs": null, "finish_reason": finish}]), None, out);
        if self.memo.stream_usage {
            let mut stated = Object::new();
            stated.insert("usage".into(), std::mem::take(&mut self.usage).into());
            let usage = usage_shape::read(Dialect::Messages, &stated).unwrap_or_default();
            self.write(json!([]), Some(usage_shape::chat(&usage)), out);
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
        self.ended = true;
    }

    /// Ends with the upstream's error; no finish reason and no `[DONE]`, so that nobody takes the answer for whole.
    fn fail(&mut self, data: &Value, out: &mut Vec<u8>) {
        event::bare(out, &upstream_error::read_event(data).event(Dialect::Chat));
        self.ended = true;
    }
}

impl StreamMachine for Stream {
    fn push(&mut self, event: Event<'_>, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        if let Some(data) = event::json(event.data) {
            self.event(data, out);
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        if !self.ended && self.stop_reason.is_some() {
            self.complete(out);
        }
    }

    fn ended(&self) -> bool {
        self.ended
    }
}

/// What a custom tool's input may make the proxy keep, in bytes.
const MOST: usize = 16 << 20;
const TOO_MUCH: &str = "the upstream's tool call is too large";

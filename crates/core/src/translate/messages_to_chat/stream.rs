//! A Chat stream as a Messages stream. Blocks never overlap: the first tool call streams, later ones wait for its
//! end. `message_delta` waits for the usage, which Chat servers send last. PROTOCOLS.md A4, B3, I3, I6.

use super::stream_tools::Tools;
use crate::dialect::Dialect;
use crate::sse::Event;
use crate::translate::field::{self, Object, take, take_object, take_text};
use crate::translate::{
    Memo, StreamMachine, answer_id, chat_message, event, stop_reason, upstream_error, usage_shape,
};
use crate::usage::Usage;
use serde_json::{Value, json};

pub(super) struct Stream {
    memo: Memo,
    id: String,
    started: bool,
    /// The kind of the open block.
    open: Option<Open>,
    /// The index of the open block, or of the next one.
    index: u64,
    tools: Tools,
    /// Text that came while a tool call was streaming: a block of its own, after all calls.
    late_text: String,
    refused: bool,
    finish_reason: Option<String>,
    usage: Option<Usage>,
    ended: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Text,
    Thinking,
    Tool,
}

impl Stream {
    pub(super) fn new(memo: &Memo) -> Self {
        Self {
            memo: memo.clone(),
            id: String::new(),
            started: false,
            open: None,
            index: 0,
            tools: Tools::default(),
            late_text: String::new(),
            refused: false,
            finish_reason: None,
            usage: None,
            ended: false,
        }
    }

    fn chunk(&mut self, mut chunk: Object, out: &mut Vec<u8>) {
        if chat_message::truthy(chunk.get("error")) {
            return self.fail(&Value::Object(chunk), out);
        }
        self.usage = usage_shape::read(Dialect::Chat, &chunk).or(self.usage);
        let first = match take(&mut chunk, "choices") {
            Some(Value::Array(choices)) => choices.into_iter().next(),
            _ => None,
        };
        // Azure's first chunk and the usage chunk have no choice, and say nothing of the answer.
        let Some(Value::Object(mut choice)) = first else { return };
        if choice.get("index").and_then(Value::as_u64).unwrap_or(0) != 0 {
            return;
        }
        self.start(field::text(&chunk, "id"), out);
        let delta = take_object(&mut choice, "delta").or_else(|| take_object(&mut choice, "message"));
        if let Some(delta) = delta {
            self.delta(delta, out);
        }
        if let Some(reason) = take_text(&mut choice, "finish_reason").filter(|reason| !reason.is_empty()) {
            self.finish_reason = Some(reason);
        }
    }

    fn delta(&mut self, mut delta: Object, out: &mut Vec<u8>) {
        if let Some(thinking) = chat_message::reasoning(&mut delta)
            && self.memo.show_reasoning
            && self.open != Some(Open::Tool)
        {
            self.open(Open::Thinking, || json!({"type": "thinking", "thinking": "", "signature": ""}), out);
            self.block_delta(json!({"type": "thinking_delta", "thinking": thinking}), out);
        }
        let text = chat_message::text(take(&mut delta, "content"));
        self.text(text, out);
        if let Some(refusal) = take_text(&mut delta, "refusal").filter(|refusal| !refusal.is_empty()) {
            self.refused = true;
            self.text(refusal, out);
        }
        for call in chat_message::calls(&mut delta) {
            let Some(slot) = self.tools.place(call) else {
                return self.fail(&json!({"error": {"message": TOO_MUCH}}), out);
            };
            if slot == 0 {
                self.stream_first_call(out);
            }
        }
    }

    fn text(&mut self, text: String, out: &mut Vec<u8>) {
        if text.is_empty() {
            return;
        }
        if self.open == Some(Open::Tool) {
            self.late_text.push_str(&text);
            return;
        }
        self.open(Open::Text, || json!({"type": "text", "text": ""}), out);
        self.block_delta(json!({"type": "text_delta", "text": text}), out);
    }

    fn stream_first_call(&mut self, out: &mut Vec<u8>) {
        let Some(call) = self.tools.first() else { return };
        // Without a name there is nothing to open yet.
        if call.name.is_empty() {
            return;
        }
        let arguments = std::mem::take(&mut call.arguments);
        if self.open != Some(Open::Tool) {
            let block = call.block(0, &self.id, &self.memo);
            self.open(Open::Tool, || block, out);
        }
        self.arguments(arguments, out);
    }

    fn arguments(&mut self, arguments: String, out: &mut Vec<u8>) {
        if !arguments.is_empty() {
            self.block_delta(json!({"type": "input_json_delta", "partial_json": arguments}), out);
        }
    }

    fn start(&mut self, id: &str, out: &mut Vec<u8>) {
        if self.started {
            return;
        }
        self.started = true;
        self.id = answer_id::messages(id, &self.memo);
        let message = json!({
            "model": self.memo.model,
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
            "stop_details": null,
            // Numbers, not null: Claude Code counts with them.
            "usage": usage_shape::messages(&Usage::default()),
        });
        event::named(out, "message_start", &json!({"type": "message_start", "message": message}));
    }

    /// Makes the open block one of that kind; a tool call is always a new block.
    fn open(&mut self, kind: Open, block: impl FnOnce() -> Value, out: &mut Vec<u8>) {
        if self.open == Some(kind) && kind != Open::Tool {
            return;
        }
        self.close(out);
        self.open = Some(kind);
        let data = json!({"type": "content_block_start", "index": self.index, "content_block": block()});
        event::named(out, "content_block_start", &data);
    }

    fn block_delta(&self, delta: Value, out: &mut Vec<u8>) {
        let data = json!({"type": "content_block_delta", "index": self.index, "delta": delta});
        event::named(out, "content_block_delta", &data);
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        if self.open.take().is_some() {
            let data = json!({"type": "content_block_stop", "index": self.index});
            event::named(out, "content_block_stop", &data);
            self.index += 1;
        }
    }

    /// The answer is whole: everything that waited, then the end.
    fn complete(&mut self, out: &mut Vec<u8>) {
        self.start("", out);
        let calls = std::mem::take(&mut self.tools).into_calls();
        let called = !calls.is_empty();
        for (n, call) in calls.into_iter().enumerate() {
            if n > 0 || self.open != Some(Open::Tool) {
                let block = call.block(n, &self.id, &self.memo);
                self.open(Open::Tool, || block, out);
            }
            self.arguments(call.arguments, out);
        }
        self.close(out);
        let late = std::mem::take(&mut self.late_text);
        self.text(late, out);
        self.close(out);
        let stop = match self.finish_reason.as_deref() {
            _ if called => "tool_use",
            _ if self.refused => "refusal",
            reason => stop_reason::of_chat(reason.unwrap_or_default()).messages,
        };
        let data = json!({
            "type": "message_delta",
            "delta": {"stop_reason": stop, "stop_sequence": null, "stop_details": null},
            "usage": usage_shape::messages(&self.usage.unwrap_or_default()),
        });
        event::named(out, "message_delta", &data);
        event::named(out, "message_stop", &json!({"type": "message_stop"}));
        self.ended = true;
    }

    /// Ends with the upstream's error. The open block stays open: nobody may take it for whole.
    fn fail(&mut self, data: &Value, out: &mut Vec<u8>) {
        event::named(out, "error", &upstream_error::read_event(data).event(Dialect::Messages));
        self.ended = true;
    }
}

impl StreamMachine for Stream {
    fn push(&mut self, event: Event<'_>, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        if event.data.trim_ascii() == b"[DONE]" {
            return self.complete(out);
        }
        // What is not JSON is a keep-alive of a server that knows no comments.
        let Some(chunk) = event::json(event.data) else { return };
        if event.name == b"error" && !chunk.contains_key("error") {
            return self.fail(&Value::Object(chunk), out);
        }
        self.chunk(chunk, out);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        if !self.ended && self.finish_reason.is_some() {
            self.complete(out);
        }
    }

    fn ended(&self) -> bool {
        self.ended
    }
}

const TOO_MUCH: &str = "the upstream's tool calls are too large";

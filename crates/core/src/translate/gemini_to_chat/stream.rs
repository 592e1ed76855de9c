//! A Chat stream as a Gemini stream. Calls leave whole, when the upstream has said all of them. PROTOCOLS.md B3, C3.

use super::answer;
use super::calls::Calls;
use crate::dialect::Dialect;
use crate::sse::Event;
use crate::translate::field::{self, Object, take, take_object, take_text};
use crate::translate::gemini::carrier;
use crate::translate::gemini::reply::{self, End, Writer};
use crate::translate::{Memo, StreamMachine, chat_message, event, usage_shape};
use crate::usage::Usage;
use serde_json::{Value, json};

pub(super) struct Stream {
    writer: Writer,
    calls: Calls,
    /// Until it is too long to be carried.
    reasoning: String,
    refused: bool,
    finish_reason: Option<String>,
    usage: Option<Usage>,
}

impl Stream {
    pub(super) fn new(memo: &Memo) -> Self {
        Self {
            writer: Writer::new(memo),
            calls: Calls::default(),
            reasoning: String::new(),
            refused: false,
            finish_reason: None,
            usage: None,
        }
    }

    fn chunk(&mut self, mut chunk: Object, out: &mut Vec<u8>) {
        if chat_message::truthy(chunk.get("error")) {
            return self.writer.fail(&Value::Object(chunk), out);
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
        self.writer.start(field::text(&chunk, "id"));
        let delta = take_object(&mut choice, "delta").or_else(|| take_object(&mut choice, "message"));
        if let Some(delta) = delta {
            self.delta(delta, out);
        }
        if let Some(reason) = take_text(&mut choice, "finish_reason").filter(|reason| !reason.is_empty()) {
            self.finish_reason = Some(reason);
        }
    }

    fn delta(&mut self, mut delta: Object, out: &mut Vec<u8>) {
        if let Some(thought) = chat_message::reasoning(&mut delta) {
            if self.reasoning.len() <= carrier::MOST {
                self.reasoning.push_str(&thought);
            }
            if self.writer.memo.show_reasoning {
                self.writer.thought(&thought, out);
            }
        }
        let text = chat_message::text(take(&mut delta, "content"));
        self.text(&text, out);
        if let Some(refusal) = take_text(&mut delta, "refusal").filter(|refusal| !refusal.is_empty()) {
            self.refused = true;
            self.text(&refusal, out);
        }
        if self.calls.add(&mut delta).is_none() {
            return self.writer.fail(&json!({"error": {"message": TOO_MUCH}}), out);
        }
        if !self.calls.is_empty() {
            // Arguments may take their time.
            self.writer.release(out);
        }
    }

    fn text(&mut self, text: &str, out: &mut Vec<u8>) {
        if !text.is_empty() {
            self.writer.part(reply::text(text), out);
        }
    }

    /// The answer is whole.
    fn complete(&mut self, out: &mut Vec<u8>) {
        let calls = std::mem::take(&mut self.calls);
        let called = !calls.is_empty();
        self.writer.start(&self.writer.memo.request_id.clone());
        let reasoning = std::mem::take(&mut self.reasoning);
        for part in calls.into_parts(reasoning, &self.writer.id, &self.writer.memo) {
            self.writer.part(part, out);
        }
        let finish = self.finish_reason.take().unwrap_or_default();
        let end = End {
            reason: answer::reason(&finish, called, self.refused),
            message: None,
            usage: self.usage.unwrap_or_default(),
        };
        self.writer.end(&end, out);
    }
}

impl StreamMachine for Stream {
    fn push(&mut self, event: Event<'_>, out: &mut Vec<u8>) {
        if self.writer.ended() {
            return;
        }
        if event.data.trim_ascii() == b"[DONE]" {
            return self.complete(out);
        }
        // What is not JSON is a keep-alive of a server that knows no comments.
        let Some(chunk) = event::json(event.data) else { return };
        if event.name == b"error" && !chunk.contains_key("error") {
            return self.writer.fail(&Value::Object(chunk), out);
        }
        self.chunk(chunk, out);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        if !self.writer.ended() && self.finish_reason.is_some() {
            self.complete(out);
        }
    }

    fn ended(&self) -> bool {
        self.writer.ended()
    }
}

const TOO_MUCH: &str = "the upstream's tool calls are too large";

//! A Chat stream as a Responses stream. Items never overlap: the first tool call streams, later ones wait for its end.
//! The end waits for the usage, which Chat servers send last. PROTOCOLS.md B3, B4, I3, I6.

use crate::dialect::Dialect;
use crate::sse::Event;
use crate::translate::field::{self, Object, take, take_object, take_text};
use crate::translate::messages_to_chat::stream_tools::Tools;
use crate::translate::responses::writer::Writer;
use crate::translate::{Memo, StreamMachine, chat_message, event, stop_reason, usage_shape};
use crate::usage::Usage;
use serde_json::{Value, json};

pub(super) struct Stream {
    writer: Writer,
    show_reasoning: bool,
    tools: Tools,
    /// The first call was begun.
    calling: bool,
    /// Text that came while a tool call was streaming: a message of its own, after all calls.
    late_text: String,
    finish_reason: Option<String>,
    usage: Option<Usage>,
}

impl Stream {
    pub(super) fn new(memo: &Memo) -> Self {
        Self {
            writer: Writer::new(memo),
            show_reasoning: memo.show_reasoning,
            tools: Tools::default(),
            calling: false,
            late_text: String::new(),
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
        self.writer.start(field::text(&chunk, "id"), out);
        let delta = take_object(&mut choice, "delta").or_else(|| take_object(&mut choice, "message"));
        if let Some(delta) = delta {
            self.delta(delta, out);
        }
        if let Some(reason) = take_text(&mut choice, "finish_reason").filter(|reason| !reason.is_empty()) {
            self.finish_reason = Some(reason);
        }
    }

    fn delta(&mut self, mut delta: Object, out: &mut Vec<u8>) {
        if let Some(reasoning) = chat_message::reasoning(&mut delta)
            && self.show_reasoning
            && !self.writer.in_call()
        {
            self.writer.reasoning(&reasoning, out);
        }
        let text = chat_message::text(take(&mut delta, "content"));
        if !self.writer.in_call() {
            self.writer.text(&text, out);
        } else if self.writer.keep(&text, out) {
            self.late_text.push_str(&text);
        }
        if let Some(refusal) = take_text(&mut delta, "refusal")
            && !self.writer.in_call()
        {
            self.writer.refusal(&refusal, out);
        }
        for call in chat_message::calls(&mut delta) {
            let Some(slot) = self.tools.place(call) else {
                return self.writer.fail(&json!({"error": {"message": TOO_MUCH}}), out);
            };
            if slot == 0 {
                self.stream_first_call(out);
            }
        }
    }

    fn stream_first_call(&mut self, out: &mut Vec<u8>) {
        let Some(call) = self.tools.first() else { return };
        // Without a name there is nothing to begin yet.
        if call.name.is_empty() {
            return;
        }
        if !std::mem::replace(&mut self.calling, true) {
            self.writer.open_call(&call.id, &call.name, out);
        }
        self.writer.input(&std::mem::take(&mut call.arguments), out);
    }

    /// The answer is whole: everything that waited, then the end.
    fn complete(&mut self, out: &mut Vec<u8>) {
        self.writer.start("", out);
        for (n, call) in std::mem::take(&mut self.tools).into_calls().into_iter().enumerate() {
            if n > 0 || !self.calling {
                self.writer.open_call(&call.id, &call.name, out);
            }
            self.writer.input(&call.arguments, out);
        }
        let late = std::mem::take(&mut self.late_text);
        self.writer.text(&late, out);
        let reason = self.finish_reason.as_deref().unwrap_or_default();
        self.writer.complete(stop_reason::of_chat(reason).responses, &self.usage.unwrap_or_default(), out);
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

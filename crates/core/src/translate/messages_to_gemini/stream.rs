//! A Gemini stream as a Messages stream. It ends when the upstream's bytes do: Gemini has no last event, and states
//! the usage again with every chunk. PROTOCOLS.md A4, C3, I6.

use super::answer;
use crate::dialect::Dialect;
use crate::sse::Event;
use crate::translate::field::Object;
use crate::translate::gemini::answer::{self as gemini, End, Piece};
use crate::translate::{Memo, StreamMachine, answer_id, chat_message, event, upstream_error, usage_shape};
use crate::usage::Usage;
use serde_json::{Value, json};

pub(super) struct Stream {
    memo: Memo,
    id: String,
    started: bool,
    open: Option<Open>,
    /// The index of the open block, or of the next one.
    index: usize,
    /// Blocks so far, without those that carry signatures.
    shown: usize,
    called: bool,
    end: Option<End>,
    usage: Option<Usage>,
    ended: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Text,
    Thinking,
}

impl Stream {
    pub(super) fn new(memo: &Memo) -> Self {
        Self {
            memo: memo.clone(),
            id: String::new(),
            started: false,
            open: None,
            index: 0,
            shown: 0,
            called: false,
            end: None,
            usage: None,
            ended: false,
        }
    }

    fn chunk(&mut self, mut chunk: Object, out: &mut Vec<u8>) {
        if chat_message::truthy(chunk.get("error")) {
            return self.fail(&Value::Object(chunk), out);
        }
        self.usage = usage_shape::read(Dialect::Gemini, &chunk).or(self.usage);
        let said = gemini::read(&mut chunk);
        self.start(&said.id, out);
        for piece in said.pieces {
            match piece {
                Piece::Text(text) => {
                    self.open(Open::Text, out);
                    self.delta(json!({"type": "text_delta", "text": text}), out);
                }
                Piece::Thought(_) if !self.memo.show_reasoning => {}
                Piece::Thought(text) => {
                    self.open(Open::Thinking, out);
                    self.delta(json!({"type": "thinking_delta", "thinking": text}), out);
                }
                Piece::Call { id, name, args, signature } => self.call(id, &name, &args, signature, out),
            }
        }
        self.end = said.end.or(self.end.take());
    }

    fn start(&mut self, id: &str, out: &mut Vec<u8>) {
        if self.started {
            return;
        }
        self.started = true;
        self.id = answer_id::messages(id, &self.memo);
        let usage = Usage { output: 0, reasoning: 0, ..self.usage.unwrap_or_default() };
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
            "usage": usage_shape::messages(&usage),
        });
        event::named(out, "message_start", &json!({"type": "message_start", "message": message}));
    }

    /// A call comes whole, and its block is closed at once.
    fn call(
        &mut self,
        id: Option<String>,
        name: &str,
        args: &Value,
        signature: Option<String>,
        out: &mut Vec<u8>,
    ) {
        if let Some(signature) = signature {
            let shown = self.shown + usize::from(self.open.is_some());
            self.open(Open::Thinking, out);
            self.sign(&answer::carrying(signature), out);
            self.shown = shown;
        }
        self.close(out);
        self.called = true;
        let id = id.unwrap_or_else(|| answer::call_id(&self.id, self.shown));
        let name = self.memo.tool_name(name).to_owned();
        self.block(&json!({"type": "tool_use", "id": id, "name": name, "input": {}}), out);
        self.delta(json!({"type": "input_json_delta", "partial_json": args.to_string()}), out);
        self.stop(out);
        self.shown += 1;
    }

    /// Makes the open block one of that kind.
    fn open(&mut self, kind: Open, out: &mut Vec<u8>) {
        if self.open == Some(kind) {
            return;
        }
        self.close(out);
        self.open = Some(kind);
        let block = match kind {
            Open::Text => json!({"type": "text", "text": ""}),
            Open::Thinking => json!({"type": "thinking", "thinking": "", "signature": ""}),
        };
        self.block(&block, out);
    }

    fn close(&mut self, out: &mut Vec<u8>) {
        let Some(kind) = self.open.take() else { return };
        if kind == Open::Thinking {
            // Callers wait for it. Google's own comes with the call.
            return self.sign("", out);
        }
        self.stop(out);
        self.shown += 1;
    }

    fn sign(&mut self, signature: &str, out: &mut Vec<u8>) {
        self.open = None;
        self.delta(json!({"type": "signature_delta", "signature": signature}), out);
        self.stop(out);
        self.shown += 1;
    }

    fn block(&self, block: &Value, out: &mut Vec<u8>) {
        let data = json!({"type": "content_block_start", "index": self.index, "content_block": block});
        event::named(out, "content_block_start", &data);
    }

    fn delta(&self, delta: Value, out: &mut Vec<u8>) {
        let data = json!({"type": "content_block_delta", "index": self.index, "delta": delta});
        event::named(out, "content_block_delta", &data);
    }

    fn stop(&mut self, out: &mut Vec<u8>) {
        let data = json!({"type": "content_block_stop", "index": self.index});
        event::named(out, "content_block_stop", &data);
        self.index += 1;
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
        match serde_json::from_slice(event.data) {
            Ok(Value::Object(chunk)) => self.chunk(chunk, out),
            // An error may come inside a list.
            Ok(list @ Value::Array(_)) if list.get(0).is_some_and(|first| first.get("error").is_some()) => {
                self.fail(&list, out);
            }
            _ => {}
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        let Some(end) = self.end.take().filter(|_| !self.ended) else { return };
        self.close(out);
        let data = json!({
            "type": "message_delta",
            "delta": {
                "stop_reason": end.messages(self.called),
                "stop_sequence": null,
                "stop_details": answer::details(&end, self.called),
            },
            "usage": usage_shape::messages(&self.usage.unwrap_or_default()),
        });
        event::named(out, "message_delta", &data);
        event::named(out, "message_stop", &json!({"type": "message_stop"}));
        self.ended = true;
    }

    fn ended(&self) -> bool {
        self.ended
    }
}

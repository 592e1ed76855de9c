//! A Responses stream as a Messages stream. PROTOCOLS.md A4, B4, I6.

use crate::dialect::Dialect;
use crate::sse::Event;
use crate::translate::responses::carrier;
use crate::translate::responses::reader::{Kind, Reader, Said};
use crate::translate::{Memo, StreamMachine, answer_id, event, stop_reason, upstream_error, usage_shape};
use crate::usage::Usage;
use serde_json::{Value, json};

pub(super) struct Stream {
    memo: Memo,
    reader: Reader,
    id: String,
    open: Option<Kind>,
    /// A block of the caller's is open. Reasoning that is not shown has none until it is sealed.
    block: bool,
    /// The index of the open block, or of the next one.
    index: u64,
    called: usize,
    refused: bool,
    ended: bool,
}

impl Stream {
    pub(super) fn new(memo: &Memo) -> Self {
        Self {
            memo: memo.clone(),
            reader: Reader::default(),
            id: String::new(),
            open: None,
            block: false,
            index: 0,
            called: 0,
            refused: false,
            ended: false,
        }
    }

    fn say(&mut self, said: Said, out: &mut Vec<u8>) {
        match said {
            Said::Start(upstream) => self.start(&upstream, out),
            Said::Open(kind) => self.open(kind, out),
            Said::More(text) => self.more(text, out),
            Said::Close(sealed) => self.close(sealed, out),
            Said::End(word, usage) => self.end(&word, &usage, out),
            Said::Fail(data) => {
                // The open block stays open: nobody may take it for whole.
                event::named(out, "error", &upstream_error::read_event(&data).event(Dialect::Messages));
                self.ended = true;
            }
        }
    }

    fn start(&mut self, upstream: &str, out: &mut Vec<u8>) {
        self.id = answer_id::messages(upstream, &self.memo);
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

    fn open(&mut self, kind: Kind, out: &mut Vec<u8>) {
        match &kind {
            Kind::Text => self.begin(json!({"type": "text", "text": ""}), out),
            Kind::Refusal => {
                self.refused = true;
                self.begin(json!({"type": "text", "text": ""}), out);
            }
            Kind::Reasoning if self.memo.show_reasoning => self.begin_thinking(out),
            Kind::Reasoning => {}
            Kind::Call { id, name, .. } => {
                let id = if id.is_empty() { answer_id::call(&self.id, self.called) } else { id.clone() };
                let name = self.memo.tool_name(name);
                let block = json!({"type": "tool_use", "id": id, "name": name, "input": {}});
                self.begin(block, out);
                self.called += 1;
            }
        }
        self.open = Some(kind);
    }

    fn more(&mut self, text: String, out: &mut Vec<u8>) {
        let delta = match &self.open {
            Some(Kind::Text | Kind::Refusal) => json!({"type": "text_delta", "text": text}),
            Some(Kind::Reasoning) => json!({"type": "thinking_delta", "thinking": text}),
            Some(Kind::Call { .. }) => json!({"type": "input_json_delta", "partial_json": text}),
            None => return,
        };
        self.delta(delta, out);
    }

    fn close(&mut self, sealed: Option<String>, out: &mut Vec<u8>) {
        if let Some(sealed) = sealed.filter(|_| self.open == Some(Kind::Reasoning)) {
            self.begin_thinking(out);
            let signature = carrier::wrap_encrypted(&sealed);
            self.delta(json!({"type": "signature_delta", "signature": signature}), out);
        }
        self.open = None;
        if std::mem::take(&mut self.block) {
            event::named(
                out,
                "content_block_stop",
                &json!({"type": "content_block_stop", "index": self.index}),
            );
            self.index += 1;
        }
    }

    fn end(&mut self, word: &str, usage: &Usage, out: &mut Vec<u8>) {
        let stop = match word {
            _ if self.called > 0 => "tool_use",
            _ if self.refused => "refusal",
            word => stop_reason::of_responses(word).messages,
        };
        let data = json!({
            "type": "message_delta",
            "delta": {"stop_reason": stop, "stop_sequence": null, "stop_details": null},
            "usage": usage_shape::messages(usage),
        });
        event::named(out, "message_delta", &data);
        event::named(out, "message_stop", &json!({"type": "message_stop"}));
        self.ended = true;
    }

    fn begin_thinking(&mut self, out: &mut Vec<u8>) {
        self.begin(json!({"type": "thinking", "thinking": "", "signature": ""}), out);
    }

    fn begin(&mut self, block: Value, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.block, true) {
            let data = json!({"type": "content_block_start", "index": self.index, "content_block": block});
            event::named(out, "content_block_start", &data);
        }
    }

    fn delta(&self, delta: Value, out: &mut Vec<u8>) {
        if self.block {
            let data = json!({"type": "content_block_delta", "index": self.index, "delta": delta});
            event::named(out, "content_block_delta", &data);
        }
    }
}

impl StreamMachine for Stream {
    fn push(&mut self, event: Event<'_>, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        let Some(data) = event::json(event.data) else { return };
        let mut said = Vec::new();
        self.reader.event(data, &mut said);
        for said in said {
            if !self.ended {
                self.say(said, out);
            }
        }
    }

    /// Responses says its end: without it the stream was cut.
    fn finish(&mut self, _: &mut Vec<u8>) {}

    fn ended(&self) -> bool {
        self.ended
    }
}

//! A Responses stream as a Chat stream. PROTOCOLS.md B3, B4, I6.

use super::reasoning;
use crate::dialect::Dialect;
use crate::sse::Event;
use crate::translate::field::Object;
use crate::translate::responses::reader::{Kind, Reader, Said};
use crate::translate::{Memo, StreamMachine, answer_id, event, stop_reason, upstream_error, usage_shape};
use crate::usage::Usage;
use serde_json::{Value, json};

pub(super) struct Stream {
    memo: Memo,
    reader: Reader,
    id: String,
    open: Option<Kind>,
    /// What is open said something.
    said: bool,
    /// Calls so far: Chat counts tools only.
    calls: usize,
    thoughts: usize,
    ended: bool,
}

impl Stream {
    pub(super) fn new(memo: &Memo) -> Self {
        Self {
            memo: memo.clone(),
            reader: Reader::default(),
            id: String::new(),
            open: None,
            said: false,
            calls: 0,
            thoughts: 0,
            ended: false,
        }
    }

    fn say(&mut self, said: Said, out: &mut Vec<u8>) {
        match said {
            Said::Start(upstream) => {
                self.id = answer_id::chat(&upstream, &self.memo);
                self.chunk(json!({"role": "assistant", "content": ""}), out);
            }
            Said::Open(kind) => {
                if let Kind::Call { id, name, custom } = &kind {
                    self.call(id, name, *custom, out);
                }
                self.open = Some(kind);
                self.said = false;
            }
            Said::More(text) => self.more(text, out),
            Said::Close(sealed) => self.close(sealed, out),
            Said::End(word, usage) => self.end(&word, &usage, out),
            Said::Fail(data) => {
                // No finish reason and no `[DONE]`, so that nobody takes the answer for whole.
                event::bare(out, &upstream_error::read_event(&data).event(Dialect::Chat));
                self.ended = true;
            }
        }
    }

    fn call(&mut self, id: &str, name: &str, custom: bool, out: &mut Vec<u8>) {
        let id = if id.is_empty() { answer_id::call(&self.id, self.calls) } else { id.to_owned() };
        let name = self.memo.tool_name(name);
        let index = self.calls;
        let call = if custom {
            json!({"index": index, "id": id, "type": "custom", "custom": {"name": name, "input": ""}})
        } else {
            json!({"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": ""}})
        };
        self.chunk(json!({"tool_calls": [call]}), out);
        self.calls += 1;
    }

    fn more(&mut self, text: String, out: &mut Vec<u8>) {
        self.said = true;
        let delta = match &self.open {
            Some(Kind::Text) => json!({"content": text}),
            Some(Kind::Refusal) => json!({"refusal": text}),
            Some(Kind::Reasoning) => json!({"reasoning_content": text}),
            Some(Kind::Call { custom, .. }) => self.input(*custom, &text),
            None => return,
        };
        self.chunk(delta, out);
    }

    fn close(&mut self, sealed: Option<String>, out: &mut Vec<u8>) {
        match (self.open.take(), sealed) {
            (Some(Kind::Reasoning), Some(sealed)) => {
                let detail = reasoning::detail(&sealed, self.thoughts);
                self.chunk(json!({"reasoning_details": [detail]}), out);
                self.thoughts += 1;
            }
            // Chat callers parse the arguments: nothing is not JSON.
            (Some(Kind::Call { custom: false, .. }), _) if !self.said => {
                self.chunk(self.input(false, "{}"), out);
            }
            _ => {}
        }
    }

    /// A piece of the latest call's input.
    fn input(&self, custom: bool, text: &str) -> Value {
        let index = self.calls.saturating_sub(1);
        let call = if custom {
            json!({"index": index, "custom": {"input": text}})
        } else {
            json!({"index": index, "function": {"arguments": text}})
        };
        json!({"tool_calls": [call]})
    }

    fn end(&mut self, word: &str, usage: &Usage, out: &mut Vec<u8>) {
        let finish = if self.calls > 0 { "tool_calls" } else { stop_reason::of_responses(word).chat };
        self.write(json!([{"index": 0, "delta": {}, "logprobs": null, "finish_reason": finish}]), None, out);
        if self.memo.stream_usage {
            self.write(json!([]), Some(usage_shape::chat(usage)), out);
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
        self.ended = true;
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

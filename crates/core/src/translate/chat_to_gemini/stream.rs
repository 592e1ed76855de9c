//! A Gemini stream as a Chat stream. It ends when the upstream's bytes do: Gemini has no last event, and states the
//! usage again with every chunk. PROTOCOLS.md B3, C3, I6.

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
    spoken: bool,
    /// Calls so far.
    calls: usize,
    end: Option<End>,
    usage: Option<Usage>,
    ended: bool,
}

impl Stream {
    pub(super) fn new(memo: &Memo) -> Self {
        Self {
            memo: memo.clone(),
            id: String::new(),
            started: false,
            spoken: false,
            calls: 0,
            end: None,
            usage: None,
            ended: false,
        }
    }

    fn read(&mut self, mut chunk: Object, out: &mut Vec<u8>) {
        if chat_message::truthy(chunk.get("error")) {
            return self.fail(&Value::Object(chunk), out);
        }
        self.usage = usage_shape::read(Dialect::Gemini, &chunk).or(self.usage);
        let said = gemini::read(&mut chunk);
        if !self.started {
            self.started = true;
            self.id = answer_id::chat(&said.id, &self.memo);
            self.chunk(json!({"role": "assistant", "content": ""}), out);
        }
        for piece in said.pieces {
            match piece {
                Piece::Text(text) => {
                    self.spoken = true;
                    self.chunk(json!({"content": text}), out);
                }
                Piece::Thought(text) => self.chunk(json!({"reasoning_content": text}), out),
                Piece::Call { id, name, args, signature } => {
                    let id = id.unwrap_or_else(|| answer_id::call(&self.id, self.calls));
                    let mut call = Object::new();
                    call.insert("index".into(), self.calls.into());
                    call.extend(answer::call(id, &name, &args, signature.as_deref(), &self.memo));
                    self.calls += 1;
                    self.chunk(json!({"tool_calls": [call]}), out);
                }
            }
        }
        self.end = said.end.or(self.end.take());
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
        match serde_json::from_slice(event.data) {
            Ok(Value::Object(chunk)) => self.read(chunk, out),
            // An error may come inside a list.
            Ok(list @ Value::Array(_)) if list.get(0).is_some_and(|first| first.get("error").is_some()) => {
                self.fail(&list, out);
            }
            _ => {}
        }
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        let Some(end) = self.end.take().filter(|_| !self.ended) else { return };
        let finish = end.chat(self.calls > 0);
        if finish == "content_filter" && !self.spoken {
            self.chunk(json!({"refusal": end.explanation()}), out);
        }
        self.write(json!([{"index": 0, "delta": {}, "logprobs": null, "finish_reason": finish}]), None, out);
        if self.memo.stream_usage {
            self.write(json!([]), Some(usage_shape::chat(&self.usage.unwrap_or_default())), out);
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
        self.ended = true;
    }

    fn ended(&self) -> bool {
        self.ended
    }
}

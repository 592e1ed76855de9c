//! Writing Gemini's answers and streams: `data:` lines that end in CRLF, as Google's do, and nothing else. Comments
//! and `[DONE]` break the Gemini CLI and Google's Python SDK. PROTOCOLS.md C3.

use crate::dialect::Dialect;
use crate::translate::field::Object;
use crate::translate::{Memo, answer_id, upstream_error};
use crate::usage::Usage;
use serde_json::{Value, json};

pub(crate) fn text(text: &str) -> Value {
    json!({"text": text})
}

pub(crate) fn thought(text: &str) -> Value {
    json!({"text": text, "thought": true})
}

pub(crate) fn call(id: &str, name: &str, args: Value, signature: Option<String>) -> Value {
    let mut part = Object::new();
    part.insert("functionCall".into(), json!({"id": id, "name": name, "args": args}));
    if let Some(signature) = signature {
        part.insert("thoughtSignature".into(), signature.into());
    }
    Value::Object(part)
}

/// The id of an answer, made of the upstream's.
pub(crate) fn id(upstream: &str, memo: &Memo) -> String {
    let id = answer_id::messages(upstream, memo);
    id.strip_prefix("msg_").unwrap_or(&id).to_owned()
}

/// How an answer ends.
pub(crate) struct End {
    pub(crate) reason: &'static str,
    pub(crate) message: Option<String>,
    pub(crate) usage: Usage,
}

/// A whole answer, or a chunk of one.
pub(crate) fn response(parts: Vec<Value>, end: Option<&End>, id: &str, memo: &Memo) -> Value {
    let mut candidate = Object::new();
    candidate.insert("content".into(), json!({"parts": parts, "role": "model"}));
    if let Some(end) = end {
        candidate.insert("finishReason".into(), end.reason.into());
        if let Some(message) = &end.message {
            candidate.insert("finishMessage".into(), message.as_str().into());
        }
    }
    candidate.insert("index".into(), 0.into());
    let mut response = Object::new();
    response.insert("candidates".into(), json!([candidate]));
    if let Some(end) = end {
        response.insert("usageMetadata".into(), usage(&end.usage));
    }
    response.insert("modelVersion".into(), memo.model.as_str().into());
    response.insert("responseId".into(), id.into());
    Value::Object(response)
}

/// Thoughts stand beside the answer's own tokens, cached tokens inside the prompt's.
fn usage(usage: &Usage) -> Value {
    let (prompt, thoughts) = (usage.total_input(), usage.reasoning.min(usage.output));
    let mut out = Object::new();
    out.insert("promptTokenCount".into(), prompt.into());
    if usage.cache_read > 0 {
        out.insert("cachedContentTokenCount".into(), usage.cache_read.into());
    }
    out.insert("candidatesTokenCount".into(), usage.output.saturating_sub(thoughts).into());
    if thoughts > 0 {
        out.insert("thoughtsTokenCount".into(), thoughts.into());
    }
    out.insert("totalTokenCount".into(), prompt.saturating_add(usage.output).into());
    Value::Object(out)
}

/// The caller's stream.
pub(crate) struct Writer {
    pub(crate) memo: Memo,
    pub(crate) id: String,
    /// The latest part: the chunk that ends the stream must not be an empty one, which spoils the history that
    /// Google's SDKs keep.
    held: Option<Value>,
    ended: bool,
}

impl Writer {
    pub(crate) fn new(memo: &Memo) -> Self {
        Self { memo: memo.clone(), id: String::new(), held: None, ended: false }
    }

    /// Takes the id from the first event that has one.
    pub(crate) fn start(&mut self, upstream: &str) {
        if self.id.is_empty() && !upstream.is_empty() {
            self.id = id(upstream, &self.memo);
        }
    }

    /// A part; the one before it leaves.
    pub(crate) fn part(&mut self, part: Value, out: &mut Vec<u8>) {
        self.release(out);
        self.held = Some(part);
    }

    /// A thought, which leaves at once: no answer ends with one.
    pub(crate) fn thought(&mut self, text: &str, out: &mut Vec<u8>) {
        self.part(thought(text), out);
        self.release(out);
    }

    /// Lets go of the latest part: what comes next takes its time.
    pub(crate) fn release(&mut self, out: &mut Vec<u8>) {
        if let Some(held) = self.held.take() {
            self.chunk(vec![held], None, out);
        }
    }

    pub(crate) fn end(&mut self, end: &End, out: &mut Vec<u8>) {
        let last = self.held.take().into_iter().collect();
        self.chunk(last, Some(end), out);
        self.ended = true;
    }

    /// Ends with the upstream's error; no finish reason, so that nobody takes the answer for whole.
    pub(crate) fn fail(&mut self, data: &Value, out: &mut Vec<u8>) {
        self.release(out);
        event(out, &upstream_error::read_event(data).event(Dialect::Gemini));
        self.ended = true;
    }

    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    fn chunk(&mut self, parts: Vec<Value>, end: Option<&End>, out: &mut Vec<u8>) {
        if self.id.is_empty() {
            self.id = id("", &self.memo);
        }
        event(out, &response(parts, end, &self.id, &self.memo));
    }
}

fn event(out: &mut Vec<u8>, data: &Value) {
    out.extend_from_slice(b"data: ");
    out.extend_from_slice(data.to_string().as_bytes());
    out.extend_from_slice(b"\r\n\r\n");
}

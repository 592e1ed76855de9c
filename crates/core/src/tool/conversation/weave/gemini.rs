//! Gemini: one response id, one finish, the parts of all turns, and the counts of all turns in every chunk.

use super::{Weave, put, put_value, set};
use crate::dialect::Dialect;
use crate::tool::conversation::{answer, usage};
use serde_json::{Value, json};

#[derive(Default)]
pub(super) struct Gemini {
    failed: bool,
    later: bool,
    first_id: Option<Value>,
    /// This turn's parts, all of them.
    parts: Vec<Value>,
    finish: Option<Value>,
    /// From the chunk on that says why it ends, all are held back.
    held: Vec<Value>,
    used: Value,
    used_before: Value,
}

impl Weave for Gemini {
    fn take(&mut self, name: &[u8], data: &[u8], ours: &dyn Fn(&str) -> bool, out: &mut Vec<u8>) {
        let Ok(mut chunk) = serde_json::from_slice::<Value>(data) else { return put(out, name, data) };
        if chunk.get("error").is_some() {
            self.failed = true;
            return put(out, name, data);
        }
        let mut changed = self.later;
        let id = chunk.get("responseId").cloned();
        let first = self.first_id.get_or_insert_with(|| id.clone().unwrap_or(Value::Null)).clone();
        if self.later && id.is_some() {
            set(&mut chunk, "responseId", first);
        }
        if let Some(used) = chunk.get("usageMetadata") {
            self.used = used.clone();
            if !self.used_before.is_null() {
                let mut all = self.used_before.clone();
                usage::add(&mut all, &self.used);
                set(&mut chunk, "usageMetadata", all);
            }
        }
        let said = chunk.pointer("/candidates/0/content/parts").and_then(Value::as_array).cloned();
        let said = said.unwrap_or_default();
        let calls = said.iter().filter(|part| part.get("functionCall").is_some()).count();
        self.parts.extend(said.iter().cloned());
        answer::without(Dialect::Gemini, &mut chunk, ours);
        let left = chunk.pointer("/candidates/0/content/parts").and_then(Value::as_array).map_or(0, Vec::len);
        changed |= left != said.len();
        let ends = chunk.pointer("/candidates/0/finishReason").cloned().filter(|reason| !reason.is_null());
        let ends = ends.or_else(|| chunk.pointer("/promptFeedback/blockReason").cloned());
        self.finish = self.finish.take().or(ends);
        if self.finish.is_some() {
            self.held.push(chunk);
        } else if left == 0 && calls > 0 {
            // All of it was about hidden calls.
        } else if changed {
            put_value(out, name, &chunk);
        } else {
            put(out, name, data);
        }
    }

    fn answer(&self) -> Option<Value> {
        if self.failed {
            return None;
        }
        let candidate =
            json!({"content": {"role": "model", "parts": self.parts}, "finishReason": self.finish});
        Some(json!({ "candidates": [candidate] }))
    }

    fn go_on(&mut self, out: &mut Vec<u8>) {
        for mut chunk in std::mem::take(&mut self.held) {
            let parts = chunk.pointer("/candidates/0/content/parts").and_then(Value::as_array);
            if parts.is_none_or(Vec::is_empty) {
                continue;
            }
            if let Some(candidate) = chunk.pointer_mut("/candidates/0").and_then(Value::as_object_mut) {
                candidate.remove("finishReason");
                candidate.remove("finishMessage");
            }
            put_value(out, b"", &chunk);
        }
        let used = std::mem::take(&mut self.used);
        usage::add(&mut self.used_before, &used);
        self.parts.clear();
        (self.finish, self.later) = (None, true);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        for chunk in std::mem::take(&mut self.held) {
            put_value(out, b"", &chunk);
        }
    }
}

//! Chat Completions: one id, one role, calls numbered through, one finish, and the usage of all turns where it is shown.

use super::{Weave, append_text, put, put_value, set};
use crate::tool::conversation::answer::BETWEEN_TURNS;
use crate::tool::conversation::usage;
use serde_json::{Map, Value, json};

#[derive(Default)]
pub(super) struct Chat {
    failed: bool,
    /// `id` and `created` of the first turn, for all of them.
    first: Option<(Value, Value)>,
    /// A turn follows another.
    later: bool,
    /// Text that a following turn's text must be kept apart from.
    spoke: bool,
    spoke_before: bool,
    /// This turn's message.
    message: Value,
    /// This turn's calls by their own number, and the number they have in the whole; `None` is hidden.
    calls: Vec<(u64, Option<u64>, Value)>,
    next: u64,
    /// Held back: the chunk that ends the choice, the one with the usage, and whether `[DONE]` came.
    end: Option<Value>,
    count: Option<Value>,
    done: bool,
    used_before: Value,
}

impl Weave for Chat {
    fn take(&mut self, name: &[u8], data: &[u8], ours: &dyn Fn(&str) -> bool, out: &mut Vec<u8>) {
        if data == b"[DONE]" {
            self.done = true;
            return;
        }
        let Ok(mut chunk) = serde_json::from_slice::<Value>(data) else { return put(out, name, data) };
        if chunk.get("error").is_some_and(|error| !error.is_null()) {
            self.failed = true;
            return put(out, name, data);
        }
        let mut changed = self.unify(&mut chunk);
        let Some(choice) = chunk.pointer_mut("/choices/0") else {
            if chunk.get("usage").is_some_and(Value::is_object) {
                self.count = Some(chunk);
            } else if !self.later {
                put(out, name, data);
            }
            return;
        };
        let ends = choice.get("finish_reason").is_some_and(|reason| !reason.is_null());
        let mut left = true;
        if let Some(delta) = choice.get_mut("delta").and_then(Value::as_object_mut) {
            let before = delta.len();
            self.read(delta);
            changed |= self.show(delta, ours);
            left = !delta.is_empty() || before == 0;
        }
        if ends {
            self.end = Some(chunk);
        } else if !left {
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
        let end = self.end.as_ref()?;
        let mut message = if self.message.is_null() { json!({}) } else { self.message.clone() };
        set(&mut message, "role", "assistant".into());
        if !self.calls.is_empty() {
            let calls: Vec<&Value> = self.calls.iter().map(|(.., call)| call).collect();
            set(&mut message, "tool_calls", json!(calls));
        }
        Some(
            json!({"choices": [{"message": message, "finish_reason": end.pointer("/choices/0/finish_reason")}]}),
        )
    }

    fn go_on(&mut self, _out: &mut Vec<u8>) {
        for chunk in [self.end.take(), self.count.take()].iter().flatten() {
            usage::add(&mut self.used_before, chunk.get("usage").unwrap_or(&Value::Null));
        }
        self.spoke_before |= std::mem::take(&mut self.spoke);
        self.message = Value::Null;
        self.calls.clear();
        (self.later, self.done) = (true, false);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        for mut chunk in [self.end.take(), self.count.take()].into_iter().flatten() {
            if chunk.get("usage").is_some_and(Value::is_object) && !self.used_before.is_null() {
                let mut used = std::mem::take(&mut self.used_before);
                usage::add(&mut used, chunk.get("usage").unwrap_or(&Value::Null));
                set(&mut chunk, "usage", used);
            }
            put_value(out, b"", &chunk);
        }
        if self.done {
            put(out, b"", b"[DONE]");
        }
    }
}

impl Chat {
    /// All chunks belong to one completion.
    fn unify(&mut self, chunk: &mut Value) -> bool {
        let part = |name: &str| chunk.get(name).cloned().unwrap_or(Value::Null);
        let (id, created) = self.first.get_or_insert_with(|| (part("id"), part("created"))).clone();
        if self.later {
            set(chunk, "id", id);
            set(chunk, "created", created);
        }
        self.later
    }

    /// Puts together what the turn says.
    fn read(&mut self, delta: &Map<String, Value>) {
        if self.message.is_null() {
            self.message = json!({"role": "assistant"});
        }
        for (name, value) in delta.iter().filter(|(name, _)| !matches!(name.as_str(), "role" | "tool_calls"))
        {
            match value {
                Value::String(text) => append_text(&mut self.message, name, text),
                Value::Array(more) => match self.message.get_mut(name).and_then(Value::as_array_mut) {
                    Some(before) => before.extend(more.iter().cloned()),
                    None => set(&mut self.message, name, value.clone()),
                },
                Value::Null => {}
                other => set(&mut self.message, name, other.clone()),
            }
        }
        for piece in delta.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
            let index = number(piece);
            if !self.calls.iter().any(|(own, ..)| *own == index) {
                self.calls.push((index, None, json!({"id": "", "type": "function", "function": {}})));
            }
            let Some((.., call)) = self.calls.iter_mut().find(|(own, ..)| *own == index) else { continue };
            for (name, value) in piece.as_object().into_iter().flatten() {
                match (name.as_str(), value) {
                    ("index", _) | (_, Value::Null) => {}
                    ("function", Value::Object(function)) => {
                        let Some(whole) = call.get_mut("function") else { continue };
                        for (name, value) in function {
                            append_text(whole, name, value.as_str().unwrap_or_default());
                        }
                    }
                    _ => set(call, name, value.clone()),
                }
            }
        }
    }

    /// Leaves in the delta what the caller sees; `true` when that is not all.
    fn show(&mut self, delta: &mut Map<String, Value>, ours: &dyn Fn(&str) -> bool) -> bool {
        let mut changed = self.later && delta.remove("role").is_some();
        if let Some(Value::String(text)) = delta.get_mut("content")
            && !text.is_empty()
        {
            if self.spoke_before && !self.spoke {
                text.insert_str(0, BETWEEN_TURNS);
                changed = true;
            }
            self.spoke = true;
        }
        let Some(pieces) = delta.get_mut("tool_calls").and_then(Value::as_array_mut) else { return changed };
        let before = pieces.len();
        pieces.retain_mut(|piece| {
            let index = number(piece);
            let Some((_, shown, call)) = self.calls.iter_mut().find(|(own, ..)| *own == index) else {
                return true;
            };
            if call.pointer("/function/name").and_then(Value::as_str).is_some_and(ours) {
                return false;
            }
            let place = *shown.get_or_insert_with(|| {
                self.next += 1;
                self.next - 1
            });
            if place != index {
                set(piece, "index", place.into());
                changed = true;
            }
            true
        });
        changed |= pieces.len() != before;
        if pieces.is_empty() {
            delta.remove("tool_calls");
            // Some providers say an empty text beside each call.
            if delta.get("content").is_some_and(|content| content.is_null() || content == "") && before > 0 {
                delta.remove("content");
            }
        }
        changed
    }
}

fn number(piece: &Value) -> u64 {
    piece.get("index").and_then(Value::as_u64).unwrap_or_default()
}

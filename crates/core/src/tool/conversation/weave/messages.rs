//! Messages: one `message_start`, blocks numbered through, one `message_delta` with the usage of all turns.

use super::{Weave, append_text, put, put_value, set};
use crate::tool::conversation::usage;
use serde_json::{Map, Value, json};

#[derive(Default)]
pub(super) struct Messages {
    begun: bool,
    failed: bool,
    /// What the next visible block is numbered.
    next: u64,
    /// This turn's blocks by their own number, and the number they have in the whole; `None` is hidden.
    blocks: Vec<(u64, Option<u64>, Value)>,
    /// The input of a call arrives as text.
    inputs: Vec<(u64, String)>,
    end: Option<Value>,
    stopped: bool,
    /// Of this turn, and of those before.
    used: Value,
    used_before: Value,
}

impl Weave for Messages {
    fn take(&mut self, name: &[u8], data: &[u8], ours: &dyn Fn(&str) -> bool, out: &mut Vec<u8>) {
        let Ok(mut event) = serde_json::from_slice::<Value>(data) else { return put(out, name, data) };
        let kind = event.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let index = event.get("index").and_then(Value::as_u64);
        match (kind.as_str(), index) {
            ("message_start", _) => {
                self.used = event.pointer("/message/usage").cloned().unwrap_or(Value::Null);
                if !std::mem::replace(&mut self.begun, true) {
                    put(out, name, data);
                }
            }
            ("message_delta", _) => {
                self.see_usage(event.get("usage"));
                self.end = Some(event);
            }
            ("message_stop", _) => self.stopped = true,
            ("error", _) => {
                self.failed = true;
                put(out, name, data);
            }
            (_, Some(index)) => {
                match kind.as_str() {
                    "content_block_start" => self.open(index, &event, ours),
                    "content_block_delta" => self.grow(index, event.get("delta")),
                    "content_block_stop" => self.close(index),
                    _ => {}
                }
                match self.blocks.iter().find(|(own, ..)| *own == index).and_then(|(_, number, _)| *number) {
                    Some(number) if number == index => put(out, name, data),
                    Some(number) => {
                        set(&mut event, "index", number.into());
                        put_value(out, name, &event);
                    }
                    None => {}
                }
            }
            _ => put(out, name, data),
        }
    }

    fn answer(&self) -> Option<Value> {
        if self.failed {
            return None;
        }
        let end = self.end.as_ref()?;
        let content: Vec<&Value> = self.blocks.iter().map(|(.., block)| block).collect();
        Some(json!({"content": content, "stop_reason": end.pointer("/delta/stop_reason")}))
    }

    fn go_on(&mut self, _out: &mut Vec<u8>) {
        let used = std::mem::take(&mut self.used);
        usage::add(&mut self.used_before, &used);
        self.blocks.clear();
        self.inputs.clear();
        (self.end, self.stopped) = (None, false);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        let Some(mut end) = self.end.take() else { return };
        if !self.used_before.is_null() {
            let mut used = std::mem::take(&mut self.used_before);
            usage::add(&mut used, &self.used);
            set(&mut end, "usage", used);
        }
        put_value(out, b"message_delta", &end);
        if self.stopped {
            put(out, b"message_stop", br#"{"type":"message_stop"}"#);
        }
    }
}

impl Messages {
    /// The last word on each count holds.
    fn see_usage(&mut self, usage: Option<&Value>) {
        let Some(usage) = usage.and_then(Value::as_object) else { return };
        if self.used.is_null() {
            self.used = Value::Object(Map::new());
        }
        for (name, count) in usage.iter().filter(|(_, count)| !count.is_null()) {
            set(&mut self.used, name, count.clone());
        }
    }

    fn open(&mut self, index: u64, event: &Value, ours: &dyn Fn(&str) -> bool) {
        let block = event.get("content_block").cloned().unwrap_or(Value::Null);
        let says = |name: &str| block.get(name).and_then(Value::as_str).unwrap_or_default();
        let number = if says("type") == "tool_use" && ours(says("name")) {
            None
        } else {
            self.next += 1;
            Some(self.next - 1)
        };
        self.blocks.push((index, number, block));
    }

    fn grow(&mut self, index: u64, delta: Option<&Value>) {
        let Some((.., block)) = self.blocks.iter_mut().find(|(own, ..)| *own == index) else { return };
        let Some(delta) = delta else { return };
        let says = |name: &str| delta.get(name).and_then(Value::as_str).unwrap_or_default();
        match says("type") {
            "text_delta" => append_text(block, "text", says("text")),
            "thinking_delta" => append_text(block, "thinking", says("thinking")),
            "signature_delta" => set(block, "signature", says("signature").into()),
            "input_json_delta" => match self.inputs.iter_mut().find(|(own, _)| *own == index) {
                Some((_, text)) => text.push_str(says("partial_json")),
                None => self.inputs.push((index, says("partial_json").to_owned())),
            },
            "citations_delta" => {
                let citation = delta.get("citation").cloned().unwrap_or(Value::Null);
                match block.get_mut("citations").and_then(Value::as_array_mut) {
                    Some(citations) => citations.push(citation),
                    None => set(block, "citations", json!([citation])),
                }
            }
            _ => {}
        }
    }

    fn close(&mut self, index: u64) {
        let Some((_, text)) = self.inputs.iter().find(|(own, text)| *own == index && !text.is_empty()) else {
            return;
        };
        // What is no JSON stays text, and the tool's schema refuses it.
        let input = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()));
        if let Some((.., block)) = self.blocks.iter_mut().find(|(own, ..)| *own == index) {
            set(block, "input", input);
        }
    }
}

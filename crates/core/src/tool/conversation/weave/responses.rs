//! Responses: one `response.created`, sequence numbers and items numbered through, and one `response.completed` that
//! holds the items and the usage of all turns. Its id is the first turn's, as SDKs demand; `kept` knows the last one's.

use super::{Weave, put, put_value, set};
use crate::tool::conversation::usage;
use serde_json::{Value, json};

#[derive(Default)]
pub(super) struct Responses {
    failed: bool,
    later: bool,
    /// The response's, from its creation on.
    id: Value,
    sequence: u64,
    next: u64,
    /// This turn's items by their own number, and the number they have in the whole; `None` is hidden.
    places: Vec<(u64, Option<u64>)>,
    /// A reasoning item and its events wait here for the item behind it: alone it must not reach the caller.
    waiting: Option<Waiting>,
    /// Items of this turn, all of them.
    items: Vec<Value>,
    /// Items of all turns that the caller has seen.
    seen: Vec<Value>,
    end: Option<Value>,
    used_before: Value,
}

struct Waiting {
    index: u64,
    events: Vec<(Vec<u8>, Value)>,
}

impl Weave for Responses {
    fn take(&mut self, name: &[u8], data: &[u8], ours: &dyn Fn(&str) -> bool, out: &mut Vec<u8>) {
        let Ok(event) = serde_json::from_slice::<Value>(data) else { return put(out, name, data) };
        let kind = event.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let index = event.get("output_index").and_then(Value::as_u64);
        match (kind.as_str(), index) {
            ("response.created" | "response.in_progress" | "response.queued", _) => {
                if !self.later {
                    self.id = event.pointer("/response/id").cloned().unwrap_or(Value::Null);
                    self.say(name, event, out);
                }
            }
            ("response.completed" | "response.incomplete" | "response.failed", _) => self.end = Some(event),
            ("error", _) => {
                self.failed = true;
                put(out, name, data);
            }
            (_, Some(index)) => {
                if kind == "response.output_item.added" {
                    self.open(index, &event, ours, out);
                }
                if kind == "response.output_item.done" {
                    self.items.extend(event.get("item").cloned());
                }
                self.pass(name, index, event, out);
            }
            _ => self.say(name, event, out),
        }
    }

    fn answer(&self) -> Option<Value> {
        if self.failed {
            return None;
        }
        let response = self.end.as_ref()?.get("response")?;
        let listed =
            response.get("output").filter(|output| output.as_array().is_some_and(|all| !all.is_empty()));
        let output = listed.cloned().unwrap_or_else(|| json!(self.items));
        Some(json!({"id": response.get("id"), "output": output, "status": response.get("status")}))
    }

    fn go_on(&mut self, _out: &mut Vec<u8>) {
        if let Some(end) = self.end.take() {
            usage::add(&mut self.used_before, end.pointer("/response/usage").unwrap_or(&Value::Null));
        }
        self.waiting = None;
        self.places.clear();
        self.items.clear();
        self.later = true;
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        self.release(out);
        let Some(mut end) = self.end.take() else { return };
        let name = end.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(response) = end.get_mut("response") {
            // Some providers list nothing here; then nothing is put in their mouth.
            let lists = response.get("output").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
            if lists || self.later {
                set(response, "output", json!(self.seen));
            }
            if self.later && !self.id.is_null() {
                set(response, "id", std::mem::take(&mut self.id));
            }
            if !self.used_before.is_null() {
                let mut used = std::mem::take(&mut self.used_before);
                usage::add(&mut used, response.get("usage").unwrap_or(&Value::Null));
                set(response, "usage", used);
            }
        }
        self.say(name.as_bytes(), end, out);
    }
}

impl Responses {
    fn open(&mut self, index: u64, event: &Value, ours: &dyn Fn(&str) -> bool, out: &mut Vec<u8>) {
        let says = |at: &str| event.pointer(at).and_then(Value::as_str).unwrap_or_default();
        let grouped = event.pointer("/item/namespace").is_some();
        if says("/item/type") == "function_call" && !grouped && ours(says("/item/name")) {
            self.waiting = None;
            self.places.push((index, None));
            return;
        }
        self.release(out);
        if says("/item/type") == "reasoning" {
            self.waiting = Some(Waiting { index, events: Vec::new() });
        } else {
            self.place(index);
        }
    }

    fn place(&mut self, index: u64) {
        self.places.push((index, Some(self.next)));
        self.next += 1;
    }

    /// The reasoning that waited is the caller's to see.
    fn release(&mut self, out: &mut Vec<u8>) {
        let Some(Waiting { index, events }) = self.waiting.take() else { return };
        self.place(index);
        for (name, event) in events {
            self.pass(&name, index, event, out);
        }
    }

    fn pass(&mut self, name: &[u8], index: u64, mut event: Value, out: &mut Vec<u8>) {
        if let Some(waiting) = self.waiting.as_mut().filter(|waiting| waiting.index == index) {
            waiting.events.push((name.to_vec(), event));
            return;
        }
        let place = self.places.iter().find(|(own, _)| *own == index).and_then(|(_, place)| *place);
        let Some(place) = place else { return };
        if event.get("type") == Some(&"response.output_item.done".into()) {
            self.seen.extend(event.get("item").cloned());
        }
        set(&mut event, "output_index", place.into());
        self.say(name, event, out);
    }

    fn say(&mut self, name: &[u8], mut event: Value, out: &mut Vec<u8>) {
        if event.get("sequence_number").is_some() {
            set(&mut event, "sequence_number", self.sequence.into());
            self.sequence += 1;
        }
        put_value(out, name, &event);
    }
}

//! An upstream's Responses answer, told one thing after the other. Streams: the first item that is open is told as it
//! grows; what overlaps it waits until it is done. Servers that send no deltas are heard, too. PROTOCOLS.md B4.

use super::carrier;
use crate::dialect::Dialect;
use crate::translate::field::{self, Object, take, take_object, take_text};
use crate::translate::{arguments, usage_shape};
use crate::usage::Usage;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What an answer says. What was opened is closed before anything else is opened.
#[derive(Debug, PartialEq)]
pub(crate) enum Said {
    /// The answer begins; its id.
    Start(String),
    Open(Kind),
    More(String),
    /// Reasoning is sealed.
    Close(Option<String>),
    /// The answer is whole. The word is a [`StopReason`](crate::translate::StopReason)'s.
    End(String, Usage),
    /// It failed; what the upstream said.
    Fail(Value),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Refusal,
    Reasoning,
    Call { id: String, name: String, custom: bool },
}

#[derive(Default)]
pub(crate) struct Reader {
    started: bool,
    current: Option<Current>,
    /// Items that were done while another one was open, whole.
    waiting: Vec<Object>,
    size: usize,
    /// Place and id of items that were done.
    done: BTreeSet<(u64, String)>,
}

/// The item that is open.
struct Current {
    place: u64,
    /// What was told of it; `None` before it said anything.
    open: Option<Kind>,
    told: bool,
    call: Option<Kind>,
    /// The event by which its reasoning comes: a summary, or the reasoning itself, never both.
    reasoning: Option<String>,
}

impl Reader {
    /// Reads one event.
    pub(crate) fn event(&mut self, mut data: Object, said: &mut Vec<Said>) {
        let kind = take_text(&mut data, "type").unwrap_or_default();
        match kind.as_str() {
            "response.created" | "response.in_progress" | "response.queued" => {
                let response = take_object(&mut data, "response").unwrap_or_default();
                self.start(field::text(&response, "id"), said);
            }
            "response.output_item.added" => {
                self.start("", said);
                let item = take_object(&mut data, "item").unwrap_or_default();
                if self.current.is_none() {
                    self.current = Some(Current::new(place(&data), &item));
                }
            }
            "response.output_item.done" => {
                self.start("", said);
                let place = place(&data);
                let item = take_object(&mut data, "item").unwrap_or_default();
                self.done(place, item, said);
            }
            "response.completed" | "response.incomplete" => {
                let response = take_object(&mut data, "response").unwrap_or_default();
                self.start(field::text(&response, "id"), said);
                self.end(response, said);
            }
            "response.failed" | "error" => {
                data.insert("type".into(), kind.into());
                said.push(Said::Fail(data.into()));
            }
            _ => {
                if let Some(current) = self.current.as_mut().filter(|current| current.place == place(&data)) {
                    current.event(&kind, &mut data, said);
                }
            }
        }
    }

    fn start(&mut self, id: &str, said: &mut Vec<Said>) {
        if !std::mem::replace(&mut self.started, true) {
            said.push(Said::Start(id.to_owned()));
        }
    }

    fn done(&mut self, place: u64, item: Object, said: &mut Vec<Said>) {
        let id = field::text(&item, "id").to_owned();
        self.size = self.size.saturating_add(id.len() + PER_MEMBER);
        if !self.done.insert((place, id)) {
            return;
        }
        match self.current.take() {
            Some(current) if current.place == place => current.end(Some(item), said),
            Some(current) => {
                self.current = Some(current);
                self.size = self.size.saturating_add(weight(&item));
                self.waiting.push(item);
            }
            None => whole(item, said),
        }
        if self.size > MOST {
            said.push(Said::Fail(json!({"error": {"message": TOO_MUCH}})));
        }
        if self.current.is_some() {
            return;
        }
        for item in std::mem::take(&mut self.waiting) {
            whole(item, said);
        }
    }

    fn end(&mut self, mut response: Object, said: &mut Vec<Said>) {
        if let Some(current) = self.current.take() {
            current.end(None, said);
            self.done.insert((u64::MAX, String::new()));
        }
        for item in std::mem::take(&mut self.waiting) {
            whole(item, said);
        }
        // Some servers tell the items here only.
        if self.done.is_empty() {
            items(&mut response, said);
        }
        said.push(Said::End(word(&response), usage(&response)));
    }
}

/// Reads a whole answer; `None` where it is none.
pub(crate) fn answer(body: Value) -> Option<Vec<Said>> {
    let Value::Object(mut response) = body else { return None };
    let mut said = vec![Said::Start(field::text(&response, "id").to_owned())];
    if field::text(&response, "status") == "failed" {
        said.push(Said::Fail(response.into()));
        return Some(said);
    }
    if !response.get("output").is_some_and(Value::is_array) {
        return None;
    }
    items(&mut response, &mut said);
    said.push(Said::End(word(&response), usage(&response)));
    Some(said)
}

impl Current {
    fn new(place: u64, item: &Object) -> Self {
        Self { place, open: None, told: false, call: call(item), reasoning: None }
    }

    fn event(&mut self, kind: &str, data: &mut Object, said: &mut Vec<Said>) {
        let what = match kind {
            "response.output_text.delta" => Kind::Text,
            "response.refusal.delta" => Kind::Refusal,
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                if self.reasoning.get_or_insert_with(|| kind.to_owned()) != kind {
                    return;
                }
                Kind::Reasoning
            }
            "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
                match self.call.clone() {
                    Some(call) => call,
                    None => return,
                }
            }
            "response.reasoning_summary_part.added" if self.open == Some(Kind::Reasoning) => {
                said.push(Said::More("\n\n".to_owned()));
                return;
            }
            _ => return,
        };
        let Some(delta) = take_text(data, "delta").filter(|delta| !delta.is_empty()) else { return };
        self.tell(what, said);
        said.push(Said::More(delta));
    }

    /// Makes what is open be of that kind.
    fn tell(&mut self, kind: Kind, said: &mut Vec<Said>) {
        if self.open.as_ref() != Some(&kind) {
            if self.open.is_some() {
                said.push(Said::Close(None));
            }
            self.open = Some(kind.clone());
            said.push(Said::Open(kind));
        }
        self.told = true;
    }

    /// The item is done, or its end will never come.
    fn end(self, item: Option<Object>, said: &mut Vec<Said>) {
        match item {
            Some(item) if !self.told => whole(item, said),
            Some(item) => said.push(Said::Close(sealed(&item))),
            None if self.told => said.push(Said::Close(None)),
            None => {
                if let Some(call) = self.call {
                    said.extend([Said::Open(call), Said::Close(None)]);
                }
            }
        }
    }
}

/// All items of a response.
fn items(response: &mut Object, said: &mut Vec<Said>) {
    let Some(Value::Array(items)) = take(response, "output") else { return };
    for item in items {
        if let Value::Object(item) = item {
            whole(item, said);
        }
    }
}

/// Tells a whole item. Those of hosted tools were not asked for, and say nothing.
fn whole(mut item: Object, said: &mut Vec<Said>) {
    let mut tell = |kind, text: String, sealed| {
        said.push(Said::Open(kind));
        if !text.is_empty() {
            said.push(Said::More(text));
        }
        said.push(Said::Close(sealed));
    };
    if let Some(call) = call(&item) {
        let text = take(&mut item, "arguments").or_else(|| take(&mut item, "input"));
        return tell(call, arguments::as_text(text), None);
    }
    match field::text(&item, "type") {
        "reasoning" => {
            let (text, sealed) = (carrier::text_of(&item), sealed(&item));
            if sealed.is_some() || !text.is_empty() {
                tell(Kind::Reasoning, text, sealed);
            }
        }
        "message" => {
            let Some(Value::Array(parts)) = take(&mut item, "content") else { return };
            for part in parts {
                let Value::Object(mut part) = part else { continue };
                let (kind, text) = match field::text(&part, "type") {
                    "output_text" | "text" => (Kind::Text, take_text(&mut part, "text")),
                    "refusal" => (Kind::Refusal, take_text(&mut part, "refusal")),
                    _ => continue,
                };
                if let Some(text) = text.filter(|text| !text.is_empty()) {
                    tell(kind, text, None);
                }
            }
        }
        _ => {}
    }
}

fn call(item: &Object) -> Option<Kind> {
    let custom = match field::text(item, "type") {
        "function_call" => false,
        "custom_tool_call" => true,
        _ => return None,
    };
    let of = |key| field::text(item, key).to_owned();
    // Some servers know one id only.
    let id = Some(of("call_id")).filter(|id| !id.is_empty()).unwrap_or_else(|| of("id"));
    Some(Kind::Call { id, name: of("name"), custom })
}

fn sealed(item: &Object) -> Option<String> {
    Some(field::text(item, "encrypted_content")).filter(|sealed| !sealed.is_empty()).map(str::to_owned)
}

/// The place of an event's item in the output.
fn place(data: &Object) -> u64 {
    data.get("output_index").and_then(Value::as_u64).unwrap_or(u64::MAX)
}

fn word(response: &Object) -> String {
    let status = field::text(response, "status");
    let why = response.get("incomplete_details").and_then(|details| details.get("reason"));
    match why.and_then(Value::as_str) {
        Some(why) if status == "incomplete" => format!("{status}:{why}"),
        _ => status.to_owned(),
    }
}

fn usage(response: &Object) -> Usage {
    usage_shape::read(Dialect::Responses, response).unwrap_or_default()
}

fn weight(item: &Object) -> usize {
    item.values().map(|value| value.as_str().map_or(PER_MEMBER, str::len)).sum::<usize>() + PER_MEMBER
}

/// What an upstream may make the proxy keep, in bytes.
const MOST: usize = 16 << 20;
/// What a member costs at least: events are bounded, so a guess will do for what is no text.
const PER_MEMBER: usize = 256;
const TOO_MUCH: &str = "the upstream's answer has too many items";

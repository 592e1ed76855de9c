//! The conversation. Chat wants each call's answer right behind the message that made the call, in the order of the
//! calls, and nothing in between; Responses has one flat list.

use super::parts::{self, Outcome};
use crate::problem::Problem;
use crate::translate::field::Object;
use crate::translate::responses::carrier;
use crate::translate::responses::input::{Input, Item};
use crate::translate::responses::parts::Part;
use crate::translate::{Dropped, Takes, arguments, custom_tool, tool_name};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Turns {
    takes: Takes,
    /// The system prompt: instructions, and system items at the head.
    head: Vec<String>,
    out: Vec<Value>,
    assistant: Option<Assistant>,
    /// Ids of calls that wait for their answers, in order.
    calls: Vec<String>,
    /// The same ids, those that have no answer yet.
    waiting: BTreeSet<String>,
    results: BTreeMap<String, Outcome>,
    /// Messages that arrived while calls waited.
    held: Vec<Value>,
}

/// Consecutive items of the assistant are one message.
#[derive(Default)]
struct Assistant {
    text: String,
    reasoning: String,
    calls: Vec<Value>,
    ids: Vec<String>,
}

impl Turns {
    pub(super) fn new(takes: Takes, instructions: Option<String>) -> Self {
        Self {
            takes,
            head: instructions.into_iter().filter(|text| !text.is_empty()).collect(),
            out: Vec::new(),
            assistant: None,
            calls: Vec::new(),
            waiting: BTreeSet::new(),
            results: BTreeMap::new(),
            held: Vec::new(),
        }
    }

    /// A sentence at the end of the system prompt.
    pub(super) fn head(&mut self, text: &str) {
        self.head.push(text.to_owned());
    }

    pub(super) fn take(&mut self, item: Item, dropped: &mut Dropped) -> Result<(), Problem> {
        match item {
            Item::System(texts) => self.system(texts),
            Item::User(said) => {
                self.end_assistant();
                if !said.is_empty() {
                    self.place(json!({"role": "user", "content": parts::content(said)?}));
                }
            }
            Item::Assistant(texts) => {
                for text in texts {
                    self.assistant()?.say(&text);
                }
            }
            Item::Reasoning(item) => self.reasoning(&item, dropped)?,
            Item::Call { id, name, input } => {
                let id = tool_name::sent_id(id, tool_name::CHAT_ID);
                let arguments = match input {
                    Input::Arguments(text) => whole(text),
                    Input::Free(text) => custom_tool::wrap(text).to_string(),
                };
                let function = json!({"name": name, "arguments": arguments});
                let turn = self.assistant()?;
                turn.calls.push(json!({"id": id, "type": "function", "function": function}));
                turn.ids.push(id);
            }
            Item::Output { id, parts } => self.output(id, parts)?,
        }
        Ok(())
    }

    /// The messages, complete.
    pub(super) fn end(mut self) -> Result<Vec<Value>, Problem> {
        self.end_assistant();
        self.end_results()?;
        // Many Chat servers answer a user or a tool only.
        let last = self.out.last().and_then(|last| last.get("role")).and_then(Value::as_str);
        if matches!(last, None | Some("assistant")) {
            self.out.push(json!({"role": "user", "content": NOTHING}));
        }
        if !self.head.is_empty() {
            self.out.insert(0, json!({"role": "system", "content": self.head.join("\n\n")}));
        }
        Ok(self.out)
    }

    fn system(&mut self, texts: Vec<String>) {
        let at_head = self.out.is_empty() && self.assistant.is_none() && self.held.is_empty();
        if texts.is_empty() {
        } else if at_head {
            self.head.extend(texts);
        } else {
            self.end_assistant();
            self.place(json!({"role": "system", "content": texts.join("\n\n")}));
        }
    }

    fn reasoning(&mut self, item: &Object, dropped: &mut Dropped) -> Result<(), Problem> {
        let text = carrier::text_of(item);
        let turn = self.assistant()?;
        turn.reasoning.push_str(&text);
        if !self.takes.reasoning_content || text.is_empty() {
            dropped.add("reasoning items");
        }
        Ok(())
    }

    fn output(&mut self, id: String, said: Vec<Part>) -> Result<(), Problem> {
        self.end_assistant();
        let id = tool_name::sent_id(id, tool_name::CHAT_ID);
        let outcome = parts::outcome(said);
        if self.waiting.remove(&id) {
            self.results.insert(id, outcome);
            if self.waiting.is_empty() {
                self.end_results()?;
            }
            return Ok(());
        }
        self.place(
            json!({"role": "user", "content": format!("[result of the tool call {id}] {}", outcome.text)}),
        );
        if !outcome.moved.is_empty() {
            self.place(json!({"role": "user", "content": parts::content(outcome.moved)?}));
        }
        Ok(())
    }

    /// The assistant's message, which goes on or begins.
    fn assistant(&mut self) -> Result<&mut Assistant, Problem> {
        if self.assistant.is_none() {
            self.end_results()?;
        }
        Ok(self.assistant.get_or_insert_default())
    }

    /// Behind the answers, where calls wait for them.
    fn place(&mut self, message: Value) {
        if self.calls.is_empty() { self.out.push(message) } else { self.held.push(message) }
    }

    fn end_assistant(&mut self) {
        let Some(turn) = self.assistant.take() else { return };
        if turn.text.is_empty() && turn.calls.is_empty() {
            return;
        }
        let text = if turn.text.is_empty() { Value::Null } else { turn.text.into() };
        let mut message = Object::new();
        message.insert("role".into(), "assistant".into());
        message.insert("content".into(), text);
        if self.takes.reasoning_content && !turn.reasoning.is_empty() {
            message.insert("reasoning_content".into(), turn.reasoning.into());
        }
        if !turn.calls.is_empty() {
            message.insert("tool_calls".into(), turn.calls.into());
        }
        self.out.push(message.into());
        self.waiting = turn.ids.iter().cloned().collect();
        self.calls = turn.ids;
    }

    /// Answers first, in the order of the calls; then what they could not hold; then what was said meanwhile.
    fn end_results(&mut self) -> Result<(), Problem> {
        self.waiting.clear();
        let mut moved = Vec::new();
        for id in std::mem::take(&mut self.calls) {
            let outcome = self.results.remove(&id);
            let text = outcome.map_or_else(
                || NO_RESULT.to_owned(),
                |outcome| {
                    moved.extend(outcome.moved);
                    outcome.text
                },
            );
            self.out.push(json!({"role": "tool", "tool_call_id": id, "content": text}));
        }
        if !moved.is_empty() {
            self.out.push(json!({"role": "user", "content": parts::content(moved)?}));
        }
        self.out.append(&mut self.held);
        Ok(())
    }
}

impl Assistant {
    fn say(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
        self.text.push_str(text);
    }
}

/// Many Chat servers parse the arguments of earlier turns, and fail at what is not an object.
fn whole(text: String) -> String {
    match arguments::to_object(&text) {
        Value::Object(object) if object.is_empty() || object.contains_key("_raw") => {
            Value::Object(object).to_string()
        }
        _ => text,
    }
}

const NOTHING: &str = ".";
const NO_RESULT: &str = "[no result]";

//! The conversation. Messages wants turns that alternate, and every call answered at the head of the next user turn;
//! Responses has one flat list.

use super::parts;
use crate::problem::Problem;
use crate::translate::field::{self, Object};
use crate::translate::responses::carrier;
use crate::translate::responses::input::{Input, Item};
use crate::translate::responses::parts::Part;
use crate::translate::{Dropped, arguments, custom_tool, tool_name};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Turns {
    system: Vec<Value>,
    out: Vec<Value>,
    /// Blocks of the assistant's turn; thinking that nothing follows is not sent.
    assistant: Vec<Value>,
    /// Thinking since the last block.
    thinking: Vec<Value>,
    /// Ids of calls that wait for their outputs, in order.
    calls: Vec<String>,
    /// The same ids, those that have no output yet.
    waiting: BTreeSet<String>,
    results: BTreeMap<String, Value>,
    user: Vec<Value>,
}

impl Turns {
    /// `instructions` lead the system prompt.
    pub(super) fn new(instructions: Option<String>) -> Self {
        let mut turns = Self {
            system: Vec::new(),
            out: Vec::new(),
            assistant: Vec::new(),
            thinking: Vec::new(),
            calls: Vec::new(),
            waiting: BTreeSet::new(),
            results: BTreeMap::new(),
            user: Vec::new(),
        };
        turns.system(instructions.into_iter().collect());
        turns
    }

    pub(super) fn take(&mut self, item: Item, dropped: &mut Dropped) -> Result<(), Problem> {
        match item {
            Item::System(texts) => self.system(texts),
            Item::User(said) => {
                self.end_assistant();
                for part in said {
                    self.user.push(parts::block(part)?);
                }
            }
            Item::Assistant(texts) => {
                self.assistant(texts.into_iter().filter_map(text_block).collect());
            }
            Item::Reasoning(item) => self.reasoning(&item, dropped),
            Item::Call { id, name, input } => {
                let id = tool_name::sent_id(id, tool_name::MESSAGES_ID);
                let input = match input {
                    Input::Arguments(text) => arguments::to_object(&text),
                    Input::Free(text) => custom_tool::wrap(text),
                };
                self.assistant(vec![json!({"type": "tool_use", "id": id, "name": name, "input": input})]);
                self.waiting.insert(id.clone());
                self.calls.push(id);
            }
            Item::Output { id, parts } => self.output(id, parts)?,
        }
        Ok(())
    }

    /// The turns, complete, and the system prompt that led them.
    pub(super) fn end(mut self) -> (Vec<Value>, Vec<Value>) {
        self.end_assistant();
        self.end_user();
        // Messages would take a last turn of the assistant for an answer to go on with.
        let begun = self.out.last().and_then(|last| last.get("role")).and_then(Value::as_str);
        if begun != Some("user") {
            self.out.push(json!({"role": "user", "content": NOTHING}));
        }
        (self.out, self.system)
    }

    /// At the head it is the system prompt; later, a remark in its place.
    fn system(&mut self, texts: Vec<String>) {
        if self.out.is_empty() && self.assistant.is_empty() && self.user.is_empty() {
            self.system.extend(texts.into_iter().filter_map(text_block));
        } else {
            self.end_assistant();
            self.user.extend(texts.into_iter().filter_map(|text| text_block(format!("[system] {text}"))));
        }
    }

    fn assistant(&mut self, mut blocks: Vec<Value>) {
        if blocks.is_empty() {
            return;
        }
        // An output or a word of the user's ended the turn that came before.
        if self.turned() {
            self.end_user();
        }
        self.assistant.append(&mut self.thinking);
        self.assistant.append(&mut blocks);
    }

    fn reasoning(&mut self, item: &Object, dropped: &mut Dropped) {
        if self.turned() {
            self.end_user();
        }
        match carrier::unwrap_thinking(field::text(item, "encrypted_content")) {
            Some(block) => self.thinking.push(block),
            None => dropped.add("reasoning items of another vendor"),
        }
    }

    fn output(&mut self, id: String, parts: Vec<Part>) -> Result<(), Problem> {
        self.end_assistant();
        let id = tool_name::sent_id(id, tool_name::MESSAGES_ID);
        if self.waiting.remove(&id) {
            let content = parts::result(parts)?;
            let result = json!({"type": "tool_result", "tool_use_id": id, "content": content});
            self.results.insert(id, result);
            return Ok(());
        }
        self.user.extend(text_block(format!("[result of the tool call {id}]")));
        for part in parts {
            self.user.push(parts::block(part)?);
        }
        Ok(())
    }

    /// Whether the turn is the user's.
    fn turned(&self) -> bool {
        self.assistant.is_empty() && (!self.calls.is_empty() || !self.user.is_empty())
    }

    fn end_assistant(&mut self) {
        self.thinking.clear();
        if self.assistant.is_empty() {
            return;
        }
        if self.out.is_empty() {
            self.out.push(json!({"role": "user", "content": NOTHING}));
        }
        self.out.push(json!({"role": "assistant", "content": std::mem::take(&mut self.assistant)}));
    }

    /// Results first, in the order of the calls; then what the user says.
    fn end_user(&mut self) {
        self.waiting.clear();
        let mut blocks = Vec::with_capacity(self.calls.len() + self.user.len());
        for id in std::mem::take(&mut self.calls) {
            blocks.push(self.results.remove(&id).unwrap_or_else(
                || json!({"type": "tool_result", "tool_use_id": id, "content": NO_RESULT, "is_error": true}),
            ));
        }
        self.results.clear();
        blocks.append(&mut self.user);
        if !blocks.is_empty() {
            self.out.push(json!({"role": "user", "content": blocks}));
        }
    }
}

/// Messages refuses empty text blocks.
fn text_block(text: String) -> Option<Value> {
    (!text.is_empty()).then(|| json!({"type": "text", "text": text}))
}

/// Messages begins with a user turn, and ends with one.
const NOTHING: &str = ".";
const NO_RESULT: &str = "[no result]";

//! The conversation. Messages wants turns that alternate, and every call answered at the head of the next user turn.

use super::parts::{self, text_block};
use super::reasoning;
use crate::problem::Problem;
use crate::translate::field::{self, Object, need_text, refused, take, take_list, take_object, take_text};
use crate::translate::{Dropped, Memo, arguments, custom_tool, tool_name};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Turns<'a> {
    memo: &'a mut Memo,
    dropped: &'a mut Dropped,
    system: Vec<Value>,
    out: Vec<Value>,
    assistant: Vec<Value>,
    /// Ids of calls that wait for their answers, in order.
    calls: Vec<String>,
    /// The same ids, those that have no answer yet.
    waiting: BTreeSet<String>,
    results: BTreeMap<String, Value>,
    user: Vec<Value>,
}

impl<'a> Turns<'a> {
    pub(super) fn new(memo: &'a mut Memo, dropped: &'a mut Dropped) -> Self {
        Self {
            memo,
            dropped,
            system: Vec::new(),
            out: Vec::new(),
            assistant: Vec::new(),
            calls: Vec::new(),
            waiting: BTreeSet::new(),
            results: BTreeMap::new(),
            user: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, index: usize, message: Value) -> Result<(), Problem> {
        let mut message = field::object(message, format_args!("messages[{index}]"))?;
        let content = take(&mut message, "content");
        match field::text(&message, "role") {
            "system" | "developer" => self.system_turn(parts::texts(index, content)?),
            "user" => {
                let blocks = parts::user(index, content, self.dropped)?;
                self.end_assistant();
                self.user.extend(blocks);
            }
            "assistant" => self.assistant_turn(index, message, content)?,
            "tool" => {
                let id = need_text(&mut message, "tool_call_id", format_args!("messages[{index}]"))?;
                self.answer(id, parts::texts(index, content)?);
            }
            "function" => {
                return Err(refused(
                    format_args!("messages[{index}]"),
                    "functions were replaced by tools, which can be sent",
                ));
            }
            _ => {
                let at = format_args!("messages[{index}].role").to_string();
                return Err(refused(at, "must be system, developer, user, assistant or tool"));
            }
        }
        Ok(())
    }

    /// The turns, complete, and the system prompt that led them.
    pub(super) fn end(mut self) -> Result<(Vec<Value>, Vec<Value>), Problem> {
        let prefill = !self.assistant.is_empty();
        self.end_assistant();
        if prefill && self.calls.is_empty() {
            return Err(refused(
                "messages",
                "this model cannot go on with an answer begun for it; end with a user message",
            ));
        }
        self.end_user();
        if self.out.is_empty() {
            self.out.push(json!({"role": "user", "content": NOTHING}));
        }
        Ok((self.out, self.system))
    }

    /// At the head it is the system prompt; later, a remark in its place.
    fn system_turn(&mut self, texts: Vec<String>) {
        let at_head = self.out.is_empty() && self.assistant.is_empty() && self.user.is_empty();
        if at_head {
            self.system.extend(texts.into_iter().filter_map(text_block));
        } else {
            self.end_assistant();
            self.user.extend(texts.into_iter().filter_map(|text| text_block(format!("[system] {text}"))));
        }
    }

    fn assistant_turn(
        &mut self,
        index: usize,
        mut message: Object,
        content: Option<Value>,
    ) -> Result<(), Problem> {
        let thoughts = reasoning::returned(&mut message, self.dropped);
        let refusal = take_text(&mut message, "refusal");
        let texts = parts::texts(index, content)?.into_iter().chain(refusal);
        let mut blocks: Vec<Value> = texts.filter_map(text_block).collect();
        let mut ids = Vec::new();
        for call in take_list(&mut message, "tool_calls")? {
            let (id, block) = self.call(index, call)?;
            ids.push(id);
            blocks.push(block);
        }
        if take(&mut message, "function_call").is_some() {
            return Err(refused(
                format_args!("messages[{index}]"),
                "functions were replaced by tools, which can be sent",
            ));
        }
        if take(&mut message, "audio").is_some() {
            return Err(refused(format_args!("messages[{index}]"), "this model does not hear audio"));
        }
        // An empty turn would separate what belongs together.
        if blocks.is_empty() {
            return Ok(());
        }
        if !self.calls.is_empty() || !self.user.is_empty() {
            self.end_assistant();
            self.end_user();
        }
        self.assistant.extend(thoughts);
        self.assistant.append(&mut blocks);
        self.waiting.extend(ids.iter().cloned());
        self.calls.append(&mut ids);
        Ok(())
    }

    fn call(&mut self, index: usize, call: Value) -> Result<(String, Value), Problem> {
        let at = format!("messages[{index}].tool_calls");
        let mut call = field::object(call, &at)?;
        let id = tool_name::sent_id(need_text(&mut call, "id", &at)?, tool_name::MESSAGES_ID);
        let (name, input) = if let Some(mut custom) = take_object(&mut call, "custom") {
            let name = need_text(&mut custom, "name", &at)?;
            (name, custom_tool::wrap(take_text(&mut custom, "input").unwrap_or_default()))
        } else {
            let mut function = take_object(&mut call, "function").unwrap_or_default();
            let name = need_text(&mut function, "name", &at)?;
            (name, arguments::to_object(&arguments::as_text(take(&mut function, "arguments"))))
        };
        let name = tool_name::sent(name, tool_name::MESSAGES_NAME, self.memo);
        let block = json!({"type": "tool_use", "id": id, "name": name, "input": input});
        Ok((id, block))
    }

    fn answer(&mut self, id: String, texts: Vec<String>) {
        self.end_assistant();
        let id = tool_name::sent_id(id, tool_name::MESSAGES_ID);
        let text = if texts.is_empty() { NO_OUTPUT.to_owned() } else { texts.join("\n") };
        if self.waiting.remove(&id) {
            let result = json!({"type": "tool_result", "tool_use_id": id, "content": text});
            self.results.insert(id, result);
        } else {
            self.user.extend(text_block(format!("[result of the tool call {id}] {text}")));
        }
    }

    fn end_assistant(&mut self) {
        if self.assistant.is_empty() {
            return;
        }
        if self.out.is_empty() {
            self.out.push(json!({"role": "user", "content": NOTHING}));
        }
        self.out.push(json!({"role": "assistant", "content": std::mem::take(&mut self.assistant)}));
    }

    /// Answers first, in the order of the calls; then what the user says.
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

/// Messages begins with a user turn, whatever the caller begins with.
const NOTHING: &str = ".";
const NO_OUTPUT: &str = "(no output)";
const NO_RESULT: &str = "[no result]";

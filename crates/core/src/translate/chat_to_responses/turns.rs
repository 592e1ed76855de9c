//! The conversation, as one flat list of items. Every call has its output.

use super::{parts, reasoning, tools};
use crate::problem::Problem;
use crate::translate::field::{self, Object, need_text, refused, take, take_list, take_object, take_text};
use crate::translate::responses::request_fields::CALL_ID;
use crate::translate::{Dropped, Memo, arguments, tool_name};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) struct Turns<'a> {
    memo: &'a mut Memo,
    dropped: &'a mut Dropped,
    /// The system prompt that leads the conversation.
    head: Vec<String>,
    out: Vec<Value>,
    /// Calls that have no output yet, and the type of it.
    waiting: BTreeMap<String, &'static str>,
    /// The same ids, in order, and those that have one.
    calls: Vec<String>,
}

impl<'a> Turns<'a> {
    pub(super) fn new(memo: &'a mut Memo, dropped: &'a mut Dropped) -> Self {
        Self { memo, dropped, head: Vec::new(), out: Vec::new(), waiting: BTreeMap::new(), calls: Vec::new() }
    }

    pub(super) fn take(&mut self, index: usize, message: Value) -> Result<(), Problem> {
        let mut message = field::object(message, format_args!("messages[{index}]"))?;
        let content = take(&mut message, "content");
        match field::text(&message, "role") {
            role @ ("system" | "developer") => {
                let texts = parts::texts(index, content)?;
                if self.out.is_empty() {
                    self.head.extend(texts);
                } else {
                    let role = role.to_owned();
                    self.said(&role, texts.into_iter().filter_map(parts::text).collect());
                }
            }
            "user" => self.said("user", parts::user(index, content)?),
            "assistant" => self.assistant(index, message, content)?,
            "tool" => {
                let id = need_text(&mut message, "tool_call_id", format_args!("messages[{index}]"))?;
                self.output(id, parts::texts(index, content)?);
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

    /// The items, complete, and the system prompt that led them.
    pub(super) fn end(mut self) -> Result<(Vec<Value>, String), Problem> {
        self.end_results();
        let last = self.out.last().and_then(|last| last.get("role")).and_then(Value::as_str);
        if last == Some("assistant") {
            return Err(refused(
                "messages",
                "this model cannot go on with an answer begun for it; end with a user message",
            ));
        }
        if self.out.is_empty() {
            self.said("user", parts::text(NOTHING.to_owned()).into_iter().collect());
        }
        Ok((self.out, self.head.join("\n\n")))
    }

    fn assistant(
        &mut self,
        index: usize,
        mut message: Object,
        content: Option<Value>,
    ) -> Result<(), Problem> {
        self.end_results();
        let thoughts = reasoning::returned(&mut message, self.dropped);
        let mut said: Vec<Value> = parts::texts(index, content)?
            .into_iter()
            .map(|text| json!({"type": "output_text", "text": text}))
            .collect();
        if let Some(refusal) = take_text(&mut message, "refusal").filter(|refusal| !refusal.is_empty()) {
            said.push(json!({"type": "refusal", "refusal": refusal}));
        }
        let mut calls = Vec::new();
        for call in take_list(&mut message, "tool_calls")? {
            calls.push(self.call(index, call)?);
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
        // OpenAI refuses reasoning that nothing came of.
        if !said.is_empty() || !calls.is_empty() {
            self.out.extend(thoughts);
        }
        self.said("assistant", said);
        self.out.append(&mut calls);
        Ok(())
    }

    fn call(&mut self, index: usize, call: Value) -> Result<Value, Problem> {
        let at = format!("messages[{index}].tool_calls");
        let mut call = field::object(call, &at)?;
        let id = tool_name::sent_id(need_text(&mut call, "id", &at)?, CALL_ID);
        self.calls.push(id.clone());
        if let Some(mut custom) = take_object(&mut call, "custom") {
            self.waiting.insert(id.clone(), "custom_tool_call_output");
            let name = tools::sent(need_text(&mut custom, "name", &at)?, self.memo);
            let input = take_text(&mut custom, "input").unwrap_or_default();
            return Ok(json!({"type": "custom_tool_call", "call_id": id, "name": name, "input": input}));
        }
        self.waiting.insert(id.clone(), "function_call_output");
        let mut function = take_object(&mut call, "function").unwrap_or_default();
        let name = tools::sent(need_text(&mut function, "name", &at)?, self.memo);
        let arguments = arguments::as_text(take(&mut function, "arguments"));
        let arguments = if arguments.trim().is_empty() { "{}".to_owned() } else { arguments };
        Ok(json!({"type": "function_call", "call_id": id, "name": name, "arguments": arguments}))
    }

    fn output(&mut self, id: String, texts: Vec<String>) {
        let id = tool_name::sent_id(id, CALL_ID);
        let text = if texts.is_empty() { NO_OUTPUT.to_owned() } else { texts.join("\n") };
        match self.waiting.remove(&id) {
            Some(kind) => self.out.push(json!({"type": kind, "call_id": id, "output": text})),
            None => {
                let text = parts::text(format!("[result of the tool call {id}] {text}"));
                self.said("user", text.into_iter().collect());
            }
        }
    }

    fn said(&mut self, role: &str, parts: Vec<Value>) {
        if !parts.is_empty() {
            self.out.push(json!({"type": "message", "role": role, "content": parts}));
        }
    }

    /// Outputs of calls that got none.
    fn end_results(&mut self) {
        for id in std::mem::take(&mut self.calls) {
            if let Some(kind) = self.waiting.remove(&id) {
                self.out.push(json!({"type": kind, "call_id": id, "output": NO_RESULT}));
            }
        }
    }
}

const NOTHING: &str = ".";
const NO_OUTPUT: &str = "(no output)";
const NO_RESULT: &str = "[no result]";

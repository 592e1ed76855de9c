//! The conversation, as one flat list of items. Every call has its output, and outputs stand before what the user says
//! beside them.

use super::parts::{self, Input};
use crate::problem::Problem;
use crate::translate::field::{self, At, Object, need_text, refused, take, take_text};
use crate::translate::messages_content::{self, note_hints, unknown};
use crate::translate::responses::carrier;
use crate::translate::responses::request_fields::CALL_ID;
use crate::translate::{Dropped, Memo, arguments, tool_name};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Turns<'a> {
    memo: &'a mut Memo,
    dropped: &'a mut Dropped,
    out: Vec<Value>,
    /// Ids of calls that wait for their outputs, in order.
    calls: Vec<String>,
    /// The same ids, those that have no output yet.
    waiting: BTreeSet<String>,
    results: BTreeMap<String, Value>,
    /// What arrived while calls waited.
    held: Vec<Value>,
    /// Reasoning that nothing follows yet.
    reasoning: Vec<Value>,
}

impl<'a> Turns<'a> {
    pub(super) fn new(memo: &'a mut Memo, dropped: &'a mut Dropped) -> Self {
        Self {
            memo,
            dropped,
            out: Vec::new(),
            calls: Vec::new(),
            waiting: BTreeSet::new(),
            results: BTreeMap::new(),
            held: Vec::new(),
            reasoning: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, index: usize, message: Value) -> Result<(), Problem> {
        let mut message = field::object(message, format_args!("messages[{index}]"))?;
        if message.get("output_config").is_some_and(field::says_something) {
            self.dropped.add("messages[].output_config");
        }
        let content = take(&mut message, "content").unwrap_or_else(|| Value::Array(Vec::new()));
        match field::text(&message, "role") {
            "user" => self.user(index, content),
            "assistant" => self.assistant(index, content),
            "system" => {
                let text = messages_content::system(content, self.dropped)?.join("\n\n");
                self.said("system", messages_content::text::<Input>(text).into_iter().collect());
                Ok(())
            }
            _ => Err(refused(format_args!("messages[{index}].role"), "must be user, assistant or system")),
        }
    }

    /// The items, complete.
    pub(super) fn end(mut self) -> Result<Vec<Value>, Problem> {
        self.end_results();
        match self.out.last() {
            None => Err(refused("messages", "must say something")),
            Some(last) if last.get("role") == Some(&Value::from("assistant")) => Err(refused(
                "messages",
                "this model cannot go on with an answer begun for it; end with a user turn",
            )),
            Some(_) => Ok(self.out),
        }
    }

    fn user(&mut self, index: usize, content: Value) -> Result<(), Problem> {
        let mut said = Vec::new();
        for (part, block) in blocks(index, content)?.into_iter().enumerate() {
            let at = At { message: index, part };
            let mut block = field::object(block, at)?;
            if field::text(&block, "type") != "tool_result" {
                said.extend(messages_content::user::<Input>(block, at, self.dropped)?);
                continue;
            }
            note_hints(&block, self.dropped);
            let id = tool_name::sent_id(need_text(&mut block, "tool_use_id", at)?, CALL_ID);
            let output = parts::tool_result(block, at, self.dropped)?;
            if self.waiting.remove(&id) {
                self.results.insert(id, output);
                continue;
            }
            // Of a call that nobody made.
            match output {
                Value::String(text) => {
                    said.extend(messages_content::text::<Input>(format!(
                        "[result of the tool call {id}] {text}"
                    )));
                }
                Value::Array(parts) => said.extend(parts),
                _ => {}
            }
        }
        self.said("user", said);
        if self.waiting.is_empty() {
            self.end_results();
        }
        Ok(())
    }

    fn assistant(&mut self, index: usize, content: Value) -> Result<(), Problem> {
        self.end_results();
        for (part, block) in blocks(index, content)?.into_iter().enumerate() {
            let at = At { message: index, part };
            let mut block = field::object(block, at)?;
            note_hints(&block, self.dropped);
            let kind = take_text(&mut block, "type").unwrap_or_default();
            match kind.as_str() {
                "text" => {
                    let text = need_text(&mut block, "text", at)?;
                    if !text.is_empty() {
                        self.follow();
                        self.out
                            .push(message("assistant", vec![json!({"type": "output_text", "text": text})]));
                    }
                }
                "tool_use" => self.call(block, at)?,
                "thinking" => {
                    let (text, signature) =
                        (field::text(&block, "thinking"), field::text(&block, "signature"));
                    match carrier::unwrap_encrypted(text, signature) {
                        Some(item) => self.reasoning.push(item),
                        None => self.dropped.add("thinking blocks"),
                    }
                }
                "redacted_thinking" => self.dropped.add("thinking blocks"),
                _ if is_of_server_tool(&kind) => self.dropped.add("server tool blocks"),
                _ => return Err(unknown(at, &kind)),
            }
        }
        self.waiting = self.calls.iter().cloned().collect();
        // OpenAI refuses reasoning that nothing came of.
        self.reasoning.clear();
        Ok(())
    }

    fn call(&mut self, mut block: Object, at: At) -> Result<(), Problem> {
        let id = tool_name::sent_id(need_text(&mut block, "id", at)?, CALL_ID);
        let name = need_text(&mut block, "name", at)?;
        let name = tool_name::sent(name, tool_name::CHAT_NAME, self.memo);
        let arguments = arguments::to_text(take(&mut block, "input"));
        self.follow();
        self.out.push(json!({"type": "function_call", "call_id": id, "name": name, "arguments": arguments}));
        self.calls.push(id);
        Ok(())
    }

    /// Something follows the reasoning.
    fn follow(&mut self) {
        self.out.append(&mut self.reasoning);
    }

    fn said(&mut self, role: &str, parts: Vec<Value>) {
        if parts.is_empty() {
            return;
        }
        let message = message(role, parts);
        if self.calls.is_empty() { self.out.push(message) } else { self.held.push(message) }
    }

    /// Outputs first, in the order of the calls; then what was said meanwhile.
    fn end_results(&mut self) {
        self.waiting.clear();
        for id in std::mem::take(&mut self.calls) {
            let output = self.results.remove(&id).unwrap_or_else(|| NO_RESULT.into());
            self.out.push(json!({"type": "function_call_output", "call_id": id, "output": output}));
        }
        self.out.append(&mut self.held);
    }
}

fn message(role: &str, parts: Vec<Value>) -> Value {
    json!({"type": "message", "role": role, "content": parts})
}

fn blocks(index: usize, content: Value) -> Result<Vec<Value>, Problem> {
    match content {
        Value::String(text) => Ok(vec![json!({"type": "text", "text": text})]),
        Value::Array(blocks) => Ok(blocks),
        _ => Err(refused(format_args!("messages[{index}].content"), "must be a string or a list of blocks")),
    }
}

/// By prefix and ending: each has dated and renamed kin.
fn is_of_server_tool(kind: &str) -> bool {
    matches!(kind, "server_tool_use" | "mcp_tool_use")
        || (kind.ends_with("_tool_result") && kind != "tool_result")
}

const NO_RESULT: &str = "[no result]";

//! The conversation. Chat wants each call's answer right behind the message that made the call, in the order of the
//! calls, and nothing in between; Messages puts them into the next user turn, beside whatever the user says.

use super::parts::{self, Chat, Outcome};
use crate::problem::Problem;
use crate::translate::field::{self, At, Object, need_text, refused, take, take_text};
use crate::translate::messages_content::{self, note_hints, unknown};
use crate::translate::{Dropped, Memo, Takes, arguments, tool_name};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) struct Turns<'a> {
    takes: Takes,
    memo: &'a mut Memo,
    dropped: &'a mut Dropped,
    out: Vec<Value>,
    assistant: Option<Assistant>,
    /// Ids of calls that wait for their answers, in order.
    calls: Vec<String>,
    /// The same ids, those that have no answer yet.
    waiting: BTreeSet<String>,
    user: User,
    /// System messages that arrived while calls waited.
    system: Vec<Value>,
}

/// Consecutive assistant turns are one.
#[derive(Default)]
struct Assistant {
    text: String,
    /// The last block was text: the next one goes on with it.
    in_text: bool,
    reasoning: String,
    calls: Vec<Value>,
    ids: Vec<String>,
}

/// Consecutive user turns, while calls wait for their answers.
#[derive(Default)]
struct User {
    results: BTreeMap<String, Outcome>,
    /// Results of calls that nobody made.
    orphans: Vec<Value>,
    parts: Vec<Value>,
}

impl<'a> Turns<'a> {
    pub(super) fn new(takes: Takes, memo: &'a mut Memo, dropped: &'a mut Dropped) -> Self {
        Self {
            takes,
            memo,
            dropped,
            out: Vec::new(),
            assistant: None,
            calls: Vec::new(),
            waiting: BTreeSet::new(),
            user: User::default(),
            system: Vec::new(),
        }
    }

    pub(super) fn system(&mut self, text: String) {
        if text.is_empty() {
            return;
        }
        self.end_assistant();
        let message = json!({"role": "system", "content": text});
        if self.calls.is_empty() { self.out.push(message) } else { self.system.push(message) }
    }

    pub(super) fn take(&mut self, index: usize, message: Value) -> Result<(), Problem> {
        let mut message = field::object(message, format_args!("messages[{index}]"))?;
        if message.get("output_config").is_some_and(field::says_something) {
            self.dropped.add("messages[].output_config");
        }
        let content = take(&mut message, "content").unwrap_or_else(|| Value::Array(Vec::new()));
        match field::text(&message, "role") {
            "user" => self.user_turn(index, content),
            "assistant" => self.assistant_turn(index, content),
            "system" => {
                let text = messages_content::system(content, self.dropped)?.join("\n\n");
                self.system(text);
                Ok(())
            }
            _ => Err(refused(format_args!("messages[{index}].role"), "must be user, assistant or system")),
        }
    }

    /// The messages, complete.
    pub(super) fn end(mut self) -> Result<Vec<Value>, Problem> {
        self.end_assistant();
        self.end_user();
        match self.out.last() {
            None => Err(refused("messages", "must say something")),
            Some(last) if last.get("role") == Some(&Value::from("assistant")) => Err(refused(
                "messages",
                "this model cannot go on with an answer begun for it; end with a user turn",
            )),
            Some(_) => Ok(self.out),
        }
    }

    fn user_turn(&mut self, index: usize, content: Value) -> Result<(), Problem> {
        self.end_assistant();
        for (part, block) in blocks(index, content)?.into_iter().enumerate() {
            let at = At { message: index, part };
            let mut block = field::object(block, at)?;
            if field::text(&block, "type") != "tool_result" {
                self.user.parts.extend(messages_content::user::<Chat>(block, at, self.dropped)?);
                continue;
            }
            note_hints(&block, self.dropped);
            let id = tool_name::sent_id(need_text(&mut block, "tool_use_id", at)?, tool_name::CHAT_ID);
            let outcome = parts::tool_result(block, at, self.dropped)?;
            if self.waiting.remove(&id) {
                self.user.results.insert(id, outcome);
            } else {
                let text = format!("[result of the tool call {id}] {}", outcome.text);
                self.user.orphans.extend(messages_content::text::<Chat>(text));
                self.user.orphans.extend(outcome.moved);
            }
        }
        if self.waiting.is_empty() {
            self.end_user();
        }
        Ok(())
    }

    /// Answers first, in the order of the calls; then what they could not hold; then what the user says.
    fn end_user(&mut self) {
        let mut user = std::mem::take(&mut self.user);
        self.waiting.clear();
        let mut parts = Vec::new();
        for id in std::mem::take(&mut self.calls) {
            let outcome = user.results.remove(&id);
            let (text, moved) =
                outcome.map_or_else(|| (NO_RESULT.to_owned(), Vec::new()), |o| (o.text, o.moved));
            self.out.push(json!({"role": "tool", "tool_call_id": id, "content": text}));
            parts.extend(moved);
        }
        parts.append(&mut user.orphans);
        parts.append(&mut user.parts);
        if !parts.is_empty() {
            self.out.push(json!({"role": "user", "content": content(parts)}));
        }
        self.out.append(&mut self.system);
    }

    fn assistant_turn(&mut self, index: usize, content: Value) -> Result<(), Problem> {
        if !self.calls.is_empty() {
            self.end_user();
        }
        let mut turn = self.assistant.take().unwrap_or_default();
        turn.in_text = false;
        for (part, block) in blocks(index, content)?.into_iter().enumerate() {
            let at = At { message: index, part };
            let mut block = field::object(block, at)?;
            note_hints(&block, self.dropped);
            let kind = take_text(&mut block, "type").unwrap_or_default();
            match kind.as_str() {
                "text" => {
                    turn.say(&need_text(&mut block, "text", at)?);
                    continue;
                }
                "tool_use" => self.call(&mut turn, block, at)?,
                "thinking" if self.takes.reasoning_content => {
                    turn.reasoning.push_str(field::text(&block, "thinking"));
                }
                "thinking" | "redacted_thinking" => self.dropped.add("thinking blocks"),
                _ if is_of_server_tool(&kind) => self.dropped.add("server tool blocks"),
                _ => return Err(unknown(at, &kind)),
            }
            turn.in_text = false;
        }
        self.assistant = Some(turn);
        Ok(())
    }

    fn call(&mut self, turn: &mut Assistant, mut block: Object, at: At) -> Result<(), Problem> {
        let id = tool_name::sent_id(need_text(&mut block, "id", at)?, tool_name::CHAT_ID);
        let name = need_text(&mut block, "name", at)?;
        let name = tool_name::sent(name, tool_name::CHAT_NAME, self.memo);
        let arguments = arguments::to_text(take(&mut block, "input"));
        turn.ids.push(id.clone());
        turn.calls.push(json!({
            "id": id,
            "type": "function",
            "function": {"name": name, "arguments": arguments},
        }));
        Ok(())
    }

    fn end_assistant(&mut self) {
        let Some(turn) = self.assistant.take() else { return };
        if turn.text.is_empty() && turn.calls.is_empty() {
            return;
        }
        let text = if turn.text.is_empty() { Value::Null } else { Value::from(turn.text) };
        let mut message = json!({"role": "assistant", "content": text});
        if let Value::Object(message) = &mut message {
            if !turn.reasoning.is_empty() {
                message.insert("reasoning_content".into(), turn.reasoning.into());
            }
            if !turn.calls.is_empty() {
                message.insert("tool_calls".into(), turn.calls.into());
            }
        }
        self.out.push(message);
        self.waiting = turn.ids.iter().cloned().collect();
        self.calls = turn.ids;
    }
}

impl Assistant {
    fn say(&mut self, text: &str) {
        if !self.in_text && !self.text.is_empty() && !text.is_empty() {
            self.text.push_str("\n\n");
        }
        self.text.push_str(text);
        self.in_text = true;
    }
}

fn blocks(index: usize, content: Value) -> Result<Vec<Value>, Problem> {
    match content {
        Value::String(text) => Ok(vec![json!({"type": "text", "text": text})]),
        Value::Array(blocks) => Ok(blocks),
        _ => Err(refused(format_args!("messages[{index}].content"), "must be a string or a list of blocks")),
    }
}

/// One text is a string: every Chat server takes that.
fn content(mut parts: Vec<Value>) -> Value {
    if parts.len() == 1
        && let Some(Value::Object(part)) = parts.first_mut()
        && let Some(text) = take_text(part, "text")
    {
        return text.into();
    }
    parts.into()
}

/// By prefix and ending: each has dated and renamed kin.
fn is_of_server_tool(kind: &str) -> bool {
    matches!(kind, "server_tool_use" | "mcp_tool_use")
        || (kind.ends_with("_tool_result") && kind != "tool_result")
}

const NO_RESULT: &str = "[no result]";

//! Writing a conversation as Gemini's `contents`: turns that alternate and begin with the user's, every call answered
//! in the next turn, in the order of the calls, by the name of the function. PROTOCOLS.md I2, I3.

use super::carrier;
use crate::problem::Problem;
use crate::translate::field::{Object, refused};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(crate) struct Contents {
    out: Vec<Value>,
    model: Vec<Value>,
    /// The model's turn has a call, which is the one that carries the signature.
    called: bool,
    /// Ids and names of calls that wait for their answers, in order.
    calls: Vec<(String, String)>,
    /// The same ids, those that have no answer yet.
    waiting: BTreeSet<String>,
    answers: BTreeMap<String, Outcome>,
    /// What answers could not hold.
    moved: Vec<Value>,
    user: Vec<Value>,
}

/// What a tool answered.
pub(crate) struct Outcome {
    pub(crate) text: String,
    pub(crate) failed: bool,
    /// Parts that a functionResponse cannot hold.
    pub(crate) moved: Vec<Value>,
}

impl Contents {
    /// A part of a user's turn.
    pub(crate) fn say(&mut self, part: Value) {
        self.end_model();
        self.user.push(part);
    }

    /// Gemini has one system prompt, at the head; a later remark stays in its place.
    pub(crate) fn remark(&mut self, text: &str) {
        self.say(json!({"text": format!("[system] {text}")}));
    }

    /// Whether anything was said.
    pub(crate) fn is_empty(&self) -> bool {
        self.out.is_empty() && self.model.is_empty() && self.user.is_empty() && self.moved.is_empty()
    }

    pub(crate) fn answer(&mut self, id: String, outcome: Outcome) {
        self.end_model();
        if self.waiting.remove(&id) {
            self.answers.insert(id, outcome);
        } else {
            self.moved.push(json!({"text": format!("[result of the tool call {id}] {}", outcome.text)}));
            self.moved.extend(outcome.moved);
        }
    }

    pub(crate) fn model_text(&mut self, text: String) {
        if !text.is_empty() {
            self.end_user();
            self.model.push(json!({"text": text}));
        }
    }

    /// `signature` is what Google sent with the call.
    pub(crate) fn call(&mut self, id: String, name: String, args: Value, signature: Option<String>) {
        self.end_user();
        let first = !std::mem::replace(&mut self.called, true);
        let mut part = Object::new();
        part.insert("functionCall".into(), json!({"name": name, "args": args, "id": id}));
        if let Some(signature) = signature.or_else(|| first.then(|| carrier::SKIP.to_owned())) {
            part.insert("thoughtSignature".into(), signature.into());
        }
        self.model.push(Value::Object(part));
        self.waiting.insert(id.clone());
        self.calls.push((id, name));
    }

    /// The contents, complete.
    ///
    /// # Errors
    /// When there are none, or they end with what the model said.
    pub(crate) fn end(mut self) -> Result<Vec<Value>, Problem> {
        let prefill = !self.model.is_empty() && !self.called;
        self.end_model();
        if prefill {
            return Err(refused(
                "messages",
                "this model cannot go on with an answer begun for it; end with a user turn",
            ));
        }
        self.end_user();
        if self.out.is_empty() {
            return Err(refused("messages", "must say something"));
        }
        Ok(self.out)
    }

    fn end_model(&mut self) {
        if self.model.is_empty() {
            return;
        }
        if self.out.is_empty() {
            self.out.push(json!({"role": "user", "parts": [{"text": NOTHING}]}));
        }
        self.out.push(json!({"role": "model", "parts": std::mem::take(&mut self.model)}));
        self.called = false;
    }

    /// Answers first; then what they could not hold; then what the user says. Not before the model's turn ended.
    fn end_user(&mut self) {
        if !self.model.is_empty() {
            return;
        }
        self.waiting.clear();
        let (mut parts, mut held) = (Vec::new(), Vec::new());
        for (id, name) in std::mem::take(&mut self.calls) {
            let (kind, text) = match self.answers.remove(&id) {
                Some(Outcome { text, failed, moved }) => {
                    held.extend(moved);
                    (if failed { "error" } else { "output" }, text)
                }
                None => ("error", NO_RESULT.to_owned()),
            };
            parts.push(json!({"functionResponse": {"name": name, "id": id, "response": {kind: text}}}));
        }
        parts.append(&mut held);
        parts.append(&mut self.moved);
        parts.append(&mut self.user);
        if !parts.is_empty() {
            self.out.push(json!({"role": "user", "parts": parts}));
        }
    }
}

/// Gemini begins with a user turn, whatever the caller begins with.
const NOTHING: &str = ".";
pub(crate) const NO_OUTPUT: &str = "(no output)";
const NO_RESULT: &str = "[no result]";

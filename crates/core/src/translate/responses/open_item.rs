//! The item of a Responses answer that is growing: what it looks like, empty and done, and how its events are called.

use crate::translate::answer_id;
use crate::translate::field::Object;
use serde_json::{Value, json};

/// The item that is open.
pub(super) struct Open {
    id: String,
    /// Its place in the output.
    index: usize,
    pub(super) kind: Kind,
    /// Its text, reasoning or input so far.
    pub(super) said: String,
    /// Its part was announced.
    pub(super) parted: bool,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Refusal,
    Reasoning,
    Function(Call),
    /// Its text is inside a JSON string that has to be whole.
    Custom(Call),
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) namespace: Option<String>,
}

impl Open {
    pub(super) fn new(answer: &str, index: usize, kind: Kind) -> Self {
        Self {
            id: answer_id::item(kind.prefix(), answer, index),
            index,
            kind,
            said: String::new(),
            parted: false,
        }
    }

    /// The item, still empty or done.
    pub(super) fn item(&self, done: bool, encrypted: Option<String>) -> Value {
        let status = if done { "completed" } else { "in_progress" };
        match &self.kind {
            Kind::Text | Kind::Refusal => {
                let content: Vec<Value> = self.part().filter(|_| done).into_iter().collect();
                json!({"id": self.id, "type": "message", "status": status, "role": "assistant", "content": content})
            }
            Kind::Reasoning => {
                let summary: Vec<Value> = self.part().filter(|_| self.parted).into_iter().collect();
                json!({"id": self.id, "type": "reasoning", "summary": summary, "encrypted_content": encrypted})
            }
            Kind::Function(call) => self.call("function_call", status, call, "arguments"),
            Kind::Custom(call) => self.call("custom_tool_call", status, call, "input"),
        }
    }

    fn call(&self, kind: &str, status: &str, call: &Call, field: &str) -> Value {
        let mut item = Object::new();
        item.insert("id".into(), self.id.as_str().into());
        item.insert("type".into(), kind.into());
        item.insert("status".into(), status.into());
        item.insert("call_id".into(), call.id.as_str().into());
        item.insert("name".into(), call.name.as_str().into());
        if let Some(namespace) = &call.namespace {
            item.insert("namespace".into(), namespace.as_str().into());
        }
        item.insert(field.into(), self.said.as_str().into());
        Value::Object(item)
    }

    /// The part that holds its text; calls have none.
    pub(super) fn part(&self) -> Option<Value> {
        match self.kind {
            Kind::Text => {
                Some(json!({"type": "output_text", "text": self.said, "annotations": [], "logprobs": []}))
            }
            Kind::Refusal => Some(json!({"type": "refusal", "refusal": self.said})),
            Kind::Reasoning => Some(json!({"type": "summary_text", "text": self.said})),
            Kind::Function(_) | Kind::Custom(_) => None,
        }
    }

    pub(super) fn part_event(&self, what: &str) -> &'static str {
        match (&self.kind, what) {
            (Kind::Reasoning, "added") => "response.reasoning_summary_part.added",
            (Kind::Reasoning, _) => "response.reasoning_summary_part.done",
            (_, "added") => "response.content_part.added",
            _ => "response.content_part.done",
        }
    }

    pub(super) fn done_event(&self) -> &'static str {
        match self.kind {
            Kind::Text => "response.output_text.done",
            Kind::Refusal => "response.refusal.done",
            Kind::Reasoning => "response.reasoning_summary_text.done",
            Kind::Function(_) => "response.function_call_arguments.done",
            Kind::Custom(_) => "response.custom_tool_call_input.done",
        }
    }

    /// What its `done` event says.
    pub(super) fn whole(&self) -> Value {
        match &self.kind {
            Kind::Text => json!({"text": self.said, "logprobs": []}),
            Kind::Refusal => json!({"refusal": self.said}),
            Kind::Reasoning => json!({"text": self.said}),
            Kind::Function(call) => json!({"name": call.name, "arguments": self.said}),
            Kind::Custom(_) => json!({"input": self.said}),
        }
    }

    /// The fields, led by where they belong.
    pub(super) fn place(&self, fields: Value) -> Value {
        let mut placed = Object::new();
        placed.insert("item_id".into(), self.id.as_str().into());
        placed.insert("output_index".into(), self.index.into());
        match self.kind {
            Kind::Text | Kind::Refusal => {
                placed.insert("content_index".into(), 0.into());
            }
            Kind::Reasoning => {
                placed.insert("summary_index".into(), 0.into());
            }
            Kind::Function(_) | Kind::Custom(_) => {}
        }
        if let Value::Object(fields) = fields {
            placed.extend(fields);
        }
        Value::Object(placed)
    }
}

impl Kind {
    fn prefix(&self) -> &'static str {
        match self {
            Self::Text | Self::Refusal => "msg",
            Self::Reasoning => "rs",
            Self::Function(_) => "fc",
            Self::Custom(_) => "ctc",
        }
    }
}

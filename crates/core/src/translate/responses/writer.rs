//! A Responses answer as it grows: one item after the other, each event in its place and numbered. The same for whole
//! answers, which are only not sent while they grow. PROTOCOLS.md B4, I6.

use super::open_item::{Call, Kind, Open};
use super::response::{State, error, response};
use crate::translate::field::Object;
use crate::translate::{Memo, answer_id, custom_tool, event, usage_shape};
use crate::usage::Usage;
use serde_json::{Value, json};

pub(crate) struct Writer {
    memo: Memo,
    /// Of the answer; empty before it began.
    id: String,
    sent: u64,
    output: Vec<Value>,
    open: Option<Open>,
    /// Bytes of all items so far: `response.completed` repeats them.
    kept: usize,
    calls: usize,
    ended: bool,
    /// A whole answer: nothing is sent while it grows.
    quiet: bool,
}

impl Writer {
    pub(crate) fn new(memo: &Memo) -> Self {
        Self {
            memo: memo.clone(),
            id: String::new(),
            sent: 0,
            output: Vec::new(),
            open: None,
            kept: 0,
            calls: 0,
            ended: false,
            quiet: false,
        }
    }

    /// For a whole answer: what [`complete`](Self::complete) returns is all there is.
    pub(crate) fn whole(memo: &Memo) -> Self {
        Self { quiet: true, ..Self::new(memo) }
    }

    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// Whether the answer calls a tool.
    pub(crate) fn called(&self) -> bool {
        self.calls > 0
    }

    /// Whether a call is open.
    pub(crate) fn in_call(&self) -> bool {
        self.open.as_ref().is_some_and(|open| matches!(open.kind, Kind::Function(_) | Kind::Custom(_)))
    }

    /// Begins the answer, once.
    pub(crate) fn start(&mut self, upstream_id: &str, out: &mut Vec<u8>) {
        if !self.id.is_empty() {
            return;
        }
        self.id = answer_id::responses(upstream_id, &self.memo);
        for kind in ["response.created", "response.in_progress"] {
            let response = response(&self.id, &self.memo, &State::Begun, Vec::new(), Value::Null);
            self.emit(kind, json!({"response": response}), out);
        }
    }

    /// Text goes on in the open message, or begins one.
    pub(crate) fn text(&mut self, text: &str, out: &mut Vec<u8>) {
        self.message(Kind::Text, text, out);
    }

    pub(crate) fn refusal(&mut self, text: &str, out: &mut Vec<u8>) {
        self.message(Kind::Refusal, text, out);
    }

    /// Begins a reasoning item.
    pub(crate) fn open_reasoning(&mut self, out: &mut Vec<u8>) {
        self.open(Kind::Reasoning, out);
    }

    /// Reasoning that is shown; begins an item where none is open.
    pub(crate) fn reasoning(&mut self, text: &str, out: &mut Vec<u8>) {
        if text.is_empty() || !self.keep(text, out) {
            return;
        }
        if !self.is_open(&Kind::Reasoning) {
            self.open(Kind::Reasoning, out);
        }
        self.say("response.reasoning_summary_text.delta", text, out);
    }

    /// Ends the open reasoning item, sealed.
    pub(crate) fn seal(&mut self, encrypted: Option<String>, out: &mut Vec<u8>) {
        if self.is_open(&Kind::Reasoning) && self.keep(encrypted.as_deref().unwrap_or_default(), out) {
            self.close_with(encrypted, out);
        }
    }

    /// Begins a call of the tool with that name, as sent.
    pub(crate) fn open_call(&mut self, id: &str, sent: &str, out: &mut Vec<u8>) {
        if !self.keep(sent, out) {
            return;
        }
        let id = if id.is_empty() { answer_id::call(&self.id, self.calls) } else { id.to_owned() };
        let call = Call {
            id,
            name: self.memo.tool_name(sent).to_owned(),
            namespace: self.memo.tool_namespaces.get(sent).cloned(),
        };
        self.calls += 1;
        let custom = self.memo.custom_tools.contains(sent);
        self.open(if custom { Kind::Custom(call) } else { Kind::Function(call) }, out);
    }

    /// A piece of the open call's arguments.
    pub(crate) fn input(&mut self, json: &str, out: &mut Vec<u8>) {
        if json.is_empty() || !self.keep(json, out) {
            return;
        }
        match self.open.as_mut() {
            Some(Open { kind: Kind::Function(_), .. }) => {
                self.say("response.function_call_arguments.delta", json, out);
            }
            Some(open) if matches!(open.kind, Kind::Custom(_)) => open.said.push_str(json),
            _ => {}
        }
    }

    /// Ends the open item.
    pub(crate) fn close(&mut self, out: &mut Vec<u8>) {
        self.close_with(None, out);
    }

    /// Ends the answer, and returns it. `word` is how the stop reason's row has it; calls outrank it.
    pub(crate) fn complete(&mut self, word: &'static str, usage: &Usage, out: &mut Vec<u8>) -> Value {
        self.start("", out);
        self.close(out);
        if self.ended {
            return Value::Null;
        }
        let state = if self.called() { State::Completed } else { State::of(word) };
        let output = std::mem::take(&mut self.output);
        let response = response(&self.id, &self.memo, &state, output, usage_shape::responses(usage));
        let event = json!({"response": response});
        self.emit(&format!("response.{}", state.word()), event, out);
        self.ended = true;
        response
    }

    /// Ends with the upstream's error. The open item stays open: nobody may take it for whole.
    pub(crate) fn fail(&mut self, data: &Value, out: &mut Vec<u8>) {
        self.start("", out);
        let state = State::Failed(error(data));
        let output = std::mem::take(&mut self.output);
        let response = response(&self.id, &self.memo, &state, output, Value::Null);
        self.emit("response.failed", json!({"response": response}), out);
        self.ended = true;
    }

    fn message(&mut self, kind: Kind, text: &str, out: &mut Vec<u8>) {
        if text.is_empty() || !self.keep(text, out) {
            return;
        }
        let delta = if kind == Kind::Text { "response.output_text.delta" } else { "response.refusal.delta" };
        if !self.is_open(&kind) {
            self.open(kind, out);
        }
        self.say(delta, text, out);
    }

    fn is_open(&self, kind: &Kind) -> bool {
        self.open.as_ref().is_some_and(|open| open.kind == *kind)
    }

    fn open(&mut self, kind: Kind, out: &mut Vec<u8>) {
        self.close(out);
        if self.ended {
            return;
        }
        let open = Open::new(&self.id, self.output.len(), kind);
        let added = json!({"output_index": self.output.len(), "item": open.item(false, None)});
        self.emit("response.output_item.added", added, out);
        self.open = Some(open);
    }

    /// A piece of the open item; the first one announces its part.
    fn say(&mut self, delta: &str, text: &str, out: &mut Vec<u8>) {
        let Some(mut open) = self.open.take() else { return };
        if !std::mem::replace(&mut open.parted, true)
            && let Some(part) = open.part()
        {
            let added = open.place(json!({"part": part}));
            self.emit(open.part_event("added"), added, out);
        }
        open.said.push_str(text);
        let mut said = json!({"delta": text});
        if let (Kind::Text, Value::Object(said)) = (&open.kind, &mut said) {
            said.insert("logprobs".into(), json!([]));
        }
        let said = open.place(said);
        self.emit(delta, said, out);
        self.open = Some(open);
    }

    fn close_with(&mut self, encrypted: Option<String>, out: &mut Vec<u8>) {
        if self.ended {
            return;
        }
        // Callers parse the arguments: nothing is not JSON.
        if matches!(&self.open, Some(open) if matches!(open.kind, Kind::Function(_)) && open.said.is_empty())
        {
            self.say("response.function_call_arguments.delta", "{}", out);
        }
        let Some(mut open) = self.open.take() else { return };
        if matches!(open.kind, Kind::Custom(_)) {
            open.said = custom_tool::unwrap(&open.said);
            let delta = open.place(json!({"delta": open.said}));
            self.emit("response.custom_tool_call_input.delta", delta, out);
            open.parted = true;
        }
        if open.parted {
            let done = open.place(open.whole());
            self.emit(open.done_event(), done, out);
            if let Some(part) = open.part() {
                let done = open.place(json!({"part": part}));
                self.emit(open.part_event("done"), done, out);
            }
        }
        let item = open.item(true, encrypted);
        let done = json!({"output_index": self.output.len(), "item": item});
        self.emit("response.output_item.done", done, out);
        self.output.push(item);
    }

    /// Notes what will be repeated at the end; false when it all became too large, which ends the answer.
    pub(crate) fn keep(&mut self, text: &str, out: &mut Vec<u8>) -> bool {
        if self.ended {
            return false;
        }
        self.kept = self.kept.saturating_add(text.len()).saturating_add(PER_PIECE);
        if self.kept > MOST {
            self.fail(&json!({"error": {"message": TOO_MUCH}}), out);
        }
        !self.ended
    }

    fn emit(&mut self, kind: &str, fields: Value, out: &mut Vec<u8>) {
        if self.quiet {
            return;
        }
        let mut data = Object::new();
        data.insert("type".into(), kind.into());
        data.insert("sequence_number".into(), self.sent.into());
        if let Value::Object(fields) = fields {
            data.extend(fields);
        }
        event::named(out, kind, &Value::Object(data));
        self.sent += 1;
    }
}

/// What an upstream may make the proxy keep, in bytes.
const MOST: usize = 16 << 20;
/// What a piece costs beside its bytes, so that a million empty items are too large, too.
const PER_PIECE: usize = 16;
const TOO_MUCH: &str = "the upstream's answer is too large";

//! Tool calls that arrive in pieces, until they are whole. Servers are not sure how to say which call a piece belongs
//! to.

use super::reasoning;
use crate::translate::field::{Object, take, take_text};
use crate::translate::gemini::reply;
use crate::translate::{Memo, answer_id, arguments, chat_message};
use serde_json::Value;
use std::collections::BTreeMap;

/// The calls of one answer, in the order in which they began.
#[derive(Default)]
pub(super) struct Calls {
    list: Vec<Call>,
    /// The latest call of each index.
    by_index: BTreeMap<u64, usize>,
    by_id: BTreeMap<String, usize>,
    /// Bytes that wait.
    size: usize,
}

#[derive(Default)]
struct Call {
    id: String,
    name: String,
    arguments: String,
    /// Google's.
    signature: Option<String>,
}

impl Calls {
    /// Adds what a message, or the delta of one, has of calls. `None` when it all becomes too large.
    pub(super) fn add(&mut self, message: &mut Object) -> Option<()> {
        let mut signatures = reasoning::google(message).into_iter();
        for piece in chat_message::calls(message) {
            self.place(piece, signatures.next().flatten())?;
        }
        Some(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The calls as parts. `thoughts` led to them.
    pub(super) fn into_parts(self, mut thoughts: String, answer: &str, memo: &Memo) -> Vec<Value> {
        let part = |(n, call): (usize, Call)| {
            let id = if call.id.is_empty() { answer_id::call(answer, n) } else { call.id };
            let args = arguments::to_object(&call.arguments);
            let signature = reasoning::signature(call.signature, &mut thoughts);
            reply::call(&id, memo.tool_name(&call.name), args, signature)
        };
        self.list.into_iter().enumerate().map(part).collect()
    }

    fn place(&mut self, mut piece: Object, signature: Option<String>) -> Option<()> {
        let index = chat_message::index(&piece);
        let id = take_text(&mut piece, "id").unwrap_or_default();
        let name = take_text(&mut piece, "name").unwrap_or_default();
        let arguments = arguments::as_text(take(&mut piece, "arguments"));
        let signed = signature.as_ref().map_or(0, String::len);
        self.size = self.size.saturating_add(id.len() + name.len() + arguments.len() + signed + PER_CALL);
        if self.size > MOST {
            return None;
        }
        let slot = self.find(index, &id, &name).unwrap_or_else(|| {
            self.list.push(Call::default());
            self.list.len() - 1
        });
        if let Some(index) = index {
            self.by_index.insert(index, slot);
        }
        let call = self.list.get_mut(slot)?;
        if call.id.is_empty() && !id.is_empty() {
            self.by_id.insert(id.clone(), slot);
            call.id = id;
        }
        if call.name.is_empty() {
            call.name = name;
        }
        call.signature = signature.or(call.signature.take());
        call.arguments.push_str(&arguments);
        Some(())
    }

    /// The id says it, else the index, else it is the last one. A new id begins a call only together with a name, or
    /// where nothing has an index; a new name only where nothing has an index or an id.
    fn find(&self, index: Option<u64>, id: &str, name: &str) -> Option<usize> {
        if let Some(slot) = self.by_id.get(id) {
            return Some(*slot);
        }
        let slot = match index {
            Some(index) => self.by_index.get(&index).copied()?,
            None => self.list.len().checked_sub(1)?,
        };
        let call = self.list.get(slot)?;
        let begins = match (index, id.is_empty()) {
            (Some(_), true) => false,
            (Some(_), false) => !name.is_empty() && !call.id.is_empty(),
            (None, true) => !name.is_empty() && !call.name.is_empty(),
            (None, false) => true,
        };
        (!begins).then_some(slot)
    }
}

/// What an upstream may make the proxy keep.
const MOST: usize = 16 << 20;
/// What a piece costs beside its bytes, so that a million empty calls are too large, too.
const PER_CALL: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn piece(index: Option<u64>, id: Option<&str>, name: Option<&str>, arguments: &str) -> Value {
        json!({"index": index, "id": id, "function": {"name": name, "arguments": arguments}})
    }

    fn gathered(pieces: &[Value]) -> Vec<String> {
        let mut calls = Calls::default();
        for piece in pieces {
            let mut delta = Object::new();
            delta.insert("tool_calls".into(), json!([piece]));
            calls.add(&mut delta).unwrap();
        }
        calls.list.into_iter().map(|call| format!("{} {} {}", call.id, call.name, call.arguments)).collect()
    }

    #[test]
    fn pieces_find_their_calls() {
        let (a, b, f, g) = (Some("a"), Some("b"), Some("f"), Some("g"));
        for (style, pieces) in [
            (
                "as documented, interleaved",
                [
                    piece(Some(0), a, f, "1"),
                    piece(Some(1), b, g, "3"),
                    piece(Some(0), None, None, "2"),
                    piece(Some(1), None, None, "4"),
                ],
            ),
            (
                "no index",
                [
                    piece(None, a, f, "1"),
                    piece(None, None, None, "2"),
                    piece(None, b, g, "3"),
                    piece(None, None, None, "4"),
                ],
            ),
            (
                "everything on every piece",
                [
                    piece(Some(0), a, f, "1"),
                    piece(Some(1), b, g, "3"),
                    piece(Some(0), a, f, "2"),
                    piece(Some(1), b, g, "4"),
                ],
            ),
            (
                "whole calls, all with index 0",
                [
                    piece(Some(0), a, f, "12"),
                    piece(Some(0), b, g, ""),
                    piece(Some(0), b, None, "3"),
                    piece(Some(0), None, None, "4"),
                ],
            ),
            (
                "a new id for every piece",
                [
                    piece(Some(0), a, f, "1"),
                    piece(Some(0), Some("x"), None, "2"),
                    piece(Some(1), b, g, "3"),
                    piece(Some(1), Some("y"), None, "4"),
                ],
            ),
            (
                "name before id",
                [
                    piece(Some(0), None, f, ""),
                    piece(Some(0), a, None, "12"),
                    piece(Some(1), None, g, ""),
                    piece(Some(1), b, None, "34"),
                ],
            ),
        ] {
            assert_eq!(gathered(&pieces), ["a f 12", "b g 34"], "{style}");
        }
        let nameless = gathered(&[piece(None, None, f, "1"), piece(None, None, g, "2")]);
        assert_eq!(nameless, [" f 1", " g 2"], "no id and no index, but two names");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut calls = Calls::default();
        let mut add = |n: u64| {
            let mut delta = Object::new();
            delta.insert("tool_calls".into(), json!([piece(Some(n), Some(&n.to_string()), None, "")]));
            calls.add(&mut delta)
        };
        assert!((0..1_000_000).any(|n| add(n).is_none()));
        assert!(calls.list.len() < 300_000);
    }
}

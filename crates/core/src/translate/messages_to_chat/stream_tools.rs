//! Tool calls while they arrive in pieces, from servers that are not sure how to say which call a piece belongs to.

use crate::translate::field::{Object, take, take_text};
use crate::translate::{Memo, answer_id, arguments, chat_message};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The calls of one answer, in the order in which they began.
#[derive(Default)]
pub(in crate::translate) struct Tools {
    calls: Vec<Call>,
    /// The latest call of each index.
    by_index: BTreeMap<u64, usize>,
    by_id: BTreeMap<String, usize>,
    /// Bytes that wait, all calls together.
    size: usize,
}

#[derive(Default)]
pub(in crate::translate) struct Call {
    pub(in crate::translate) id: String,
    pub(in crate::translate) name: String,
    /// What was not sent on yet.
    pub(in crate::translate) arguments: String,
}

impl Tools {
    /// Adds a piece to the call it belongs to, and says which that is. `None` when it all becomes too large.
    pub(in crate::translate) fn place(&mut self, mut piece: Object) -> Option<usize> {
        let index = chat_message::index(&piece);
        let id = take_text(&mut piece, "id").unwrap_or_default();
        let name = take_text(&mut piece, "name").unwrap_or_default();
        let arguments = arguments::as_text(take(&mut piece, "arguments"));
        self.size = self.size.saturating_add(id.len() + name.len() + arguments.len() + PER_CALL);
        if self.size > MOST {
            return None;
        }
        let slot = self.find(index, &id, &name).unwrap_or_else(|| {
            self.calls.push(Call::default());
            self.calls.len() - 1
        });
        if let Some(index) = index {
            self.by_index.insert(index, slot);
        }
        let call = self.calls.get_mut(slot)?;
        if call.id.is_empty() && !id.is_empty() {
            self.by_id.insert(id.clone(), slot);
            call.id = id;
        }
        if call.name.is_empty() {
            call.name = name;
        }
        call.arguments.push_str(&arguments);
        Some(slot)
    }

    /// The call that streams while the others wait.
    pub(in crate::translate) fn first(&mut self) -> Option<&mut Call> {
        self.calls.first_mut()
    }

    pub(in crate::translate) fn into_calls(self) -> Vec<Call> {
        self.calls
    }

    /// The id says it, else the index; without both it is the last one. Only a new id with a name begins a new call:
    /// some servers say `index: 0` for each of several calls, others make up a new id for every piece.
    fn find(&self, index: Option<u64>, id: &str, name: &str) -> Option<usize> {
        let by_id = self.by_id.get(id).copied().filter(|_| !id.is_empty());
        let by_place = match index {
            Some(index) => self.by_index.get(&index).copied(),
            None => self.calls.len().checked_sub(1),
        };
        if by_id.is_some() || id.is_empty() {
            // A name of its own begins a call where nothing else tells calls apart.
            let renamed = by_id.is_none()
                && index.is_none()
                && !name.is_empty()
                && by_place.and_then(|slot| self.calls.get(slot)).is_some_and(|call| !call.name.is_empty());
            return by_id.or(by_place.filter(|_| !renamed));
        }
        let unnamed = by_place.filter(|slot| self.calls.get(*slot).is_some_and(|call| call.id.is_empty()));
        if name.is_empty() && index.is_some() { by_place } else { unnamed.filter(|_| index.is_some()) }
    }
}

impl Call {
    /// The block that opens it.
    pub(in crate::translate) fn block(&self, n: usize, answer: &str, memo: &Memo) -> Value {
        let id = if self.id.is_empty() { answer_id::call(answer, n) } else { self.id.clone() };
        json!({"type": "tool_use", "id": id, "name": memo.tool_name(&self.name), "input": {}})
    }
}

/// What an upstream may make the proxy keep.
const MOST: usize = 16 << 20;
/// What a piece costs beside its bytes, so that a million empty calls are too large, too.
const PER_CALL: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(pieces: &[Value]) -> Vec<(String, String, String)> {
        let mut tools = Tools::default();
        for piece in pieces {
            tools.place(piece.as_object().unwrap().clone()).unwrap();
        }
        tools.into_calls().into_iter().map(|c| (c.id, c.name, c.arguments)).collect()
    }

    #[test]
    fn pieces_find_their_calls() {
        let want = vec![
            ("a".to_owned(), "f".to_owned(), "12".to_owned()),
            ("b".to_owned(), "g".to_owned(), "34".to_owned()),
        ];
        for (style, pieces) in [
            (
                "as documented, interleaved",
                json!([
                {"index": 0, "id": "a", "name": "f", "arguments": "1"}, {"index": 1, "id": "b", "name": "g", "arguments": "3"},
                {"index": 0, "arguments": "2"}, {"index": 1, "arguments": "4"}]),
            ),
            (
                "no index",
                json!([
                {"id": "a", "name": "f", "arguments": "1"}, {"arguments": "2"},
                {"id": "b", "name": "g", "arguments": "3"}, {"arguments": "4"}]),
            ),
            (
                "everything on every piece",
                json!([
                {"index": 0, "id": "a", "name": "f", "arguments": "1"}, {"index": 1, "id": "b", "name": "g", "arguments": "3"},
                {"index": 0, "id": "a", "name": "f", "arguments": "2"}, {"index": 1, "id": "b", "name": "g", "arguments": "4"}]),
            ),
            (
                "whole calls, all with index 0",
                json!([
                {"index": 0, "id": "a", "name": "f", "arguments": "12"}, {"index": 0, "id": "b", "name": "g", "arguments": "34"}]),
            ),
            (
                "a new id for every piece",
                json!([
                {"index": 0, "id": "a", "name": "f", "arguments": "1"}, {"index": 0, "id": "x", "arguments": "2"},
                {"index": 1, "id": "b", "name": "g", "arguments": "3"}, {"index": 1, "id": "y", "arguments": "4"}]),
            ),
            (
                "name before id",
                json!([
                {"index": 0, "name": "f"}, {"index": 0, "id": "a", "arguments": "12"},
                {"index": 1, "name": "g"}, {"index": 1, "id": "b", "arguments": "34"}]),
            ),
            (
                "an object for arguments",
                json!([
                {"id": "a", "name": "f", "arguments": 12}, {"id": "b", "name": "g", "arguments": 34}]),
            ),
        ] {
            assert_eq!(gathered(pieces.as_array().unwrap()), want, "{style}");
        }
        let nameless =
            gathered(&[json!({"name": "f", "arguments": "1"}), json!({"name": "g", "arguments": "2"})]);
        assert_eq!(nameless.len(), 2, "no id and no index, but two names");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut tools = Tools::default();
        let piece = |n: u64| json!({"index": n, "id": n.to_string()}).as_object().unwrap().clone();
        assert!((0..1_000_000).any(|n| tools.place(piece(n)).is_none()));
        assert!(tools.into_calls().len() < 300_000);
    }
}

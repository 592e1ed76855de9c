//! Where a reader of new calls stands: the newest call it has heard of, and those that were still open then. As text it is
//! their ids with commas between; it is the id of an event, so a reader that lost its connection goes on with it.

use crate::request_id;
use std::collections::BTreeSet;

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Empty: from the first call on.
    pub(super) newest: String,
    pub(super) open: BTreeSet<String>,
}

impl Cursor {
    /// `None` for what no answer of ours named.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut ids = text.split(',');
        let newest = ids.next().unwrap_or_default().to_owned();
        let ours = |id: &str| request_id::accept(id).is_some();
        if !newest.is_empty() && !ours(&newest) {
            return None;
        }
        let open = ids.map(|id| ours(id).then(|| id.to_owned())).collect::<Option<BTreeSet<_>>>()?;
        (open.len() <= MOST_OPEN).then_some(Self { newest, open })
    }

    /// Remembers a call that is still open; of too many, the newest.
    pub(super) fn watch(&mut self, id: &str) {
        self.open.insert(id.to_owned());
        while self.open.len() > MOST_OPEN {
            self.open.pop_first();
        }
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.newest)?;
        self.open.iter().try_for_each(|id| write!(out, ",{id}"))
    }
}

/// It has to fit into a header.
const MOST_OPEN: usize = 40;

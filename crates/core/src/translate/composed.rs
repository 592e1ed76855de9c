//! Two pairs, one after the other, where the way around loses nothing that the straight way would keep.

use super::dropped::Lost;
use super::pair::{Ask, Memo, Outgoing, Pair, StreamMachine, Takes, Untranslated, UpstreamError};
use crate::dialect::Dialect;
use crate::problem::Problem;
use crate::sse::{Event, Splitter};
use serde_json::Value;

/// `first` on the caller's side, `second` on the upstream's.
pub struct Composed {
    pub first: &'static dyn Pair,
    pub second: &'static dyn Pair,
    pub lost: &'static [Lost],
}

impl Pair for Composed {
    fn from(&self) -> Dialect {
        self.first.from()
    }

    fn to(&self) -> Dialect {
        self.second.to()
    }

    fn lost(&self) -> &'static [Lost] {
        self.lost
    }

    fn request(&self, body: Value, ask: &Ask<'_>) -> Result<Outgoing, Problem> {
        // What the upstream takes is said in its own dialect, which only the second half speaks.
        let mut out = self.first.request(body, &Ask { takes: Takes::default(), ..*ask })?;
        let second = self.second.request(out.body, ask)?;
        out.dropped.merge(second.dropped);
        out.memo.inner = Some(Box::new(second.memo));
        Ok(Outgoing { body: second.body, dropped: out.dropped, memo: out.memo })
    }

    fn answer(&self, body: Value, memo: &Memo) -> Result<Value, Untranslated> {
        self.first.answer(self.second.answer(body, inner(memo))?, memo)
    }

    fn stream(&self, memo: &Memo) -> Box<dyn StreamMachine> {
        Box::new(Chained {
            first: self.first.stream(memo),
            second: self.second.stream(inner(memo)),
            splitter: Splitter::default(),
            between: Vec::new(),
        })
    }

    fn error(&self, status: u16, body: &[u8]) -> UpstreamError {
        let between = self.second.error(status, body);
        self.first.error(between.status, between.body.to_string().as_bytes())
    }
}

fn inner(memo: &Memo) -> &Memo {
    memo.inner.as_deref().unwrap_or(memo)
}

struct Chained {
    first: Box<dyn StreamMachine>,
    second: Box<dyn StreamMachine>,
    splitter: Splitter,
    between: Vec<u8>,
}

impl Chained {
    fn pass_on(&mut self, out: &mut Vec<u8>) {
        let first = &mut self.first;
        self.splitter.feed(&self.between, |event| first.push(event, out));
        self.between.clear();
    }
}

impl StreamMachine for Chained {
    fn push(&mut self, event: Event<'_>, out: &mut Vec<u8>) {
        self.second.push(event, &mut self.between);
        self.pass_on(out);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        self.second.finish(&mut self.between);
        self.pass_on(out);
        if self.second.ended() {
            self.first.finish(out);
        }
    }

    fn ended(&self) -> bool {
        self.first.ended()
    }
}

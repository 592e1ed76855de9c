//! Scrubs bytes that arrive in pieces. What may still become a secret waits for what follows it; nothing else waits,
//! and nothing is copied while there is nothing to hide.

use super::{REDACTED, Scrubber};
use crate::automaton::{Automaton, Node};
use bytes::Bytes;
use std::ops::Range;
use std::sync::Arc;

/// One stream of bytes on its way out.
pub(crate) struct ScrubStream {
    scrubber: Arc<Scrubber>,
    pending: Pending,
}

/// The bytes that have not been decided yet. Places count from the first of them.
#[derive(Default)]
struct Pending {
    node: Node,
    held: Vec<u8>,
    /// The secrets in it, in order and apart from each other. What follows may make them longer or join them.
    found: Vec<Range<usize>>,
}

impl ScrubStream {
    pub(crate) fn new(scrubber: Arc<Scrubber>) -> Self {
        Self { scrubber, pending: Pending::default() }
    }

    /// Takes the next bytes and appends those that may leave.
    pub(crate) fn push(&mut self, chunk: Bytes, out: &mut impl Extend<Bytes>) {
        if self.scrubber.spellings.is_empty() {
            return send(out, chunk);
        }
        let sent = self.pending.search(&self.scrubber.spellings, &chunk, out);
        let depth = self.scrubber.spellings.depth(self.pending.node);
        if sent == 0 && depth == 0 && self.pending.found.is_empty() && self.pending.held.is_empty() {
            return send(out, chunk);
        }
        self.pending.hold(&chunk, sent, depth, out);
    }

    /// Nothing follows: appends what was held.
    pub(crate) fn finish(&mut self, out: &mut impl Extend<Bytes>) {
        let sent = self.pending.settle(usize::MAX, &Bytes::new(), 0, out);
        self.pending.release(&Bytes::new(), sent..self.pending.held.len(), out);
        self.drop_held();
    }

    /// Forgets what was held: it belongs to something that broke off.
    pub(crate) fn drop_held(&mut self) {
        self.pending = Pending::default();
    }
}

impl Pending {
    /// Finds what is secret in what is held and the chunk, and sends what is decided thereby. Returns how much was sent.
    fn search(&mut self, spellings: &Automaton, chunk: &Bytes, out: &mut impl Extend<Bytes>) -> usize {
        let behind = self.held.len();
        let (mut sent, mut at) = (0, 0);
        loop {
            if self.node == Node::START && self.found.is_empty() {
                at = spellings.next_beginning(chunk, at);
            }
            let Some(byte) = chunk.get(at) else { return sent };
            self.node = spellings.step(self.node, *byte);
            at += 1;
            if let Some(length) = spellings.longest(self.node) {
                self.add(behind + at - length..behind + at);
            }
            if !self.found.is_empty() {
                sent = self.settle(behind + at - spellings.depth(self.node), chunk, sent, out);
            }
        }
    }

    /// A secret that ends behind all others. Those it reaches are one with it.
    fn add(&mut self, mut range: Range<usize>) {
        while let Some(last) = self.found.pop_if(|last| range.start <= last.end) {
            range.start = range.start.min(last.start);
        }
        self.found.push(range);
    }

    /// Sends what stands before `undecided` and is, or is followed by, a secret. Returns how much has been sent.
    fn settle(
        &mut self,
        undecided: usize,
        chunk: &Bytes,
        mut sent: usize,
        out: &mut impl Extend<Bytes>,
    ) -> usize {
        while let Some(first) = self.found.first().filter(|first| first.end < undecided).cloned() {
            self.release(chunk, sent..first.start, out);
            send(out, Bytes::from_static(REDACTED));
            sent = first.end;
            self.found.remove(0);
        }
        sent
    }

    /// Sends what is innocent whatever follows, and holds the rest.
    fn hold(&mut self, chunk: &Bytes, sent: usize, depth: usize, out: &mut impl Extend<Bytes>) {
        let behind = self.held.len();
        let undecided = behind + chunk.len() - depth;
        let keep = self.found.first().map_or(undecided, |first| first.start.min(undecided));
        self.release(chunk, sent..keep, out);
        for range in &mut self.found {
            *range = range.start - keep..range.end - keep;
        }
        match keep.checked_sub(behind) {
            Some(keep) => {
                self.held.clear();
                self.held.extend_from_slice(chunk.get(keep..).unwrap_or_default());
            }
            None => {
                self.held.drain(..keep);
                self.held.extend_from_slice(chunk);
            }
        }
    }

    fn release(&self, chunk: &Bytes, range: Range<usize>, out: &mut impl Extend<Bytes>) {
        let behind = self.held.len();
        if let Some(held) = self.held.get(range.start..range.end.min(behind)) {
            send(out, Bytes::copy_from_slice(held));
        }
        let (start, end) = (range.start.max(behind) - behind, range.end.max(behind) - behind);
        if start < end {
            send(out, chunk.slice(start..end));
        }
    }
}

fn send(out: &mut impl Extend<Bytes>, bytes: Bytes) {
    if !bytes.is_empty() {
        out.extend(std::iter::once(bytes));
    }
}

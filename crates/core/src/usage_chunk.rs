//! Hides the usage chunk that the proxy asked for and the client did not. Drops nothing but an event whose JSON has
//! `choices: []` and a `usage` object; every other byte goes on untouched, at once but for the event that is still
//! arriving. Source: PROTOCOLS.md §B3.

use bytes::Bytes;
use memchr::{memchr2, memmem};

use crate::meter::json::member;
use crate::sse::Splitter;

/// A filter for the bytes of a Chat Completions stream.
#[derive(Debug, Default)]
pub struct HideUsageChunk {
    /// The unfinished event, in the pieces it came in.
    held: Vec<Bytes>,
    held_len: usize,
    /// The unfinished event is too big to be a usage chunk: it goes on as it comes.
    passing: bool,
    /// The unfinished line has bytes already.
    in_line: bool,
    /// The last byte was `\r`: a `\n` right after it belongs to it.
    after_cr: bool,
    /// The last finished event was dropped.
    dropped: bool,
}

impl HideUsageChunk {
    /// Takes bytes of the stream and appends what may go on.
    pub fn push(&mut self, chunk: Bytes, out: &mut Vec<Bytes>) {
        // From `run` to `event` the chunk may go on; the unfinished event begins at `event` (or earlier, if held).
        let (mut run, mut event, mut at) = (0, 0, 0);
        while let Some(byte) = chunk.get(at) {
            if std::mem::take(&mut self.after_cr) && *byte == b'\n' {
                at += 1;
                if self.held.is_empty() && !self.passing && event + 1 == at {
                    // The second half of the blank line shares the fate of the event before it.
                    event = at;
                    run = if self.dropped { at } else { run };
                }
                continue;
            }
            let Some(length) = chunk.get(at..).and_then(|rest| memchr2(b'\n', b'\r', rest)) else {
                self.in_line = true;
                break;
            };
            let blank = !std::mem::take(&mut self.in_line) && length == 0;
            self.after_cr = chunk.get(at + length) == Some(&b'\r');
            at += length + 1;
            if !blank {
                continue;
            }
            self.dropped = !self.passing && self.is_usage_chunk(chunk.get(event..at).unwrap_or_default());
            if self.dropped {
                send(out, chunk.slice(run..event));
                run = at;
                self.held.clear();
            } else {
                out.append(&mut self.held);
            }
            event = at;
            self.held_len = 0;
            self.passing = false;
        }
        self.hold(chunk, run, event, out);
    }

    /// The stream has ended: appends what was still held, unless it is a usage chunk without its blank line.
    pub fn finish(&mut self, out: &mut Vec<Bytes>) {
        if !self.held.is_empty() && !self.is_usage_chunk(b"\n\n") {
            out.append(&mut self.held);
        }
        *self = Self::default();
    }

    /// Sends what is decided of the chunk and holds the rest, if it may still become a usage chunk.
    fn hold(&mut self, chunk: Bytes, run: usize, event: usize, out: &mut Vec<Bytes>) {
        self.held_len += chunk.len() - event;
        self.passing |= self.held_len > MAX_HELD;
        if self.passing {
            out.append(&mut self.held);
            send(out, chunk.slice(run..));
            return;
        }
        send(out, chunk.slice(run..event));
        if event < chunk.len() {
            self.held.push(chunk.slice(event..));
        }
    }

    /// Whether what is held plus `tail` is one.
    fn is_usage_chunk(&self, tail: &[u8]) -> bool {
        if self.held_len + tail.len() > MAX_HELD {
            return false;
        }
        if self.held.is_empty() {
            return judge(tail);
        }
        judge(&[self.held.concat().as_slice(), tail].concat())
    }
}

fn judge(event: &[u8]) -> bool {
    if !memmem::find_iter(event, KEY).any(|at| is_empty_list(event.get(at + KEY.len()..).unwrap_or_default()))
    {
        return false;
    }
    let mut found = false;
    Splitter::default().feed(event, |event| {
        let no_choices = member(event.data, b"choices")
            .and_then(|list| list.strip_prefix(b"[")?.strip_suffix(b"]"))
            .is_some_and(|inside| inside.trim_ascii().is_empty());
        found = no_choices && member(event.data, b"usage").is_some_and(|usage| usage.starts_with(b"{"));
    });
    found
}

/// A colon and an empty list: what almost no event has after its `choices`.
fn is_empty_list(rest: &[u8]) -> bool {
    let mut signs = rest.iter().filter(|b| !b.is_ascii_whitespace());
    signs.next() == Some(&b':') && signs.next() == Some(&b'[') && signs.next() == Some(&b']')
}

fn send(out: &mut Vec<Bytes>, bytes: Bytes) {
    if !bytes.is_empty() {
        out.push(bytes);
    }
}

const KEY: &[u8] = b"\"choices\"";
/// A usage chunk is some hundred bytes; what is bigger is content and is not held back.
const MAX_HELD: usize = 64 << 10;

#[cfg(test)]
mod tests;

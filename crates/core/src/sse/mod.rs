//! Server-sent events, incrementally: bytes in, whole events out. The same events for every split of the same
//! bytes; an event that lies inside one chunk is handed out in place, without a copy. It only listens: forwarding
//! the bytes is somebody else's business.

use memchr::memchr2;

/// One dispatched event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// The `event:` field; empty where there was none.
    pub name: &'a [u8],
    /// The `data:` lines, joined with `\n`.
    pub data: &'a [u8],
}

/// Cuts a byte stream into events: `\n`, `\r\n` and `\r` end a line, a byte order mark and comments are skipped.
#[derive(Debug, Clone, Default)]
pub struct Splitter {
    /// The unfinished last line of what was fed.
    line: Vec<u8>,
    /// Data lines of the unfinished event that could not be handed out in place.
    data: Vec<u8>,
    has_data: bool,
    name: Vec<u8>,
    /// Bytes of the unfinished event, its unfinished line not counted.
    size: usize,
    /// The unfinished event is too big: it is skipped up to its end.
    oversized: bool,
    /// The last byte was `\r`: a `\n` right after it belongs to it.
    after_cr: bool,
    /// The first line was read: a byte order mark is data from here on.
    started: bool,
}

impl Splitter {
    /// Reads `chunk` and calls `on_event` for every event it completes.
    pub fn feed(&mut self, chunk: &[u8], mut on_event: impl FnMut(Event<'_>)) {
        // The data of the unfinished event while it is one line of this chunk.
        let mut in_place: Option<&[u8]> = None;
        let mut rest = chunk;
        while let Some(first) = rest.first() {
            if std::mem::take(&mut self.after_cr) && *first == b'\n' {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let Some(end) = memchr2(b'\n', b'\r', rest) else {
                self.keep_unfinished(rest);
                break;
            };
            let (line, tail) = rest.split_at(end);
            self.after_cr = tail.first() == Some(&b'\r');
            rest = tail.get(1..).unwrap_or_default();
            if self.line.is_empty() {
                self.line(line, Some(&mut in_place), &mut on_event);
            } else {
                let mut joined = std::mem::take(&mut self.line);
                if !self.oversized {
                    joined.extend_from_slice(line);
                }
                self.settle(&mut in_place);
                self.line(&joined, None, &mut on_event);
                if joined.capacity() <= KEPT_CAPACITY {
                    joined.clear();
                    self.line = joined;
                }
            }
        }
        self.settle(&mut in_place);
    }

    /// Hands out what an end of the stream leaves behind: an event whose blank line never came.
    pub fn rest(&self, on_event: impl FnMut(Event<'_>)) {
        if self.has_data || !self.line.is_empty() {
            // Three: one may be taken as the second half of a `\r\n`.
            self.clone().feed(b"\n\n\n", on_event);
        }
    }

    fn keep_unfinished(&mut self, rest: &[u8]) {
        if self.size.saturating_add(self.line.len()).saturating_add(rest.len()) > MAX_EVENT {
            self.skip_event();
        }
        if self.oversized {
            // A comment sign stands for the line: it is not blank, and it says nothing.
            self.line.clear();
            self.line.push(b':');
        } else {
            self.line.extend_from_slice(rest);
        }
    }

    /// Moves data that was only borrowed from the chunk into the splitter.
    fn settle(&mut self, in_place: &mut Option<&[u8]>) {
        if let Some(data) = in_place.take() {
            self.data.extend_from_slice(data);
        }
    }

    fn line<'a>(
        &mut self,
        mut line: &'a [u8],
        mut in_place: Option<&mut Option<&'a [u8]>>,
        on_event: &mut impl FnMut(Event<'_>),
    ) {
        if !std::mem::replace(&mut self.started, true) {
            line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        }
        if line.is_empty() {
            let data = in_place.and_then(Option::take);
            if self.has_data && !self.oversized {
                on_event(Event { name: &self.name, data: data.unwrap_or(&self.data) });
            }
            self.next_event();
            return;
        }
        self.size = self.size.saturating_add(line.len()).saturating_add(1);
        if self.size > MAX_EVENT {
            if let Some(slot) = &mut in_place {
                **slot = None;
            }
            self.skip_event();
        }
        if self.oversized {
            return;
        }
        if let Some(value) = field(line, b"data") {
            let more = std::mem::replace(&mut self.has_data, true);
            match in_place {
                Some(slot) if !more => *slot = Some(value),
                other => {
                    if let Some(slot) = other {
                        self.settle(slot);
                    }
                    if more {
                        self.data.push(b'\n');
                    }
                    self.data.extend_from_slice(value);
                }
            }
        } else if let Some(value) = field(line, b"event") {
            self.name.clear();
            self.name.extend_from_slice(value);
        }
    }

    fn skip_event(&mut self) {
        self.oversized = true;
        self.data = Vec::new();
    }

    fn next_event(&mut self) {
        self.has_data = false;
        self.oversized = false;
        self.size = 0;
        self.name.clear();
        self.data.clear();
        if self.data.capacity() > KEPT_CAPACITY {
            self.data = Vec::new();
        }
    }
}

/// The value of `line` if it is the field `name`: after the colon and one optional blank.
fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let rest = line.strip_prefix(name)?;
    if rest.is_empty() {
        return Some(rest);
    }
    let value = rest.strip_prefix(b":")?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

/// An event beyond this is not handed out. Inline images make events of several megabytes.
pub const MAX_EVENT: usize = 16 << 20;
/// What a buffer may keep between events: thousands of streams are open at once.
const KEPT_CAPACITY: usize = 16 << 10;

#[cfg(test)]
mod tests;

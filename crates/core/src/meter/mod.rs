//! Reads usage out of an answer as it flows past. It never changes a byte, never adds usage up over events (the last
//! value of each field wins), and never takes a count that makes no sense.
//!
//! Source of the shapes: PROTOCOLS.md §1, A3, A4, B3, B4, C3, H.

mod chat;
mod count;
mod gemini;
pub(crate) mod json;
mod messages;
mod openai;
mod responses;

use crate::dialect::Dialect;
use crate::money::Nano;
use crate::sse::Splitter;
use crate::usage::{Aside, Reading, Usage};

/// Fed with the bytes of one answer; the same reading for every split of the same bytes.
pub struct Meter {
    splitter: Splitter,
    tally: Tally,
}

impl Meter {
    /// A meter for a server-sent event stream in `dialect`.
    pub fn stream(dialect: Dialect) -> Self {
        Self { splitter: Splitter::default(), tally: Tally::new(dialect) }
    }

    pub fn feed(&mut self, chunk: &[u8]) {
        let tally = &mut self.tally;
        self.splitter.feed(chunk, |event| tally.event(event.data));
    }

    /// The dialect's terminal event was seen: nothing that costs follows.
    pub fn ended(&self) -> bool {
        self.tally.seen.ended
    }

    /// The stream may end here without being cut off: [`Meter::ended`], or a finish reason came (some providers send
    /// no `[DONE]`, Gemini has no terminal event).
    pub fn whole(&self) -> bool {
        self.tally.seen.ended || self.tally.seen.finished
    }

    /// What the bytes so far say. An event whose blank line is missing counts, so that a stream may end without one.
    pub fn reading(&self) -> Reading {
        let mut last = None;
        self.splitter.rest(|event| {
            let mut tally = self.tally.clone();
            tally.event(event.data);
            last = Some(tally.reading());
        });
        last.unwrap_or_else(|| self.tally.reading())
    }

    /// Reads a whole, non-streamed answer.
    pub fn body(dialect: Dialect, body: &[u8]) -> Reading {
        let mut tally = Tally::new(dialect);
        tally.body(body);
        tally.reading()
    }
}

/// What every dialect's reader keeps.
#[derive(Debug, Clone, Default)]
struct Seen {
    /// The terminal event came, be it an error.
    ended: bool,
    /// The answer came to its own end.
    finished: bool,
    failed: bool,
    output_bytes: u64,
    variant: Option<String>,
    geo: Option<String>,
    asides: Vec<Aside>,
    answer_id: Option<String>,
}

impl Seen {
    /// The service tier the provider says it used; the ordinary one has no name.
    fn tier(&mut self, tier: &str) {
        let ordinary = matches!(tier, "default" | "auto" | "standard" | "on_demand");
        let tier = Some(tier).filter(|_| !ordinary);
        if self.variant.as_deref() != tier {
            self.variant = tier.map(str::to_owned);
        }
    }

    fn text(&mut self, length: u64) {
        self.output_bytes = self.output_bytes.saturating_add(length);
    }

    fn error(&mut self) {
        self.ended = true;
        self.failed = true;
    }
}

/// How one dialect states usage.
trait Reader {
    /// One event of a stream.
    fn event(&mut self, data: &[u8], seen: &mut Seen);
    /// A whole answer.
    fn body(&mut self, body: &[u8], seen: &mut Seen);
    fn usage(&self) -> Usage;
    /// A final and sound usage arrived.
    fn complete(&self, seen: &Seen) -> bool;
    fn reported_cost(&self) -> Option<Nano> {
        None
    }
}

#[derive(Clone)]
struct Tally {
    seen: Seen,
    reader: AnyReader,
}

#[derive(Clone)]
enum AnyReader {
    Messages(messages::Messages),
    Chat(chat::Chat),
    Responses(responses::Responses),
    Gemini(gemini::Gemini),
}

impl Tally {
    fn new(dialect: Dialect) -> Self {
        let reader = match dialect {
            Dialect::Messages => AnyReader::Messages(messages::Messages::default()),
            Dialect::Chat => AnyReader::Chat(chat::Chat::default()),
            Dialect::Responses => AnyReader::Responses(responses::Responses::default()),
            Dialect::Gemini => AnyReader::Gemini(gemini::Gemini::default()),
        };
        Self { seen: Seen::default(), reader }
    }

    fn event(&mut self, data: &[u8]) {
        self.reader.get_mut().event(data, &mut self.seen);
    }

    fn body(&mut self, body: &[u8]) {
        self.reader.get_mut().body(body, &mut self.seen);
    }

    fn reading(&self) -> Reading {
        let reader = self.reader.get();
        let usage = reader.usage();
        // A final usage of nothing beside a text is a missing usage.
        let empty = usage.total_input() == 0 && usage.output == 0 && self.seen.output_bytes > 0;
        Reading {
            usage,
            complete: reader.complete(&self.seen) && !empty,
            variant: self.seen.variant.clone(),
            geo: self.seen.geo.clone(),
            reported_cost: reader.reported_cost(),
            failed: self.seen.failed,
            output_bytes: self.seen.output_bytes,
            asides: self.seen.asides.clone(),
            answer_id: self.seen.answer_id.clone(),
        }
    }
}

impl AnyReader {
    fn get(&self) -> &dyn Reader {
        match self {
            Self::Messages(reader) => reader,
            Self::Chat(reader) => reader,
            Self::Responses(reader) => reader,
            Self::Gemini(reader) => reader,
        }
    }

    fn get_mut(&mut self) -> &mut dyn Reader {
        match self {
            Self::Messages(reader) => reader,
            Self::Chat(reader) => reader,
            Self::Responses(reader) => reader,
            Self::Gemini(reader) => reader,
        }
    }
}

#[cfg(test)]
mod tests;

//! Counts of calls for `/metrics` that no ledger holds: statuses, refusals, and how long things took. Kept in memory and
//! written along with a settlement every few seconds, so that no call pays for them. A process that dies loses its last
//! seconds of them; money and tokens are counted elsewhere, and never lost.

use crate::call::{CallRecord, End, Pricing};
use crate::ports::Statement;
use crate::store::metrics;
use crate::time::{Millis, UnixMs};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What was counted and is not in the store yet.
#[derive(Default)]
pub(crate) struct Tally(Mutex<Pending>);

#[derive(Default)]
struct Pending {
    counts: BTreeMap<Key, i64>,
    written: UnixMs,
}

/// One counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) series: &'static str,
    pub(crate) label: &'static str,
    pub(crate) bucket: i64,
}

/// Counts on their way into the store.
#[derive(Debug, Default)]
pub(crate) struct Counted(BTreeMap<Key, i64>);

impl Tally {
    /// Counts a call that has ended.
    pub(crate) fn count(&self, record: &CallRecord) {
        let mut pending = self.lock();
        let mut add = |series, label, bucket, value| {
            *pending.counts.entry(Key { series, label, bucket }).or_default() += value;
        };
        add(RESPONSES, "", i64::from(record.status), 1);
        if record.pricing == Pricing::Cached {
            add(CACHE_HITS, "", 0, 1);
        }
        if record.end == End::Refused {
            return add(REFUSED, record.error.unwrap_or_default(), 0, 1);
        }
        let provider = record.target.as_ref().map_or("", |target| target.provider);
        let micros = |span: Millis| span.0.saturating_mul(1000);
        for (series, bounds, span) in [
            (DURATION, LONG, Some(micros(record.duration))),
            (FIRST_BYTE, LONG, record.first_byte.map(micros)),
            (OVERHEAD, SHORT, record.overhead.map(|span| span.0)),
        ] {
            let Some(span) = span.map(|span| i64::try_from(span).unwrap_or(ENDLESS)) else { continue };
            add(series, provider, bucket(bounds, span), 1);
            add(series, provider, SUM, span);
        }
    }

    /// What is to be written now: nothing if that was done a moment ago.
    pub(crate) fn due(&self, now: UnixMs) -> Counted {
        let mut pending = self.lock();
        if now.since(pending.written) < WRITTEN_EVERY && pending.written <= now {
            return Counted::default();
        }
        pending.written = now;
        Counted(std::mem::take(&mut pending.counts))
    }

    /// All there is.
    pub(crate) fn take(&self) -> Counted {
        Counted(std::mem::take(&mut self.lock().counts))
    }

    /// They could not be written.
    pub(crate) fn put_back(&self, counted: Counted) {
        let mut pending = self.lock();
        for (key, value) in counted.0 {
            *pending.counts.entry(key).or_default() += value;
        }
    }

    /// A panic elsewhere leaves a count at worst too low.
    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counted {
    /// Adds them up in the store.
    pub(crate) fn statements(&self) -> impl Iterator<Item = Statement> {
        self.0.iter().map(|(key, value)| metrics::add(key, *value))
    }
}

/// The smallest bound that `span` does not exceed.
pub(crate) fn bucket(bounds: &[i64], span: i64) -> i64 {
    bounds.iter().copied().find(|bound| span <= *bound).unwrap_or(ENDLESS)
}

pub(crate) const RESPONSES: &str = "responses";
pub(crate) const REFUSED: &str = "refused";
pub(crate) const CACHE_HITS: &str = "cache_hits";
pub(crate) const DURATION: &str = "duration";
pub(crate) const FIRST_BYTE: &str = "first_byte";
pub(crate) const OVERHEAD: &str = "overhead";

/// Upper bounds in microseconds, 10 ms to 10 minutes: an answer takes as long as its text.
pub(crate) const LONG: &[i64] = &[
    10_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    30_000_000,
    60_000_000,
    120_000_000,
    300_000_000,
    600_000_000,
];
/// Upper bounds in microseconds, 50 µs to 100 ms: what the proxy itself may add.
pub(crate) const SHORT: &[i64] = &[50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000];
/// The bucket of what exceeds every bound. D1 keeps integers exact to 2⁵³.
pub(crate) const ENDLESS: i64 = (1 << 53) - 1;
/// The "bucket" in which the spans themselves are added up.
pub(crate) const SUM: i64 = -1;

const WRITTEN_EVERY: Millis = Millis::seconds(10);

#[cfg(test)]
mod tests;

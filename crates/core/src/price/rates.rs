//! The rates of one price: exact integers of pico-dollars (10⁻¹² US dollars) per token or per event.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::decimal::{Rounding, scaled};

/// The members of a JSON object, values unread.
pub(super) type Object<'a> = BTreeMap<&'a str, &'a RawValue>;

/// What a rate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Input,
    Output,
    CacheRead,
    CacheWrite,
    CacheWriteLong,
    Reasoning,
    AudioIn,
    AudioOut,
    ImageIn,
    ImageOut,
    /// One web search.
    Search,
    /// One call.
    Request,
}

/// Every kind with its key in the table and the power of ten from the table's unit to pico-dollars. Tokens are priced
/// in dollars per million, events per thousand.
const KINDS: [(Kind, &str, i32); 12] = [
    (Kind::Input, "in", 6),
    (Kind::Output, "out", 6),
    (Kind::CacheRead, "cr", 6),
    (Kind::CacheWrite, "cw", 6),
    (Kind::CacheWriteLong, "cwl", 6),
    (Kind::Reasoning, "reason", 6),
    (Kind::AudioIn, "audio_in", 6),
    (Kind::AudioOut, "audio_out", 6),
    (Kind::ImageIn, "image_in", 6),
    (Kind::ImageOut, "image_out", 6),
    (Kind::Search, "search_k", 9),
    (Kind::Request, "req_k", 9),
];

/// Rates by [`Kind`]; absent where the table says nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rates([Option<u64>; KINDS.len()]);

impl Rates {
    /// Reads the rates among the members of `object`. An error names the member.
    pub(super) fn read(object: &Object<'_>) -> Result<Self, String> {
        let mut rates = Self::default();
        for (kind, key, power) in KINDS {
            if let Some(value) = object.get(key) {
                let pico = scaled(value.get(), power, Rounding::Up);
                rates.set(kind, Some(pico.ok_or_else(|| format!("{key} is not a price: {}", value.get()))?));
            }
        }
        Ok(rates)
    }

    pub(super) fn get(&self, kind: Kind) -> Option<u64> {
        self.0.get(kind as usize).copied().flatten()
    }

    pub(super) fn set(&mut self, kind: Kind, rate: Option<u64>) {
        if let Some(slot) = self.0.get_mut(kind as usize) {
            *slot = rate;
        }
    }

    /// The rate to charge: what is not priced on its own costs what the nearest priced thing costs, never nothing.
    pub(super) fn charged(&self, kind: Kind) -> u64 {
        let fallback = match kind {
            Kind::Input | Kind::Output | Kind::Search | Kind::Request => return self.get(kind).unwrap_or(0),
            Kind::CacheRead | Kind::CacheWrite | Kind::AudioIn | Kind::ImageIn => Kind::Input,
            Kind::CacheWriteLong => Kind::CacheWrite,
            Kind::Reasoning | Kind::AudioOut | Kind::ImageOut => Kind::Output,
        };
        self.get(kind).unwrap_or_else(|| self.charged(fallback))
    }

    /// These rates with `over`'s on top. What `over` leaves out moves with its input rate, but never down: a dearer
    /// tier is dearer for cached tokens too, a cheaper one only where it says so.
    pub(super) fn overlay(&self, over: &Self) -> Self {
        let moved = |rate: u64| match (self.get(Kind::Input), over.get(Kind::Input)) {
            (Some(old), Some(new)) => rate.max(proportion(rate, new, old)),
            _ => rate,
        };
        self.each(|kind, rate| match (kind, over.get(kind)) {
            (_, Some(own)) => Some(own),
            (Kind::Search | Kind::Request, None) => rate,
            (_, None) => rate.map(moved),
        })
    }

    /// These rates moved as `to` moved from `from`, kind by kind.
    pub(super) fn moved(&self, from: &Self, to: &Self) -> Self {
        self.each(|kind, rate| match (rate, from.get(kind), to.get(kind)) {
            (Some(rate), Some(from), Some(to)) => Some(proportion(rate, to, from)),
            (rate, _, _) => rate,
        })
    }

    /// The higher rate of each kind, as charged.
    pub(super) fn higher(&self, other: &Self) -> Self {
        self.each(|kind, _| Some(self.charged(kind).max(other.charged(kind))))
    }

    /// The highest of some kinds, as charged.
    pub(super) fn dearest(&self, kinds: &[Kind]) -> u64 {
        kinds.iter().map(|kind| self.charged(*kind)).max().unwrap_or(0)
    }

    fn each(&self, mut f: impl FnMut(Kind, Option<u64>) -> Option<u64>) -> Self {
        let mut out = Self::default();
        for (kind, _, _) in KINDS {
            out.set(kind, f(kind, self.get(kind)));
        }
        out
    }
}

/// `rate` × `to` / `from`, rounded up.
fn proportion(rate: u64, to: u64, from: u64) -> u64 {
    if from == 0 {
        return rate.max(to);
    }
    let moved = (u128::from(rate) * u128::from(to)).div_ceil(u128::from(from));
    u64::try_from(moved).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(json: &str) -> Rates {
        Rates::read(&serde_json::from_str(json).unwrap()).unwrap()
    }

    #[test]
    fn kinds_stand_at_their_own_place() {
        for (index, (kind, _, _)) in KINDS.iter().enumerate() {
            assert_eq!(*kind as usize, index);
        }
    }

    #[test]
    fn exact_pico_dollars() {
        let rates = rates(r#"{"in":0.75,"out":3.75,"cr":0.0375,"search_k":10}"#);
        assert_eq!(rates.charged(Kind::Input), 750_000);
        assert_eq!(rates.charged(Kind::CacheRead), 37_500);
        assert_eq!(rates.charged(Kind::Reasoning), 3_750_000);
        assert_eq!(rates.charged(Kind::CacheWriteLong), 750_000, "falls back over cw to in");
        assert_eq!(rates.charged(Kind::Search), 10_000_000_000);
    }

    #[test]
    fn overlay_never_makes_a_missing_rate_cheaper() {
        let base = rates(r#"{"in":2,"out":10,"cr":0.2,"cw":2.5,"search_k":10}"#);
        let dear = base.overlay(&rates(r#"{"in":4,"out":20}"#));
        assert_eq!(dear, rates(r#"{"in":4,"out":20,"cr":0.4,"cw":5,"search_k":10}"#));
        let cheap = base.overlay(&rates(r#"{"in":1,"out":5}"#));
        assert_eq!(cheap, rates(r#"{"in":1,"out":5,"cr":0.2,"cw":2.5,"search_k":10}"#));
    }

    #[test]
    fn a_wrong_price_is_named() {
        let error = Rates::read(&serde_json::from_str(r#"{"out":-1}"#).unwrap()).unwrap_err();
        assert_eq!(error, "out is not a price: -1");
    }
}

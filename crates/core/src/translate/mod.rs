//! Translations between dialects: what a caller says in one, said to an upstream in another, and the answer back.
//! Pure functions and state machines; nothing here sends, meters or decides who may call. Same dialect in and out
//! never comes here: those bytes pass through untouched.
//!
//! One folder per ordered pair ([`PAIRS`] is the table of contents), beside pieces that several pairs share.

mod composed;
mod dropped;
mod pair;

pub use composed::Composed;
pub use dropped::{Dropped, Fate, Lost};
pub use pair::{Ask, Memo, Outgoing, Pair, StreamMachine, Takes, Untranslated, UpstreamError};

use crate::dialect::Dialect;

/// Every ordered pair that is served.
pub static PAIRS: &[&dyn Pair] = &[];

/// The translation for a caller that speaks `from` and an upstream that speaks `to`.
pub fn between(from: Dialect, to: Dialect) -> Option<&'static dyn Pair> {
    PAIRS.iter().copied().find(|pair| pair.from() == from && pair.to() == to)
}

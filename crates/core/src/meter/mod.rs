//! Reads usage out of an answer as it flows past.

use crate::dialect::Dialect;
use crate::usage::Reading;

/// Fed with the bytes of one answer; the same reading for every split of the same bytes.
pub struct Meter {}

impl Meter {
    /// A meter for a server-sent event stream in `dialect`.
    pub fn stream(_dialect: Dialect) -> Self {
        Self {}
    }
    pub fn feed(&mut self, _chunk: &[u8]) {}
    /// The dialect's terminal event was seen: nothing that costs follows.
    pub fn ended(&self) -> bool {
        false
    }
    pub fn whole(&self)->bool{true}
    pub fn reading(&self) -> Reading {
        Reading::default()
    }
    /// Reads a whole, non-streamed answer.
    pub fn body(_dialect: Dialect, _body: &[u8]) -> Reading {
        Reading::default()
    }
}

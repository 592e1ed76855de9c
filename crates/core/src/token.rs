//! Machine tokens: their text, their hash, and what the store knows about one.

use crate::money::Nano;
use crate::scope::Scope;
use crate::time::UnixMs;
use std::num::NonZeroU32;

/// A token as the store has it. The token's text is not among it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub id: String,
    pub label: String,
    pub scope: Scope,
    /// Bumped by every edit.
    pub version: i64,
    pub expires: Option<UnixMs>,
    pub revoked: Option<UnixMs>,
    /// Calls per minute; `None` is no limit.
    pub rate_limit: Option<NonZeroU32>,
    /// `None` is no budget.
    pub budget: Option<Nano>,
}

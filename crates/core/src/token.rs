//! Machine tokens: their text, their hash, and what the store knows about one.

mod text;

use crate::money::Nano;
use crate::ports::{Row, StoreError};
use crate::scope::Scope;
use crate::time::UnixMs;
use crate::window::Window;
use std::num::NonZeroU32;

pub(crate) use text::random_base62;
pub use text::{Minted, TokenHash, TokenText, mint};

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
    /// What span the budget is for; `None` is for ever.
    pub window: Option<Window>,
    /// The group whose budget its calls also draw on.
    pub group: Option<String>,
    /// Model tokens per minute; `None` is no limit.
    pub token_rate: Option<NonZeroU32>,
    /// The most open calls; `None` is no limit.
    pub concurrency: Option<NonZeroU32>,
    /// The proxy's tools are offered in every call.
    pub tools: bool,
}

impl Token {
    /// Whether its calls draw on a budget of its own or its group's.
    pub fn budgeted(&self) -> bool {
        self.budget.is_some() || self.group.is_some()
    }

    /// Reads the first columns of a row, in the order of [`crate::store::tokens::COLUMNS`].
    ///
    /// # Errors
    /// `Malformed` for a row this version cannot read. It must never be taken for a token without limits.
    pub fn from_row(row: &Row) -> Result<Self, StoreError> {
        let limit = |column| match row.maybe_int(column)? {
            Some(n) => u32::try_from(n).ok().and_then(NonZeroU32::new).map(Some).ok_or(StoreError::Malformed),
            None => Ok(None),
        };
        let window =
            row.maybe_int(8)?.map(|days| Window::stored(days).ok_or(StoreError::Malformed)).transpose()?;
        Ok(Self {
            id: row.text(0)?.to_owned(),
            label: row.text(1)?.to_owned(),
            scope: Scope::from_json(row.text(2)?).ok_or(StoreError::Malformed)?,
            version: row.int(3)?,
            expires: row.maybe_int(4)?.map(UnixMs),
            revoked: row.maybe_int(5)?.map(UnixMs),
            rate_limit: limit(6)?,
            budget: row.maybe_int(7)?.map(Nano),
            window,
            group: row.maybe_text(9)?.map(str::to_owned),
            token_rate: limit(10)?,
            concurrency: limit(11)?,
            tools: row.int(12)? != 0,
        })
    }
}

//! Machine tokens in the store.

use crate::money::Nano;
use crate::ports::{Row, Statement, StoreError, Value};
use crate::scope::Scope;
use crate::time::UnixMs;
use crate::token::{Minted, Token, TokenHash};
use std::num::NonZeroU32;

/// A token as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub token: Token,
    pub masked: String,
    pub created: UnixMs,
    pub last_used: Option<UnixMs>,
    pub spent: Nano,
    /// Set aside for calls that are running.
    pub held: Nano,
}

/// What an edit changes; `None` leaves it as it is. The inner `None` takes a limit away.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Edit {
    pub label: Option<String>,
    pub scope: Option<Scope>,
    pub expires: Option<Option<UnixMs>>,
    pub rate_limit: Option<Option<NonZeroU32>>,
    pub budget: Option<Option<Nano>>,
}

impl Entry {
    /// Reads a row of [`list`] or [`edit`].
    pub fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            token: Token::from_row(row)?,
            masked: row.text(8)?.to_owned(),
            created: UnixMs(row.int(9)?),
            last_used: row.maybe_int(10)?.map(UnixMs),
            spent: Nano(row.int(11)?),
            held: Nano(row.int(12)?),
        })
    }
}

/// The token of that hash: no row or one, in the order of [`COLUMNS`].
pub fn find(hash: &TokenHash) -> Statement {
    let sql = concat!("SELECT ", columns!(), " FROM proxy_agent_tokens WHERE hash = ?1");
    Statement::new(sql, vec![hash.hex().into()])
}

/// All tokens, the newest first.
pub fn list() -> Statement {
    let sql =
        concat!("SELECT ", entry_columns!(), " FROM proxy_agent_tokens ORDER BY created_ms DESC, id DESC");
    Statement::new(sql, vec![])
}

/// A new token, unused, unspent.
pub fn insert(token: &Token, minted: &Minted, now: UnixMs) -> Statement {
    Statement::new(
        "INSERT INTO proxy_agent_tokens
           (id, hash, masked, label, scope, version, created_ms, expires_ms, rate_limit, budget_nano)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        vec![
            token.id.as_str().into(),
            minted.hash.hex().into(),
            minted.masked.as_str().into(),
            token.label.as_str().into(),
            token.scope.to_json().into(),
            token.version.into(),
            now.0.into(),
            token.expires.map(|at| at.0).into(),
            token.rate_limit.map(per_minute).into(),
            token.budget.map(|budget| budget.0).into(),
        ],
    )
}

/// Revokes; the first time counts. One row (the id) if there is such a token.
pub fn revoke(id: &str, now: UnixMs) -> Statement {
    Statement::new(
        "UPDATE proxy_agent_tokens
            SET version = version + CASE WHEN revoked_ms IS NULL THEN 1 ELSE 0 END, revoked_ms = COALESCE(revoked_ms, ?2)
          WHERE id = ?1 RETURNING id",
        vec![id.into(), now.0.into()],
    )
}

/// Changes what is given. The changed row, for [`Entry::from_row`], if there is such a token.
pub fn edit(id: &str, edit: &Edit) -> Statement {
    let sql = concat!(
        "UPDATE proxy_agent_tokens
            SET version = version + 1,
                label = COALESCE(?2, label),
                scope = COALESCE(?3, scope),
                expires_ms = CASE WHEN ?4 = 1 THEN ?5 ELSE expires_ms END,
                rate_limit = CASE WHEN ?6 = 1 THEN ?7 ELSE rate_limit END,
                budget_nano = CASE WHEN ?8 = 1 THEN ?9 ELSE budget_nano END
          WHERE id = ?1 RETURNING ",
        entry_columns!()
    );
    let flag = |given: bool| Value::Int(i64::from(given));
    Statement::new(
        sql,
        vec![
            id.into(),
            edit.label.as_deref().into(),
            edit.scope.as_ref().map(Scope::to_json).into(),
            flag(edit.expires.is_some()),
            edit.expires.flatten().map(|at| at.0).into(),
            flag(edit.rate_limit.is_some()),
            edit.rate_limit.flatten().map(per_minute).into(),
            flag(edit.budget.is_some()),
            edit.budget.flatten().map(|budget| budget.0).into(),
        ],
    )
}

fn per_minute(limit: NonZeroU32) -> i64 {
    i64::from(limit.get())
}

macro_rules! columns {
    () => {
        "id, label, scope, version, expires_ms, revoked_ms, rate_limit, budget_nano"
    };
}
macro_rules! entry_columns {
    () => {
        concat!(columns!(), ", masked, created_ms, last_used_ms, spent_nano, held_nano")
    };
}
use {columns, entry_columns};

/// What [`Token::from_row`] reads, in its order.
pub const COLUMNS: &str = columns!();

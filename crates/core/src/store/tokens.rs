//! Machine tokens in the store.

use crate::money::Nano;
use crate::ports::{Row, Statement, StoreError, Value};
use crate::scope::Scope;
use crate::time::UnixMs;
use crate::token::{Minted, Token, TokenHash};
use crate::window::Window;
use std::num::NonZeroU32;

/// A token as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub token: Token,
    pub masked: String,
    pub created: UnixMs,
    pub last_used: Option<UnixMs>,
    /// In the window that began at `window_start`.
    pub spent: Nano,
    pub window_start: UnixMs,
    /// Set aside for calls that are running.
    pub held: Nano,
    pub open_calls: i64,
}

/// What an edit changes; `None` leaves it as it is. The inner `None` takes a limit away.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Edit {
    pub label: Option<String>,
    pub scope: Option<Scope>,
    pub expires: Option<Option<UnixMs>>,
    pub rate_limit: Option<Option<NonZeroU32>>,
    pub budget: Option<Option<Nano>>,
    /// Another span begins the budget anew.
    pub window: Option<Option<Window>>,
    pub group: Option<Option<String>>,
    pub token_rate: Option<Option<NonZeroU32>>,
    pub concurrency: Option<Option<NonZeroU32>>,
    pub tools: Option<bool>,
}

impl Entry {
    /// What is spent of the budget now: nothing, if the last call was in an earlier window.
    pub fn spent_now(&self, now: UnixMs) -> Nano {
        let over = self.token.window.is_some_and(|window| self.window_start < window.start(now));
        if over { Nano::ZERO } else { self.spent }
    }

    /// Reads a row of [`list`] or [`edit`].
    pub fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            token: Token::from_row(row)?,
            masked: row.text(13)?.to_owned(),
            created: UnixMs(row.int(14)?),
            last_used: row.maybe_int(15)?.map(UnixMs),
            spent: Nano(row.int(16)?),
            held: Nano(row.int(17)?),
            window_start: UnixMs(row.int(18)?),
            open_calls: row.int(19)?,
        })
    }
}

/// The token of that hash: no row or one, in the order of [`COLUMNS`].
pub fn find(hash: &TokenHash) -> Statement {
    let sql = concat!("SELECT ", columns!(), " FROM proxy_agent_tokens WHERE hash = ?1");
    Statement::new(sql, vec![hash.hex().into()])
}

/// The version and the revocation of a token, if it is there.
pub(crate) fn version(id: &str) -> Statement {
    Statement::new("SELECT version, revoked_ms FROM proxy_agent_tokens WHERE id = ?1", vec![id.into()])
}

/// All tokens, the newest first.
pub fn list() -> Statement {
    let sql =
        concat!("SELECT ", entry_columns!(), " FROM proxy_agent_tokens ORDER BY created_ms DESC, id DESC");
    Statement::new(sql, vec![])
}

/// The token of that id, for [`Entry::from_row`]: no row or one.
pub fn one(id: &str) -> Statement {
    let sql = concat!("SELECT ", entry_columns!(), " FROM proxy_agent_tokens WHERE id = ?1");
    Statement::new(sql, vec![id.into()])
}

/// A new token, unused, unspent.
pub fn insert(token: &Token, minted: &Minted, now: UnixMs) -> Statement {
    Statement::new(
        "INSERT INTO proxy_agent_tokens
           (id, hash, masked, label, scope, version, created_ms, expires_ms, rate_limit, budget_nano, window_days,
            window_start_ms, budget_group, token_rate, concurrency, tools)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
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
            token.window.map(Window::days).into(),
            token.window.map_or(0, |window| window.start(now).0).into(),
            token.group.as_deref().into(),
            token.token_rate.map(per_minute).into(),
            token.concurrency.map(per_minute).into(),
            i64::from(token.tools).into(),
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

/// Changes what is given. The changed row, for [`Entry::from_row`], if there is such a token. A change of the label
/// alone is no other version: it ends no open stream.
pub fn edit(id: &str, edit: &Edit, now: UnixMs) -> Statement {
    let sql = concat!(
        "UPDATE proxy_agent_tokens
            SET version = version + ?2,
                label = COALESCE(?3, label),
                scope = COALESCE(?4, scope),
                expires_ms = CASE WHEN ?5 = 1 THEN ?6 ELSE expires_ms END,
                rate_limit = CASE WHEN ?7 = 1 THEN ?8 ELSE rate_limit END,
                budget_nano = CASE WHEN ?9 = 1 THEN ?10 ELSE budget_nano END,
                spent_nano = CASE WHEN ?11 = 1 AND COALESCE(?12, -1) <> COALESCE(window_days, -1) THEN 0
                                  ELSE spent_nano END,
                window_start_ms = CASE WHEN ?11 = 1 AND COALESCE(?12, -1) <> COALESCE(window_days, -1) THEN ?13
                                       ELSE window_start_ms END,
                window_days = CASE WHEN ?11 = 1 THEN ?12 ELSE window_days END,
                budget_group = CASE WHEN ?14 = 1 THEN ?15 ELSE budget_group END,
                token_rate = CASE WHEN ?16 = 1 THEN ?17 ELSE token_rate END,
                concurrency = CASE WHEN ?18 = 1 THEN ?19 ELSE concurrency END,
                tools = COALESCE(?20, tools)
          WHERE id = ?1 RETURNING ",
        entry_columns!()
    );
    let flag = |given: bool| Value::Int(i64::from(given));
    let label_only = *edit == Edit { label: edit.label.clone(), ..Edit::default() };
    let window = edit.window.flatten();
    Statement::new(
        sql,
        vec![
            id.into(),
            flag(!label_only),
            edit.label.as_deref().into(),
            edit.scope.as_ref().map(Scope::to_json).into(),
            flag(edit.expires.is_some()),
            edit.expires.flatten().map(|at| at.0).into(),
            flag(edit.rate_limit.is_some()),
            edit.rate_limit.flatten().map(per_minute).into(),
            flag(edit.budget.is_some()),
            edit.budget.flatten().map(|budget| budget.0).into(),
            flag(edit.window.is_some()),
            window.map(Window::days).into(),
            window.map_or(0, |window| window.start(now).0).into(),
            flag(edit.group.is_some()),
            edit.group.clone().flatten().into(),
            flag(edit.token_rate.is_some()),
            edit.token_rate.flatten().map(per_minute).into(),
            flag(edit.concurrency.is_some()),
            edit.concurrency.flatten().map(per_minute).into(),
            edit.tools.map(i64::from).into(),
        ],
    )
}

fn per_minute(limit: NonZeroU32) -> i64 {
    i64::from(limit.get())
}

macro_rules! columns {
    () => {
        "id, label, scope, version, expires_ms, revoked_ms, rate_limit, budget_nano, window_days, budget_group, \
         token_rate, concurrency, tools"
    };
}
macro_rules! entry_columns {
    () => {
        concat!(
            columns!(),
            ", masked, created_ms, last_used_ms, spent_nano, held_nano, window_start_ms, open_calls"
        )
    };
}
use {columns, entry_columns};

/// What [`Token::from_row`] reads, in its order.
pub const COLUMNS: &str = columns!();

//! Budgets that the tokens of a group share.

use super::admission::group_id;
use crate::budget::Budget;
use crate::money::Nano;
use crate::ports::{Row, Statement, StoreError};
use crate::time::UnixMs;
use crate::window::Window;

/// A group's budget and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) budget: Budget,
    pub(crate) spent: Nano,
    pub(crate) window_start: UnixMs,
    pub(crate) held: Nano,
    /// How many tokens draw on it.
    pub(crate) tokens: i64,
}

impl Group {
    pub(crate) fn from_row(row: &Row) -> Result<Self, StoreError> {
        let window =
            row.maybe_int(2)?.map(|days| Window::stored(days).ok_or(StoreError::Malformed)).transpose()?;
        Ok(Self {
            name: row.text(0)?.strip_prefix("group:").ok_or(StoreError::Malformed)?.to_owned(),
            budget: Budget { amount: Nano(row.int(1)?), window },
            spent: Nano(row.int(3)?),
            window_start: UnixMs(row.int(4)?),
            held: Nano(row.int(5)?),
            tokens: row.int(6)?,
        })
    }

    /// What is spent of the budget now: nothing, if the last call was in an earlier window.
    pub(crate) fn spent_now(&self, now: UnixMs) -> Nano {
        let over = self.budget.window.is_some_and(|window| self.window_start < window.start(now));
        if over { Nano::ZERO } else { self.spent }
    }
}

/// All of them, by name.
pub(crate) fn list() -> Statement {
    Statement::new(
        "SELECT b.id, b.budget_nano, b.window_days, b.spent_nano, b.window_start_ms, b.held_nano, \
         (SELECT COUNT(*) FROM proxy_agent_tokens t WHERE 'group:' || t.budget_group = b.id) AS tokens \
         FROM proxy_agent_budgets b WHERE b.id LIKE 'group:%' ORDER BY b.id",
        Vec::new(),
    )
}

/// One row if there is such a group.
pub(crate) fn find(name: &str) -> Statement {
    Statement::new("SELECT id FROM proxy_agent_budgets WHERE id = ?1", vec![group_id(name).into()])
}

/// Makes a group, or gives it another budget. Another span begins the budget anew.
pub(crate) fn put(name: &str, budget: &Budget, now: UnixMs) -> Statement {
    Statement::new(
        "INSERT INTO proxy_agent_budgets (id, budget_nano, window_days, window_start_ms, created_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO UPDATE SET budget_nano = excluded.budget_nano, \
         spent_nano = CASE WHEN COALESCE(excluded.window_days, -1) <> COALESCE(proxy_agent_budgets.window_days, -1) THEN 0 \
         ELSE proxy_agent_budgets.spent_nano END, \
         window_start_ms = CASE WHEN COALESCE(excluded.window_days, -1) <> COALESCE(proxy_agent_budgets.window_days, -1) \
         THEN excluded.window_start_ms ELSE proxy_agent_budgets.window_start_ms END, window_days = excluded.window_days",
        vec![
            group_id(name).into(),
            budget.amount.0.into(),
            budget.window.map(Window::days).into(),
            budget.window.map_or(0, |window| window.start(now).0).into(),
            now.0.into(),
        ],
    )
}

/// Removes a group that no token is in. A row if it was there and is not any more.
pub(crate) fn remove(name: &str) -> Statement {
    Statement::new(
        "DELETE FROM proxy_agent_budgets WHERE id = ?1 \
         AND NOT EXISTS (SELECT 1 FROM proxy_agent_tokens t WHERE t.budget_group = ?2) RETURNING id",
        vec![group_id(name).into(), name.into()],
    )
}

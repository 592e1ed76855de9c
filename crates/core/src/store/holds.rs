//! Changes the hold of a call that is under way: to another model, perhaps at another provider, perhaps dearer.

use super::admission::{Claims, exists, group_id, provider_id, spent, start};
use crate::call::ModelRef;
use crate::money::Nano;
use crate::ports::{Statement, Value};
use crate::time::UnixMs;
use crate::window::Window;

/// A hold as it is to be.
pub(crate) struct Move<'a> {
    pub(crate) call: &'a str,
    pub(crate) token: &'a str,
    /// How often the hold was changed before.
    pub(crate) moves: i64,
    pub(crate) target: &'a ModelRef,
    /// The hold now, and then.
    pub(crate) held: Nano,
    pub(crate) hold: Nano,
    /// What the call draws on then.
    pub(crate) claims: &'a Claims,
    /// The provider whose budget holds now.
    pub(crate) from: Option<&'a str>,
    pub(crate) now: UnixMs,
}

/// One atomic batch: every budget is checked in one conditional write to the call's row, and `moves` ties the other
/// writes to it. A row from the last statement means: it holds. Nothing is counted against limits per minute again.
pub(crate) fn change(m: &Move<'_>) -> Vec<Statement> {
    let more = m.hold - m.held;
    let limit = m.claims.provider.unwrap_or_default();
    let provider = m.claims.provider.map(|_| provider_id(m.target.provider));
    let from = m.from.map(provider_id);
    // Where the provider stays, it already holds the old amount.
    let there = if from == provider { m.held } else { Nano::ZERO };
    let (call, next) = (Value::from(m.call), Value::from(m.moves + 1));
    let days = limit.budget.and_then(|budget| budget.window).map(Window::days);
    let mut batch = Vec::with_capacity(6);
    batch.extend(provider.as_deref().map(|id| exists(id, m.now)));
    batch.push(Statement::new(
        CHANGE,
        vec![
            call.clone(),
            m.moves.into(),
            m.target.provider.into(),
            m.target.model.as_str().into(),
            m.hold.0.into(),
            i64::from(provider.is_some()).into(),
            m.token.into(),
            more.0.into(),
            m.now.day().into(),
            m.now.month().0.into(),
            m.claims.group.as_deref().map(group_id).into(),
            provider.clone().into(),
            limit.budget.map(|budget| budget.amount.0).into(),
            days.into(),
            (m.hold - there).0.into(),
        ],
    ));
    batch.push(Statement::new(
        "UPDATE proxy_agent_tokens SET held_nano = held_nano + ?2 WHERE id = ?1 \
         AND EXISTS (SELECT 1 FROM proxy_agent_calls c WHERE c.id = ?3 AND c.moves = ?4)",
        vec![m.token.into(), more.0.into(), call.clone(), next.clone()],
    ));
    let shared =
        [(m.claims.group.as_deref().map(group_id), more), (from, Nano::ZERO - m.held), (provider, m.hold)];
    for (id, more) in shared.into_iter().filter_map(|(id, more)| Some((id?, more))) {
        batch.push(Statement::new(
            "UPDATE proxy_agent_budgets SET held_nano = held_nano + ?2 WHERE id = ?1 \
             AND EXISTS (SELECT 1 FROM proxy_agent_calls c WHERE c.id = ?3 AND c.moves = ?4)",
            vec![id.into(), more.0.into(), call.clone(), next.clone()],
        ));
    }
    batch.push(Statement::new(
        "SELECT held_nano FROM proxy_agent_calls WHERE id = ?1 AND moves = ?2",
        vec![call, next],
    ));
    batch
}

/// A row that stands in an older window than now has spent nothing; the next admission will say so in it.
const CHANGE: &str = concat!(
    "UPDATE proxy_agent_calls SET moves = moves + 1, provider = ?3, model = ?4, held_nano = ?5, provider_held = ?6 \
     WHERE id = ?1 AND state = 'open' AND moves = ?2 \
     AND EXISTS (SELECT 1 FROM proxy_agent_tokens t WHERE t.id = ?7 AND (t.budget_nano IS NULL OR ?8 <= 0 OR ",
    spent!("t.", "t.window_days", "?9", "?10"),
    " + t.held_nano + ?8 <= t.budget_nano)) \
     AND (?11 IS NULL OR ?8 <= 0 OR EXISTS (SELECT 1 FROM proxy_agent_budgets g WHERE g.id = ?11 AND ",
    spent!("g.", "g.window_days", "?9", "?10"),
    " + g.held_nano + ?8 <= g.budget_nano)) \
     AND (?12 IS NULL OR ?13 IS NULL OR ?15 <= 0 OR EXISTS (SELECT 1 FROM proxy_agent_budgets p WHERE p.id = ?12 AND ",
    spent!("p.", "?14", "?9", "?10"),
    " + p.held_nano + ?15 <= ?13))"
);

#[cfg(test)]
mod tests;

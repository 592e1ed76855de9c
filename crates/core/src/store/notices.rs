//! Notices about budgets: written once per budget, window and threshold, and told by housekeeping.

use super::admission::{group_id, provider_id};
use crate::budget::{Shortfall, Whose};
use crate::ports::Statement;
use crate::time::UnixMs;
use crate::webhook::Notice;

/// Notes that a token's budget is used to 80 or 100 per cent, if it is.
pub(crate) fn of_token(id: &str, now: UnixMs) -> Statement {
    Statement::new(
        "INSERT INTO proxy_agent_notices (budget, window_start_ms, budget_nano, threshold, spent_nano, at_ms, due_ms) \
         SELECT 'token:' || t.id, t.window_start_ms, t.budget_nano, CASE WHEN t.spent_nano >= t.budget_nano THEN 100 ELSE 80 END, \
         t.spent_nano, ?2, ?2 FROM proxy_agent_tokens t WHERE t.id = ?1 AND t.budget_nano > 0 \
         AND t.spent_nano * 5 >= t.budget_nano * 4 ON CONFLICT (budget, window_start_ms, budget_nano, threshold) DO NOTHING",
        vec![id.into(), now.0.into()],
    )
}

/// The same of a group's budget, or of a provider's, whose amount stands in the settings.
pub(crate) fn of_shared(whose: &Whose, amount: Option<i64>, now: UnixMs) -> Option<Statement> {
    let id = match whose {
        Whose::Token => return None,
        Whose::Group(name) => group_id(name),
        Whose::Provider(name) => provider_id(name),
    };
    Some(Statement::new(
        "INSERT INTO proxy_agent_notices (budget, window_start_ms, budget_nano, threshold, spent_nano, at_ms, due_ms) \
         SELECT b.id, b.window_start_ms, COALESCE(b.budget_nano, ?3), \
         CASE WHEN b.spent_nano >= COALESCE(b.budget_nano, ?3) THEN 100 ELSE 80 END, b.spent_nano, ?2, ?2 \
         FROM proxy_agent_budgets b WHERE b.id = ?1 AND COALESCE(b.budget_nano, ?3) > 0 \
         AND b.spent_nano * 5 >= COALESCE(b.budget_nano, ?3) * 4 \
         ON CONFLICT (budget, window_start_ms, budget_nano, threshold) DO NOTHING",
        vec![id.into(), now.0.into(), amount.into()],
    ))
}

/// Notes that a call was refused because a budget is used up. One that was hardly used was only too small for the call.
pub(crate) fn of_refusal(short: &Shortfall, token: &str, now: UnixMs) -> Option<Statement> {
    if short.spent.0.saturating_mul(5) < short.budget.amount.0.saturating_mul(4) || short.budget.amount.0 == 0
    {
        return None;
    }
    let id = match &short.whose {
        Whose::Token => format!("token:{token}"),
        Whose::Group(name) => group_id(name),
        Whose::Provider(name) => provider_id(name),
    };
    Some(Statement::new(
        "INSERT INTO proxy_agent_notices (budget, window_start_ms, budget_nano, threshold, spent_nano, at_ms, due_ms) \
         VALUES (?1, ?2, ?3, 100, ?4, ?5, ?5) ON CONFLICT (budget, window_start_ms, budget_nano, threshold) DO NOTHING",
        vec![
            id.into(),
            short.budget.window.map_or(0, |window| window.start(now).0).into(),
            short.budget.amount.0.into(),
            short.spent.0.into(),
            now.0.into(),
        ],
    ))
}

/// What is to be told now, the oldest first, for [`Notice::from_row`].
pub(crate) fn due(now: UnixMs, limit: i64) -> Statement {
    Statement::new(
        "SELECT n.budget, n.window_start_ms, n.budget_nano, n.threshold, n.spent_nano, n.at_ms, n.tries, \
         (SELECT t.label FROM proxy_agent_tokens t WHERE 'token:' || t.id = n.budget) AS label \
         FROM proxy_agent_notices n WHERE n.due_ms <= ?1 ORDER BY n.at_ms, n.budget, n.threshold LIMIT ?2",
        vec![now.0.into(), limit.into()],
    )
}

/// Takes it for one try; it is due again then. A row if nobody else took it.
pub(crate) fn take(notice: &Notice, again: Option<UnixMs>) -> Statement {
    let mut params = key(notice);
    params.extend([notice.tries.into(), again.map(|at| at.0).into()]);
    Statement::new(
        "UPDATE proxy_agent_notices SET tries = tries + 1, due_ms = ?6 WHERE budget = ?1 AND window_start_ms = ?2 \
         AND budget_nano = ?3 AND threshold = ?4 AND tries = ?5 AND due_ms IS NOT NULL RETURNING tries",
        params,
    )
}

/// It was told.
pub(crate) fn told(notice: &Notice) -> Statement {
    Statement::new(
        "UPDATE proxy_agent_notices SET due_ms = NULL WHERE budget = ?1 AND window_start_ms = ?2 AND budget_nano = ?3 \
         AND threshold = ?4",
        key(notice),
    )
}

fn key(notice: &Notice) -> Vec<crate::ports::Value> {
    vec![
        notice.budget.as_str().into(),
        notice.window_start.0.into(),
        notice.amount.0.into(),
        notice.threshold.into(),
    ]
}

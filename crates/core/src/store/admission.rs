//! The statements that admit a call: every limit is checked and everything is held in one atomic batch. What is read is
//! one row per limit, however many calls there were; nothing is counted or summed.

use crate::call::CallRecord;
use crate::money::Nano;
use crate::ports::{Statement, Value};
use crate::provider_limits::ProviderLimit;
use crate::time::UnixMs;
use crate::window::Window;

/// What admission writes besides the record's draft.
pub(crate) struct Admission<'a> {
    pub(crate) token_version: i64,
    pub(crate) epoch: i64,
    pub(crate) hold: Nano,
    pub(crate) lease: UnixMs,
    pub(crate) claims: &'a Claims,
    pub(crate) draft: &'a CallRecord,
}

/// What a call draws on besides its token's own budget.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Claims {
    pub(crate) group: Option<String>,
    /// The limits of the provider it goes to.
    pub(crate) provider: Option<ProviderLimit>,
    /// Model tokens that it may use, where they are limited.
    pub(crate) tokens: i64,
}

/// Checks everything in one conditional write to the token's row and takes the hold; then does the same to the rows of
/// the group and the provider, and writes the call's open row, but only if the write before happened (`last_call` ties
/// them). A row from the last statement means: admitted.
pub(crate) fn admit(a: &Admission<'_>) -> Vec<Statement> {
    let d = a.draft;
    let claims = a.claims;
    let token = Value::from(d.token_id.clone());
    let id = Value::from(d.id.as_str());
    let now = Value::from(d.started.0);
    let (today, month) = (Value::from(d.started.day()), Value::from(d.started.month().0));
    let provider = claims.provider.and(d.target.as_ref()).map(|target| provider_id(target.provider));
    let limit = claims.provider.unwrap_or_default();
    let mut batch = Vec::with_capacity(6);
    batch.extend(provider.as_deref().map(|id| exists(id, d.started)));
    // OR FAIL, here and below: one row needs no journal of its own to be undone; the batch is undone as a whole.
    batch.push(Statement::new(
        ADMIT,
        vec![
            token.clone(),
            a.hold.0.into(),
            now.clone(),
            id.clone(),
            CLOCK_SPREAD.into(),
            a.token_version.into(),
            a.epoch.into(),
            today.clone(),
            month.clone(),
            claims.tokens.into(),
            provider.clone().into(),
            limit.budget.map(|budget| budget.amount.0).into(),
            limit.budget.and_then(|budget| budget.window).map(Window::days).into(),
            limit.rate.map(|rate| i64::from(rate.get())).into(),
        ],
    ));
    if let Some(group) = &claims.group {
        batch.push(Statement::new(
            HOLD_GROUP,
            vec![
                group_id(group).into(),
                a.hold.0.into(),
                token.clone(),
                id.clone(),
                today.clone(),
                month.clone(),
            ],
        ));
    }
    if let Some(provider) = &provider {
        batch.push(Statement::new(
            HOLD_PROVIDER,
            vec![
                provider.as_str().into(),
                a.hold.0.into(),
                token.clone(),
                id.clone(),
                today,
                month,
                limit.budget.and_then(|budget| budget.window).map(Window::days).into(),
                limit.rate.map(|rate| i64::from(rate.get())).into(),
                now,
                CLOCK_SPREAD.into(),
            ],
        ));
    }
    batch.push(Statement::new(
        "INSERT OR FAIL INTO proxy_agent_calls (id, request_id, token_id, state, started_ms, lease_ms, dialect, operation, \
         asked_provider, asked_model, provider, model, rule, streamed, held_nano, budget_group, provider_held, tokens_held) \
         SELECT ?2, ?3, id, 'open', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17 \
         FROM proxy_agent_tokens WHERE id = ?1 AND last_call = ?2",
        vec![
            token.clone(),
            id.clone(),
            d.request_id.as_str().into(),
            d.started.0.into(),
            a.lease.0.into(),
            d.dialect.name().into(),
            d.operation.name().into(),
            d.asked.as_ref().map(|m| m.provider).into(),
            d.asked.as_ref().map(|m| m.model.as_str()).into(),
            d.target.as_ref().map(|m| m.provider).into(),
            d.target.as_ref().map(|m| m.model.as_str()).into(),
            d.rule.clone().into(),
            i64::from(d.streamed).into(),
            a.hold.0.into(),
            claims.group.clone().into(),
            i64::from(provider.is_some()).into(),
            claims.tokens.into(),
        ],
    ));
    batch.push(Statement::new(
        "SELECT spent_nano, budget_nano, rate_limit, rate_tat_us, last_used_ms, token_rate, token_tat_us, tokens_held \
         FROM proxy_agent_tokens WHERE id = ?1 AND last_call = ?2",
        vec![token, id],
    ));
    batch
}

/// Why an admission did not happen: the token's row as it is, the epoch, and what else the call draws on.
pub(crate) fn state(token_id: &str, claims: &Claims, provider: Option<&str>) -> Statement {
    Statement::new(
        "SELECT t.version, t.revoked_ms, t.expires_ms, t.budget_nano, t.spent_nano, t.held_nano, t.rate_limit, \
         t.rate_tat_us, (SELECT value FROM proxy_agent_meta WHERE name = 'epoch') AS epoch, t.last_used_ms, \
         t.window_days, t.window_start_ms, t.token_rate, t.token_tat_us, t.tokens_held, t.concurrency, t.open_calls, \
         g.budget_nano AS group_budget, g.spent_nano AS group_spent, g.held_nano AS group_held, \
         g.window_days AS group_days, g.window_start_ms AS group_start, \
         p.spent_nano AS provider_spent, p.held_nano AS provider_held, p.window_start_ms AS provider_start, \
         p.rate_tat_us AS provider_tat, p.last_used_ms AS provider_used \
         FROM proxy_agent_tokens t LEFT JOIN proxy_agent_budgets g ON g.id = ?2 \
         LEFT JOIN proxy_agent_budgets p ON p.id = ?3 WHERE t.id = ?1",
        vec![
            token_id.into(),
            claims.group.as_deref().map(group_id).into(),
            provider.filter(|_| claims.provider.is_some()).map(provider_id).into(),
        ],
    )
}

/// The row that a group's spending stands in.
pub(crate) fn group_id(name: &str) -> String {
    format!("group:{name}")
}

/// The row that a provider's spending stands in.
pub(crate) fn provider_id(name: &str) -> String {
    format!("provider:{name}")
}

/// Makes sure that the row is there.
pub(super) fn exists(id: &str, now: UnixMs) -> Statement {
    Statement::new(
        "INSERT INTO proxy_agent_budgets (id, created_ms) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING",
        vec![id.into(), now.0.into()],
    )
}

/// When the window of so many days began, as [`Window::start`] says. `today` is the number of the day.
macro_rules! start {
    ($days:literal, $today:literal, $month:literal) => {
        concat!(
            "(CASE WHEN ",
            $days,
            " IS NULL THEN 0 WHEN ",
            $days,
            " = 0 THEN ",
            $month,
            " ELSE (",
            $today,
            " - (",
            $today,
            " + CASE ",
            $days,
            " WHEN 7 THEN 3 ELSE 0 END) % ",
            $days,
            ") * 86400000 END)"
        )
    };
}

/// What is spent of a row in its current window.
macro_rules! spent {
    ($row:literal, $days:literal, $today:literal, $month:literal) => {
        concat!(
            "(CASE WHEN ",
            $row,
            "window_start_ms < ",
            start!($days, $today, $month),
            " THEN 0 ELSE ",
            $row,
            "spent_nano END)"
        )
    };
}

/// Begins the window anew if it is over.
macro_rules! roll {
    ($days:literal, $today:literal, $month:literal) => {
        concat!(
            "spent_nano = ",
            spent!("", $days, $today, $month),
            ", window_start_ms = CASE WHEN window_start_ms < ",
            start!($days, $today, $month),
            " THEN ",
            start!($days, $today, $month),
            " ELSE window_start_ms END"
        )
    };
}

/// The instant of an admission, never before the row's last one: calls reach the store out of the order they began
/// in, and one that began a millisecond before its neighbour is not early. A last use more than the spread ahead is a
/// clock that was set back, and does not count.
macro_rules! instant {
    ($row:literal, $now:literal, $spread:literal) => {
        concat!(
            "(CASE WHEN ",
            $row,
            "last_used_ms > ",
            $now,
            " AND ",
            $row,
            "last_used_ms < ",
            $now,
            " + ",
            $spread,
            " THEN ",
            $row,
            "last_used_ms ELSE ",
            $now,
            " END)"
        )
    };
}

/// One call more for the limiter of calls per minute.
macro_rules! later {
    ($rate:literal, $now:literal, $spread:literal) => {
        concat!(
            "rate_tat_us = CASE WHEN ",
            $rate,
            " IS NULL THEN rate_tat_us ELSE 60000000 / ",
            $rate,
            " + CASE WHEN rate_tat_us > 1000 * ",
            instant!("", $now, $spread),
            " THEN rate_tat_us ELSE 1000 * ",
            instant!("", $now, $spread),
            " END END, last_used_ms = ",
            instant!("", $now, $spread)
        )
    };
}
pub(super) use {spent, start};

const ADMIT: &str = concat!(
    "UPDATE OR FAIL proxy_agent_tokens SET held_nano = held_nano + ?2, open_calls = open_calls + 1, \
     tokens_held = tokens_held + ?10, last_call = ?4, ",
    roll!("window_days", "?8", "?9"),
    ", ",
    later!("rate_limit", "?3", "?5"),
    " WHERE id = ?1 AND version = ?6 AND revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > ?3) \
     AND (budget_nano IS NULL OR ",
    spent!("", "window_days", "?8", "?9"),
    " + held_nano + ?2 <= budget_nano) \
     AND (rate_limit IS NULL OR rate_tat_us <= 60000000 - 60000000 / rate_limit + 1000 * ",
    instant!("", "?3", "?5"),
    ") AND (concurrency IS NULL OR open_calls < concurrency) \
     AND (token_rate IS NULL OR (CASE WHEN token_tat_us > 1000 * ?3 THEN token_tat_us - 1000 * ?3 ELSE 0 END) * token_rate \
     + (tokens_held + ?10) * 60000000 <= 60000000 * token_rate) \
     AND (SELECT value FROM proxy_agent_meta WHERE name = 'epoch') = ?7 \
     AND (budget_group IS NULL OR EXISTS (SELECT 1 FROM proxy_agent_budgets g WHERE g.id = 'group:' || budget_group AND ",
    spent!("g.", "g.window_days", "?8", "?9"),
    " + g.held_nano + ?2 <= g.budget_nano)) \
     AND (?11 IS NULL OR EXISTS (SELECT 1 FROM proxy_agent_budgets p WHERE p.id = ?11 AND (?12 IS NULL OR ",
    spent!("p.", "?13", "?8", "?9"),
    " + p.held_nano + ?2 <= ?12) AND (?14 IS NULL OR p.rate_tat_us <= 60000000 - 60000000 / ?14 + 1000 * ",
    instant!("p.", "?3", "?5"),
    ")))"
);

const HOLD_GROUP: &str = concat!(
    "UPDATE OR FAIL proxy_agent_budgets SET held_nano = held_nano + ?2, ",
    roll!("window_days", "?5", "?6"),
    " WHERE id = ?1 AND EXISTS (SELECT 1 FROM proxy_agent_tokens t WHERE t.id = ?3 AND t.last_call = ?4)"
);

const HOLD_PROVIDER: &str = concat!(
    "UPDATE OR FAIL proxy_agent_budgets SET held_nano = held_nano + ?2, ",
    roll!("?7", "?5", "?6"),
    ", ",
    later!("?8", "?9", "?10"),
    " WHERE id = ?1 AND EXISTS (SELECT 1 FROM proxy_agent_tokens t WHERE t.id = ?3 AND t.last_call = ?4)"
);

/// How far apart the beginnings of calls may be that reach the store in the wrong order, in milliseconds.
pub(crate) const CLOCK_SPREAD: i64 = 10_000;

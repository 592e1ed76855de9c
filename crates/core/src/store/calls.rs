//! The statements of one call's life: admitted with a hold, settled at its cost, or refused. Each function is one
//! atomic batch; its statements depend on each other only through rows, so that any SQL store can run them.

use crate::call::CallRecord;
use crate::money::Nano;
use crate::ports::{Statement, Value};
use crate::time::UnixMs;

/// What admission writes besides the record's draft.
pub(crate) struct Admission<'a> {
    pub(crate) token_version: i64,
    pub(crate) epoch: i64,
    pub(crate) hold: Nano,
    pub(crate) lease: UnixMs,
    pub(crate) draft: &'a CallRecord,
}

/// Checks everything again in one conditional write and takes the hold; then writes the call's open row, but only if
/// the write before it happened (`last_call` ties the two). A row from the last statement means: admitted.
pub(crate) fn admit(a: &Admission<'_>) -> Vec<Statement> {
    let d = a.draft;
    let token = Value::from(d.token_id.clone());
    vec![
        // OR FAIL, here and below: one row needs no journal of its own to be undone; the batch is undone as a whole.
        Statement::new(
            ADMIT,
            vec![
                token.clone(),
                a.hold.0.into(),
                d.started.0.into(),
                d.id.as_str().into(),
                CLOCK_SPREAD.into(),
                a.token_version.into(),
                a.epoch.into(),
            ],
        ),
        Statement::new(
            "INSERT OR FAIL INTO proxy_agent_calls (id, request_id, token_id, state, started_ms, lease_ms, dialect, operation, \
             asked_provider, asked_model, provider, model, rule, streamed, held_nano) \
             SELECT ?2, ?3, id, 'open', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14 \
             FROM proxy_agent_tokens WHERE id = ?1 AND last_call = ?2",
            vec![
                token,
                d.id.as_str().into(),
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
            ],
        ),
        Statement::new(
            "SELECT spent_nano, budget_nano FROM proxy_agent_tokens WHERE id = ?1 AND last_call = ?2",
            vec![d.token_id.clone().into(), d.id.as_str().into()],
        ),
    ]
}

/// The instant of an admission, never before the token's last one: calls reach the store out of the order they began
/// in, and one that began a millisecond before its neighbour is not early. A last use more than `?5` ahead is a clock
/// that was set back, and does not count.
macro_rules! instant {
    () => {
        "(CASE WHEN last_used_ms > ?3 AND last_used_ms < ?3 + ?5 THEN last_used_ms ELSE ?3 END)"
    };
}

const ADMIT: &str = concat!(
    "UPDATE OR FAIL proxy_agent_tokens SET held_nano = held_nano + ?2, last_call = ?4, last_used_ms = ",
    instant!(),
    ", rate_tat_us = CASE WHEN rate_limit IS NULL THEN rate_tat_us ELSE 60000000 / rate_limit + \
       CASE WHEN rate_tat_us > 1000 * ",
    instant!(),
    " THEN rate_tat_us ELSE 1000 * ",
    instant!(),
    " END END \
     WHERE id = ?1 AND version = ?6 AND revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > ?3) \
     AND (budget_nano IS NULL OR spent_nano + held_nano + ?2 <= budget_nano) \
     AND (rate_limit IS NULL OR rate_tat_us <= 60000000 - 60000000 / rate_limit + 1000 * ",
    instant!(),
    ") AND (SELECT value FROM proxy_agent_meta WHERE name = 'epoch') = ?7"
);

/// How far apart the beginnings of calls may be that reach the store in the wrong order, in milliseconds.
pub(crate) const CLOCK_SPREAD: i64 = 10_000;

/// Why an admission did not happen: the token's row as it is, and the epoch.
pub(crate) fn admission_state(token_id: &str) -> Statement {
    Statement::new(
        "SELECT version, revoked_ms, expires_ms, budget_nano, spent_nano, held_nano, rate_limit, rate_tat_us, \
         (SELECT value FROM proxy_agent_meta WHERE name = 'epoch') AS epoch, last_used_ms FROM proxy_agent_tokens WHERE id = ?1",
        vec![token_id.into()],
    )
}

/// Replaces the hold by the cost, counts the call, and closes its row. Every statement asks whether the row is still
/// open and the last one closes it, so a second settlement changes nothing.
pub(crate) fn settle(record: &CallRecord, hold: Nano) -> Vec<Statement> {
    close(record, hold, "settled")
}

/// Charges a call whose process died: its hold becomes its cost.
pub(crate) fn orphan(record: &CallRecord, hold: Nano) -> Vec<Statement> {
    close(record, hold, "orphaned")
}

fn close(record: &CallRecord, hold: Nano, state: &'static str) -> Vec<Statement> {
    let id = Value::from(record.id.as_str());
    let usage = &record.usage;
    vec![
        Statement::new(
            "UPDATE OR FAIL proxy_agent_tokens SET held_nano = held_nano - ?2, spent_nano = spent_nano + ?3 \
             WHERE id = ?4 AND EXISTS (SELECT 1 FROM proxy_agent_calls WHERE id = ?1 AND state = 'open')",
            vec![id.clone(), hold.0.into(), record.cost.0.into(), record.token_id.clone().into()],
        ),
        Statement::new(
            "INSERT OR FAIL INTO proxy_agent_usage (day, token_id, provider, model, requests, refused, prompt_tokens, completion_tokens, cost_nano) \
             SELECT ?2, token_id, provider, CASE ?6 WHEN 1 THEN model ELSE '' END, 1, 0, ?3, ?4, ?5 FROM proxy_agent_calls WHERE id = ?1 AND state = 'open' \
             ON CONFLICT (day, token_id, provider, model) DO UPDATE SET requests = requests + 1, \
             prompt_tokens = prompt_tokens + excluded.prompt_tokens, \
             completion_tokens = completion_tokens + excluded.completion_tokens, cost_nano = cost_nano + excluded.cost_nano",
            vec![
                id.clone(),
                record.started.day().into(),
                count(usage.total_input()).into(),
                count(usage.output).into(),
                record.cost.0.into(),
                // A model that no upstream knows is the caller's invention: it must not make the counters grow.
                i64::from(record.status < 400).into(),
            ],
        ),
        Statement::new(
            "UPDATE OR FAIL proxy_agent_calls SET state = ?2, lease_ms = NULL, status = ?3, cost_nano = ?4, pricing = ?5, \
             input = ?6, cache_read = ?7, cache_write = ?8, cache_write_long = ?9, output = ?10, reasoning = ?11, \
             audio_in = ?12, image_in = ?13, audio_out = ?14, image_out = ?15, web_search = ?16, web_fetch = ?17, \
             ended = ?18, error = ?19, first_byte_ms = ?20, duration_ms = ?21, attempts = ?22, credential_id = ?23 \
             WHERE id = ?1 AND state = 'open'",
            vec![
                id,
                state.into(),
                (record.status > 0).then(|| i64::from(record.status)).into(),
                record.cost.0.into(),
                record.pricing.name().into(),
                count(usage.input).into(),
                count(usage.cache_read).into(),
                count(usage.cache_write).into(),
                count(usage.cache_write_long).into(),
                count(usage.output).into(),
                count(usage.reasoning).into(),
                count(usage.audio_in).into(),
                count(usage.image_in).into(),
                count(usage.audio_out).into(),
                count(usage.image_out).into(),
                count(usage.web_search).into(),
                count(usage.web_fetch).into(),
                record.end.name().into(),
                record.error.into(),
                record.first_byte.map(|ms| count(ms.0)).into(),
                count(record.duration.0).into(),
                i64::from(record.attempts).into(),
                record.credential.clone().into(),
            ],
        ),
    ]
}

/// Raises an open call's hold, if its token's budget allows it. The first statement gives a row if it does; the second
/// takes effect only with it, because only then the row has the new hold.
pub(crate) fn hold_more(record: &CallRecord, before: Nano, after: Nano) -> Vec<Statement> {
    vec![
        Statement::new(
            "UPDATE proxy_agent_calls SET held_nano = ?3 WHERE id = ?1 AND state = 'open' AND held_nano = ?2 \
             AND EXISTS (SELECT 1 FROM proxy_agent_tokens AS t WHERE t.id = ?4 AND t.revoked_ms IS NULL \
             AND (t.budget_nano IS NULL OR t.spent_nano + t.held_nano + ?3 - ?2 <= t.budget_nano)) RETURNING id",
            vec![record.id.as_str().into(), before.0.into(), after.0.into(), record.token_id.clone().into()],
        ),
        Statement::new(
            "UPDATE proxy_agent_tokens SET held_nano = held_nano + ?3 - ?2 WHERE id = ?4 \
             AND EXISTS (SELECT 1 FROM proxy_agent_calls AS c WHERE c.id = ?1 AND c.state = 'open' AND c.held_nano = ?3)",
            vec![record.id.as_str().into(), before.0.into(), after.0.into(), record.token_id.clone().into()],
        ),
    ]
}

/// Keeps a long stream from being taken for an orphan.
pub(crate) fn renew(id: &str, lease: UnixMs) -> Statement {
    Statement::new(
        "UPDATE proxy_agent_calls SET lease_ms = ?2 WHERE id = ?1 AND state = 'open'",
        vec![id.into(), lease.0.into()],
    )
}

/// Records a call that was refused before anything was sent. Its model is the caller's word, so the counters do not
/// keep it: they would grow with every name an attacker invents.
pub(crate) fn refuse(record: &CallRecord) -> Vec<Statement> {
    vec![
        Statement::new(
            "INSERT INTO proxy_agent_calls (id, request_id, token_id, state, started_ms, dialect, operation, \
             asked_provider, asked_model, provider, model, rule, streamed, status, ended, error, pricing, duration_ms) \
             VALUES (?1, ?2, ?3, 'refused', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
            vec![
                record.id.as_str().into(),
                record.request_id.as_str().into(),
                record.token_id.clone().into(),
                record.started.0.into(),
                record.dialect.name().into(),
                record.operation.name().into(),
                record.asked.as_ref().map(|m| m.provider).into(),
                record.asked.as_ref().map(|m| m.model.as_str()).into(),
                record.target.as_ref().map(|m| m.provider).into(),
                record.target.as_ref().map(|m| m.model.as_str()).into(),
                record.rule.clone().into(),
                i64::from(record.streamed).into(),
                i64::from(record.status).into(),
                record.end.name().into(),
                record.error.into(),
                record.pricing.name().into(),
                count(record.duration.0).into(),
            ],
        ),
        Statement::new(
            "INSERT INTO proxy_agent_usage (day, token_id, provider, model, requests, refused, prompt_tokens, completion_tokens, cost_nano) \
             VALUES (?1, ?2, ?3, '', 1, 1, 0, 0, 0) \
             ON CONFLICT (day, token_id, provider, model) DO UPDATE SET requests = requests + 1, refused = refused + 1",
            vec![
                record.started.day().into(),
                record.token_id.as_deref().unwrap_or_default().into(),
                record.asked.as_ref().map_or("", |m| m.provider).into(),
            ],
        ),
    ]
}

/// The moment before which no call is open any more.
pub(crate) fn swept() -> Statement {
    Statement::new("SELECT value FROM proxy_agent_meta WHERE name = 'swept'", Vec::new())
}

pub(crate) fn set_swept(at: UnixMs) -> Statement {
    Statement::new("UPDATE proxy_agent_meta SET value = ?1 WHERE name = 'swept'", vec![at.0.into()])
}

/// Calls that began in `from..until` and are still open, oldest first, at most `limit`. Each sweep reads on from where
/// the last one stopped, so a call is looked at once; an index would cost every call two writes.
pub(crate) fn open_calls(from: UnixMs, until: UnixMs, limit: i64) -> Statement {
    Statement::new(
        "SELECT id, request_id, token_id, started_ms, held_nano, lease_ms FROM proxy_agent_calls \
         WHERE id >= ?1 AND id < ?2 AND state = 'open' ORDER BY id LIMIT ?3",
        vec![first_id(from).into(), first_id(until).into(), limit.into()],
    )
}

/// Removes at most `limit` closed calls that began before `before`. Ids sort by time, so the key finds them.
pub(crate) fn forget(before: UnixMs, limit: i64) -> Statement {
    Statement::new(
        "DELETE FROM proxy_agent_calls WHERE id IN \
         (SELECT id FROM proxy_agent_calls WHERE id < ?1 AND state <> 'open' ORDER BY id LIMIT ?2) RETURNING id",
        vec![first_id(before).into(), limit.into()],
    )
}

/// No call that began at `at` or later has a smaller id.
fn first_id(at: UnixMs) -> String {
    format!("req_{:012x}", u64::try_from(at.0).unwrap_or(0))
}

/// A count as a column value; D1 keeps integers exact to 2⁵³.
fn count(n: u64) -> i64 {
    i64::try_from(n).map_or(EXACT, |n| n.min(EXACT))
}

const EXACT: i64 = (1 << 53) - 1;

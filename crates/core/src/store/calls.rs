//! The statements of one call's life once it is admitted: settled at its cost, or refused. Each function is one
//! atomic batch; its statements depend on each other only through rows, so that any SQL store can run them.

use crate::call::CallRecord;
use crate::ports::{Statement, Value};
use crate::request_id;
use crate::time::UnixMs;

/// What a settlement writes besides the record.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Settlement {
    pub(crate) now: UnixMs,
    /// Whether a group's budget, or a provider's, may hold something for the call.
    pub(crate) group: bool,
    pub(crate) provider: bool,
    /// Model tokens to count against the token's limit per minute.
    pub(crate) tokens: i64,
    pub(crate) variant: Option<String>,
    pub(crate) geo: Option<String>,
    /// How many other models answered inside the call.
    pub(crate) asides: i64,
}

/// Replaces the hold by the cost, counts the call, and closes its row. Every statement asks whether the row is still
/// open and the last one closes it, so a second settlement changes nothing.
pub(crate) fn settle(record: &CallRecord, reading: &Settlement) -> Vec<Statement> {
    close(record, reading, "settled")
}

/// Charges a call whose process died: its hold becomes its cost.
pub(crate) fn orphan(record: &CallRecord, reading: &Settlement) -> Vec<Statement> {
    close(record, reading, "orphaned")
}

fn close(record: &CallRecord, settlement: &Settlement, state: &'static str) -> Vec<Statement> {
    let id = Value::from(record.id.as_str());
    let usage = &record.usage;
    let mut batch = vec![
        // What is held stands in the call's row: a change of it that nobody heard of is given back all the same.
        Statement::new(
            "UPDATE OR FAIL proxy_agent_tokens SET spent_nano = spent_nano + ?2, open_calls = open_calls - 1, \
             held_nano = held_nano - (SELECT c.held_nano FROM proxy_agent_calls c WHERE c.id = ?1), \
             tokens_held = tokens_held - (SELECT c.tokens_held FROM proxy_agent_calls c WHERE c.id = ?1), \
             token_tat_us = CASE WHEN token_rate IS NULL THEN token_tat_us ELSE (?4 * 60000000 + token_rate - 1) / token_rate \
             + CASE WHEN token_tat_us > 1000 * ?5 THEN token_tat_us ELSE 1000 * ?5 END END \
             WHERE id = ?3 AND EXISTS (SELECT 1 FROM proxy_agent_calls c WHERE c.id = ?1 AND c.state = 'open')",
            vec![
                id.clone(),
                record.cost.0.into(),
                record.token_id.clone().into(),
                settlement.tokens.into(),
                settlement.now.0.into(),
            ],
        ),
    ];
    let shared = [
        (
            settlement.group,
            "UPDATE proxy_agent_budgets SET spent_nano = spent_nano + ?2, \
             held_nano = held_nano - (SELECT c.held_nano FROM proxy_agent_calls c WHERE c.id = ?1) WHERE id = \
             (SELECT 'group:' || c.budget_group FROM proxy_agent_calls c WHERE c.id = ?1 AND c.state = 'open')",
        ),
        (
            settlement.provider,
            "UPDATE proxy_agent_budgets SET spent_nano = spent_nano + ?2, \
             held_nano = held_nano - (SELECT c.held_nano FROM proxy_agent_calls c WHERE c.id = ?1) WHERE id = \
             (SELECT 'provider:' || c.provider FROM proxy_agent_calls c WHERE c.id = ?1 AND c.state = 'open' AND c.provider_held = 1)",
        ),
    ];
    for (_, sql) in shared.into_iter().filter(|(draws, _)| *draws) {
        batch.push(Statement::new(sql, vec![id.clone(), record.cost.0.into()]));
    }
    batch.extend([
        Statement::new(
            "INSERT OR FAIL INTO proxy_agent_usage (day, token_id, provider, model, requests, refused, prompt_tokens, completion_tokens, cost_nano) \
             SELECT ?2, token_id, provider, CASE ?6 WHEN 1 THEN model ELSE '' END, 1, 0, ?3, ?4, ?5 FROM proxy_agent_calls WHERE id = ?1 AND state = 'open' \
             ON CONFLICT (day, token_id, provider, model) DO UPDATE SET \
             requests = proxy_agent_usage.requests + 1, \
             prompt_tokens = proxy_agent_usage.prompt_tokens + excluded.prompt_tokens, \
             completion_tokens = proxy_agent_usage.completion_tokens + excluded.completion_tokens, \
             cost_nano = proxy_agent_usage.cost_nano + excluded.cost_nano",
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
             ended = ?18, error = ?19, first_byte_ms = ?20, duration_ms = ?21, attempts = ?22, credential_id = ?23, \
             variant = ?24, geo = ?25, asides = ?26, overhead_us = ?27 \
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
                settlement.variant.clone().into(),
                settlement.geo.clone().into(),
                settlement.asides.into(),
                record.overhead.map(|span| count(span.0)).into(),
            ],
        ),
    ]);
    batch
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
             ON CONFLICT (day, token_id, provider, model) DO UPDATE SET \
             requests = proxy_agent_usage.requests + 1, refused = proxy_agent_usage.refused + 1",
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
        "SELECT id, request_id, token_id, started_ms, held_nano, lease_ms, tokens_held FROM proxy_agent_calls \
         WHERE id >= ?1 AND id < ?2 AND state = 'open' ORDER BY id LIMIT ?3",
        vec![request_id::first(from).into(), request_id::first(until).into(), limit.into()],
    )
}

/// Removes at most `limit` closed calls that began before `before`. Ids sort by time, so the key finds them.
pub(crate) fn forget(before: UnixMs, limit: i64) -> Statement {
    Statement::new(
        "DELETE FROM proxy_agent_calls WHERE id IN \
         (SELECT id FROM proxy_agent_calls WHERE id < ?1 AND state <> 'open' ORDER BY id LIMIT ?2) RETURNING id",
        vec![request_id::first(before).into(), limit.into()],
    )
}

/// A count as a column value; D1 keeps integers exact to 2⁵³.
pub(crate) fn count(n: u64) -> i64 {
    i64::try_from(n).map_or(EXACT, |n| n.min(EXACT))
}

const EXACT: i64 = (1 << 53) - 1;

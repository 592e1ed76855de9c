//! Other costs for calls that are over: their rows, the counters and what is spent move together.

use super::admission::{group_id, provider_id};
use crate::money::Nano;
use crate::ports::{Row, Statement, StoreError};
use crate::request_id;
use crate::time::UnixMs;
use crate::usage::{Reading, Usage};

/// A settled call as its usage says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settled {
    pub(crate) id: String,
    token: String,
    pub(crate) started: UnixMs,
    ended: UnixMs,
    pub(crate) provider: String,
    pub(crate) model: String,
    pub(crate) cost: Nano,
    failed: bool,
    group: Option<String>,
    provider_held: bool,
    pub(crate) reading: Reading,
}

impl Settled {
    pub(crate) fn from_row(row: &Row) -> Result<Self, StoreError> {
        let count = |column| row.int(column).map(|n| u64::try_from(n).unwrap_or(0));
        let text = |column| row.maybe_text(column).map(|text| text.map(str::to_owned));
        let started = row.int(2)?;
        let usage = Usage {
            input: count(12)?,
            cache_read: count(13)?,
            cache_write: count(14)?,
            cache_write_long: count(15)?,
            output: count(16)?,
            reasoning: count(17)?,
            audio_in: count(18)?,
            image_in: count(19)?,
            audio_out: count(20)?,
            image_out: count(21)?,
            web_search: count(22)?,
            web_fetch: count(23)?,
        };
        Ok(Self {
            id: row.text(0)?.to_owned(),
            token: text(1)?.unwrap_or_default(),
            started: UnixMs(started),
            ended: UnixMs(started.saturating_add(row.maybe_int(3)?.unwrap_or(0))),
            provider: text(4)?.unwrap_or_default(),
            model: text(5)?.unwrap_or_default(),
            cost: Nano(row.int(6)?),
            failed: row.maybe_int(7)?.is_some_and(|status| status >= 400),
            group: text(8)?,
            provider_held: row.int(9)? == 1,
            reading: Reading {
                usage,
                complete: true,
                variant: text(10)?,
                geo: text(11)?,
                ..Reading::default()
            },
        })
    }
}

/// Calls that began in `from..until`, behind the call `after`, whose cost follows from their usage alone: not those that
/// were estimated, and not those in which several models answered.
pub(crate) fn page(from: UnixMs, until: UnixMs, after: &str, limit: i64) -> Statement {
    Statement::new(
        "SELECT id, token_id, started_ms, duration_ms, provider, model, COALESCE(repriced_nano, cost_nano) AS cost, status, \
         budget_group, provider_held, variant, geo, input, cache_read, cache_write, cache_write_long, output, reasoning, \
         audio_in, image_in, audio_out, image_out, web_search, web_fetch FROM proxy_agent_calls \
         WHERE id >= ?1 AND id < ?2 AND id > ?3 AND state = 'settled' AND pricing IN ('exact', 'unpriced') AND asides = 0 \
         ORDER BY id LIMIT ?4",
        vec![request_id::first(from).into(), request_id::first(until).into(), after.into(), limit.into()],
    )
}

/// Gives one call another cost, unless someone else did meanwhile. What is spent moves where the call's window still runs.
pub(crate) fn change(call: &Settled, cost: Nano) -> Vec<Statement> {
    let more = cost - call.cost;
    let shared = |id: String| {
        Statement::new(
            "UPDATE proxy_agent_budgets SET spent_nano = CASE WHEN spent_nano + ?2 < 0 THEN 0 ELSE spent_nano + ?2 END \
             WHERE id = ?1 AND window_start_ms <= ?3 AND EXISTS (SELECT 1 FROM proxy_agent_calls c WHERE c.id = ?4 \
             AND COALESCE(c.repriced_nano, c.cost_nano) = ?5)",
            vec![id.into(), more.0.into(), call.ended.0.into(), call.id.as_str().into(), call.cost.0.into()],
        )
    };
    let mut batch = vec![
        Statement::new(
            "UPDATE proxy_agent_tokens SET spent_nano = CASE WHEN spent_nano + ?2 < 0 THEN 0 ELSE spent_nano + ?2 END \
             WHERE id = ?1 AND window_start_ms <= ?3 AND EXISTS (SELECT 1 FROM proxy_agent_calls c WHERE c.id = ?4 \
             AND COALESCE(c.repriced_nano, c.cost_nano) = ?5)",
            vec![
                call.token.as_str().into(),
                more.0.into(),
                call.ended.0.into(),
                call.id.as_str().into(),
                call.cost.0.into(),
            ],
        ),
        Statement::new(
            "UPDATE proxy_agent_usage SET cost_nano = cost_nano + ?5 WHERE day = ?1 AND token_id = ?2 AND provider = ?3 \
             AND model = ?4 AND EXISTS (SELECT 1 FROM proxy_agent_calls c WHERE c.id = ?6 \
             AND COALESCE(c.repriced_nano, c.cost_nano) = ?7)",
            vec![
                call.started.day().into(),
                call.token.as_str().into(),
                call.provider.as_str().into(),
                if call.failed { "" } else { call.model.as_str() }.into(),
                more.0.into(),
                call.id.as_str().into(),
                call.cost.0.into(),
            ],
        ),
    ];
    batch.extend(call.group.as_deref().map(group_id).map(shared));
    batch.extend(call.provider_held.then(|| shared(provider_id(&call.provider))));
    batch.push(Statement::new(
        "UPDATE proxy_agent_calls SET repriced_nano = ?2 WHERE id = ?1 AND COALESCE(repriced_nano, cost_nano) = ?3",
        vec![call.id.as_str().into(), cost.0.into(), call.cost.0.into()],
    ));
    batch
}

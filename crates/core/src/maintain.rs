//! Housekeeping that a home runs on a schedule: charging orphaned holds, sealing calls, applying retention.

use crate::audit;
use crate::call::{CallRecord, Pricing};
use crate::dialect::{Dialect, Operation};
use crate::ledger::LEASE;
use crate::money::Nano;
use crate::ports::{Platform, Row, StoreError};
use crate::proxy::Proxy;
use crate::store::{answers, calls, captures, sessions, tool_answers, tool_calls};
use crate::time::{Micros, UnixMs};
use std::sync::Arc;

/// What one round did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// Calls whose process died before settling, now charged at their hold.
    pub charged: u64,
    /// Rows past their retention, removed.
    pub removed: u64,
}

/// One bounded round. Run it at start, then every minute natively, by cron on the edge.
pub async fn maintain<P: Platform>(proxy: &Arc<Proxy<P>>) -> Result<Round, StoreError> {
    let now = proxy.platform.now();
    // Counts that cannot be written wait; holds do not wait for them.
    let counts = write_counts(proxy).await;
    let (charged, swept) = sweep(proxy, now).await?;
    audit::seal(proxy, swept).await?;
    let mut forget = vec![
        calls::forget(now - proxy.house.config.retention, PER_ROUND),
        answers::forget(now - answers::KEPT, PER_ROUND),
        tool_answers::forget(now - answers::KEPT, PER_ROUND),
        tool_calls::forget(now - proxy.house.config.retention, PER_ROUND),
    ];
    forget.push(captures::forget(now - proxy.house.config.retention, PER_ROUND));
    forget.extend(sessions::forget(now));
    crate::webhook::deliver(proxy).await?;
    let gone = proxy.platform.batch(forget).await?;
    counts?;
    Ok(Round { charged, removed: gone.first().map_or(0, |rows| rows.len() as u64) })
}

/// Writes what was counted for `/metrics` and waits for a settlement to go along with. Also the last thing a process does.
pub async fn write_counts<P: Platform>(proxy: &Arc<Proxy<P>>) -> Result<(), StoreError> {
    let counted = proxy.house.tally.take();
    let statements: Vec<_> = counted.statements().collect();
    if statements.is_empty() {
        return Ok(());
    }
    let written = proxy.platform.batch(statements).await.map(drop);
    if written.is_err() {
        proxy.house.tally.put_back(counted);
    }
    written
}

/// Charges open calls whose lease has run out. Reads on from where the last round stopped; a call that is old but alive
/// (its lease was renewed) keeps the next round from going past it.
///
/// Returns how many, and the moment before which no call is open.
async fn sweep<P: Platform>(proxy: &Arc<Proxy<P>>, now: UnixMs) -> Result<(u64, UnixMs), StoreError> {
    let rows = proxy.platform.batch(vec![calls::swept()]).await?;
    let from = UnixMs(rows.first().and_then(|rows| rows.first()).map_or(Ok(0), |row| row.int(0))?);
    let until = now - LEASE;
    if until < from {
        // The clock went back: what begins now would never be looked at.
        proxy.platform.batch(vec![calls::set_swept(until)]).await?;
    }
    if until <= from {
        return Ok((0, until));
    }
    let rows = proxy.platform.batch(vec![calls::open_calls(from, until, PER_ROUND)]).await?;
    let rows = rows.into_iter().next().unwrap_or_default();
    let (mut charged, mut swept) = (0, until);
    if let Some(last) = rows.last().filter(|_| rows.len() as i64 >= PER_ROUND) {
        swept = UnixMs(last.int(3)?);
    }
    for row in &rows {
        if row.maybe_int(5)?.is_some_and(|lease| lease >= now.0) {
            swept = swept.min(UnixMs(row.int(3)?));
            continue;
        }
        let record = orphan(row, now)?;
        let tokens = row.int(6)?;
        let settlement = calls::Settlement { now, group: true, provider: true, tokens, ..Default::default() };
        proxy.platform.batch(calls::orphan(&record, &settlement)).await?;
        charged += 1;
    }
    proxy.platform.batch(vec![calls::set_swept(swept)]).await?;
    Ok((charged, swept))
}

/// The record that closes an orphan: charged at its hold, never refunded.
fn orphan(row: &Row, now: UnixMs) -> Result<CallRecord, StoreError> {
    let (started, hold) = (UnixMs(row.int(3)?), Nano(row.int(4)?));
    let (id, request_id) = (row.text(0)?.to_owned(), row.text(1)?.to_owned());
    let mut record =
        CallRecord::begin(id, request_id, started, Micros(0), Dialect::Messages, Operation::Generate);
    record.token_id = row.maybe_text(2)?.map(str::to_owned);
    record.cost = hold;
    record.pricing = Pricing::Estimated;
    record.error = Some("orphaned");
    record.duration = now.since(started);
    Ok(record)
}

/// A round stays short; what is left is done in the next one.
const PER_ROUND: i64 = 500;

//! Housekeeping that a home runs on a schedule: charging orphaned holds, applying retention.

use crate::call::{CallRecord, Pricing};
use crate::dialect::{Dialect, Operation};
use crate::money::Nano;
use crate::ports::{Platform, Row, StoreError};
use crate::proxy::Proxy;
use crate::store::calls;
use crate::time::UnixMs;
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
    let mut round = Round::default();
    let rows = proxy.platform.batch(vec![calls::orphans(now, PER_ROUND)]).await?;
    for row in rows.first().into_iter().flatten() {
        let (record, hold) = orphan(row, now)?;
        proxy.platform.batch(calls::orphan(&record, hold)).await?;
        round.charged += 1;
    }
    let gone =
        proxy.platform.batch(vec![calls::forget(now - proxy.house.config.retention, PER_ROUND)]).await?;
    round.removed = gone.first().map_or(0, |rows| rows.len() as u64);
    Ok(round)
}

/// The record that closes an orphan: charged at its hold, never refunded.
fn orphan(row: &Row, now: UnixMs) -> Result<(CallRecord, Nano), StoreError> {
    let (started, hold) = (UnixMs(row.int(3)?), Nano(row.int(4)?));
    let (id, request_id) = (row.text(0)?.to_owned(), row.text(1)?.to_owned());
    let mut record = CallRecord::begin(id, request_id, started, Dialect::Messages, Operation::Generate);
    record.token_id = row.maybe_text(2)?.map(str::to_owned);
    record.cost = hold;
    record.pricing = Pricing::Estimated;
    record.error = Some("orphaned");
    record.duration = now.since(started);
    Ok((record, hold))
}

/// A round stays short; what is left is done in the next one.
const PER_ROUND: i64 = 500;

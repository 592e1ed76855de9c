//! Admission and settlement: a call may only be sent while its worst case is held, and the hold is replaced by the
//! true cost before the caller sees the last byte.

use crate::authorize::Allowed;
use crate::budget_display::Standing;
use crate::call::{CallRecord, End, Pricing};
use crate::dialect::{Dialect, Operation};
use crate::money::Nano;
use crate::ports::{Platform, Row, StoreError};
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::store::answers;
use crate::store::calls::{self, Admission};
use crate::time::{Millis, UnixMs};
use crate::token::Token;
use http::HeaderMap;

/// An admitted call: its intent and its hold are in the store. Sending asks for this type.
pub struct Held {
    hold: Nano,
    /// What earlier attempts of this call may have cost: it is held beside the hold, and charged.
    doubted: Nano,
    lease: UnixMs,
    /// What is known of the call so far.
    pub(crate) record: CallRecord,
    /// The token's budget as it stood; `None` where it has none.
    standing: Option<Standing>,
    /// The upstream keeps the answer under its id.
    pub(crate) stored: bool,
    /// The id of a kept answer.
    pub(crate) answer_id: Option<String>,
}

/// How an admission went.
pub(crate) enum Admitted {
    Held(Box<Held>),
    /// The token or the routing changed since they were read: read again, and decide again.
    Stale,
    Refused(Problem),
}

/// Takes the hold and writes the intent, in one atomic batch.
pub(crate) async fn admit<P: Platform>(
    proxy: &Proxy<P>,
    allowed: &Allowed,
    epoch: i64,
    hold: Nano,
    record: &CallRecord,
) -> Result<Admitted, StoreError> {
    let token = allowed.token();
    let lease = record.started + LEASE;
    let admission = Admission { token_version: token.version, epoch, hold, lease, draft: record };
    let rows = proxy.platform.batch(calls::admit(&admission)).await?;
    if let Some(row) = rows.last().and_then(|rows| rows.first()) {
        let standing = Standing::from_row(row)?;
        let record = record.clone();
        let held =
            Held { hold, doubted: Nano::ZERO, lease, record, standing, stored: false, answer_id: None };
        return Ok(Admitted::Held(Box::new(held)));
    }
    let state = proxy.platform.batch(vec![calls::admission_state(&token.id)]).await?;
    match state.first().and_then(|rows| rows.first()) {
        None => Ok(Admitted::Refused(Problem::TokenUnknown)),
        Some(row) => why_not(row, token, epoch, hold, record.started),
    }
}

/// Reads the reason off the row as it is after the refusal.
fn why_not(row: &Row, token: &Token, epoch: i64, hold: Nano, now: UnixMs) -> Result<Admitted, StoreError> {
    if row.int(0)? != token.version || row.int(8)? != epoch {
        return Ok(Admitted::Stale);
    }
    if row.maybe_int(1)?.is_some() {
        return Ok(Admitted::Refused(Problem::TokenRevoked));
    }
    if let Some(expired) = row.maybe_int(2)?.filter(|at| *at <= now.0) {
        return Ok(Admitted::Refused(Problem::TokenExpired(UnixMs(expired))));
    }
    if let Some(limit) = row.maybe_int(6)? {
        let interval = 60_000_000 / limit.max(1);
        let used = row.maybe_int(9)?.unwrap_or(0);
        let now = if (now.0..now.0 + calls::CLOCK_SPREAD).contains(&used) { UnixMs(used) } else { now };
        let wait_us = row.int(7)? - (now.0.saturating_mul(1000) + 60_000_000 - interval);
        if wait_us > 0 {
            let retry_after = Millis(u64::try_from(wait_us).unwrap_or(0).div_ceil(1000));
            return Ok(Admitted::Refused(Problem::RateLimited {
                limit: u32::try_from(limit).unwrap_or(u32::MAX),
                retry_after,
            }));
        }
    }
    if let Some(budget) = row.maybe_int(3)? {
        let (budget, spent, held) = (Nano(budget), Nano(row.int(4)?), Nano(row.int(5)?));
        if spent + held + hold > budget {
            return Ok(Admitted::Refused(Problem::Budget { budget, spent, held, needed: hold }));
        }
    }
    // What stood in the way is gone already (another call was settled in between): try again.
    Ok(Admitted::Stale)
}

impl Held {
    pub(crate) fn hold(&self) -> Nano {
        self.hold
    }

    /// Replaces the hold by the record's cost and closes the row. If the store cannot, the row stays open and its hold
    /// is charged when the lease runs out: a lost settlement costs the hold, never nothing.
    pub(crate) async fn settle<P: Platform>(&mut self, proxy: &Proxy<P>) {
        self.record.duration = proxy.platform.now().since(self.record.started);
        if self.doubted > Nano::ZERO {
            self.record.cost = self.record.cost + self.doubted;
            self.record.pricing = Pricing::Estimated;
        }
        let mut statements = calls::settle(&self.record, self.hold + self.doubted);
        if let (Some(id), Some(token)) = (&self.answer_id, &self.record.token_id) {
            let credential = self.record.credential.as_deref().unwrap_or_default();
            statements.push(answers::keep(id, token, credential, self.record.started));
        }
        if proxy.platform.batch(statements).await.is_err() {
            proxy.platform.fault("a call could not be settled; its hold will be charged");
        }
        proxy.platform.call(&self.record);
    }

    /// An attempt failed that may have been served all the same: keeps its worst case held, and holds another for the
    /// next. `false`: the token's budget does not allow one, or the token is no more.
    pub(crate) async fn doubt<P: Platform>(&mut self, proxy: &Proxy<P>) -> bool {
        if self.hold == Nano::ZERO {
            return true;
        }
        let (before, after) = (self.hold + self.doubted, self.hold + self.hold + self.doubted);
        let grown = proxy.platform.batch(calls::hold_more(&self.record, before, after)).await;
        let grown = grown.is_ok_and(|rows| rows.first().is_some_and(|rows| !rows.is_empty()));
        if grown {
            self.doubted = self.doubted + self.hold;
        }
        grown
    }

    /// Says in the answer how much of the token's budget is used, where the caller's program shows it.
    pub(crate) fn show_budget(&self, headers: &mut HeaderMap) {
        let shown = self.record.dialect == Dialect::Messages && self.record.operation == Operation::Generate;
        if let Some(standing) = self.standing.filter(|_| shown) {
            standing.show(headers);
        }
    }

    /// Extends the lease of a long stream before it runs out.
    pub(crate) async fn renew<P: Platform>(&mut self, proxy: &Proxy<P>) {
        let now = proxy.platform.now();
        if self.lease - HALF_LEASE < now {
            self.lease = now + LEASE;
            if proxy.platform.batch(vec![calls::renew(&self.record.id, self.lease)]).await.is_err() {
                proxy.platform.fault("a stream's lease could not be renewed");
            }
        }
    }
}

/// Records a call that was refused before it was admitted. A store that is down does not make the refusal fail.
pub(crate) async fn refuse<P: Platform>(proxy: &Proxy<P>, record: &mut CallRecord, problem: &Problem) {
    mark_refused(proxy, record, problem);
    if !matches!(problem, Problem::StoreDown) && proxy.platform.batch(calls::refuse(record)).await.is_err() {
        proxy.platform.fault("a refused call could not be recorded");
    }
    proxy.platform.call(record);
}

/// Logs a call whose token cannot be one; the store is not touched.
pub(crate) fn turn_away<P: Platform>(proxy: &Proxy<P>, record: &mut CallRecord, problem: &Problem) {
    mark_refused(proxy, record, problem);
    proxy.platform.call(record);
}

fn mark_refused<P: Platform>(proxy: &Proxy<P>, record: &mut CallRecord, problem: &Problem) {
    record.status = problem.status().as_u16();
    record.error = Some(problem.code());
    record.end = End::Refused;
    record.pricing = Pricing::Free;
    record.duration = proxy.platform.now().since(record.started);
}

/// How long a call may be open without a sign of life before its hold is charged.
pub(crate) const LEASE: Millis = Millis::seconds(15 * 60);
const HALF_LEASE: Millis = Millis::seconds(15 * 60 / 2);

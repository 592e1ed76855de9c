//! Admission and settlement: a call may only be sent while its worst case is held, and the hold is replaced by the
//! true cost before the caller sees the last byte.

use crate::authorize::Allowed;
use crate::budget::Whose;
use crate::budget_display::Standing;
use crate::call::{CallRecord, End, ModelRef, Pricing};
use crate::capture::Capture;
use crate::dialect::{Dialect, Operation};
use crate::hold::Worst;
use crate::money::Nano;
use crate::ports::{Clock, Platform, Statement, StoreError};
use crate::price::PriceBook;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::rate_display::Remaining;
use crate::refusal::{Turned, why_not};
use crate::reserve::reserve;
use crate::store::admission::{self, Admission, Claims};
use crate::store::calls::{self, Settlement};
use crate::store::{answers, notices};
use crate::time::{Micros, Millis, UnixMs};
use crate::usage::Reading;
use http::HeaderMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// An admitted call: its intent and its hold are in the store. Sending asks for this type.
pub struct Held {
    hold: Nano,
    /// The part of the hold that earlier attempts of this call may have cost: it is charged whatever comes.
    doubted: Nano,
    lease: UnixMs,
    /// What is known of the call so far.
    pub(crate) record: CallRecord,
    /// The token's budget as it stood; `None` where it has none.
    standing: Option<Standing>,
    remaining: Remaining,
    /// What it draws on besides its token's budget.
    pub(crate) claims: Claims,
    /// The token's version, as it was admitted.
    pub(crate) version: i64,
    /// How often the hold was changed; `None` when a change was asked for and no answer came.
    pub(crate) moves: Option<i64>,
    /// A budget depends on its cost.
    pub(crate) bounded: bool,
    /// What it was held at and is settled at.
    pub(crate) prices: Arc<PriceBook>,
    /// The upstream keeps the answer under its id.
    pub(crate) stored: bool,
    /// The id of a kept answer.
    pub(crate) answer_id: Option<String>,
    /// What else is written in the batch that settles the call.
    pub(crate) also: Vec<Statement>,
    /// What it asks and is answered, where that is kept.
    pub(crate) capture: Option<Box<Capture>>,
    /// The token's label, where groups of tokens share kept answers.
    pub(crate) label: Option<String>,
    /// Microseconds spent waiting for the upstream.
    waited: AtomicU64,
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
    worst: &Worst,
    prices: &Arc<PriceBook>,
    record: &CallRecord,
) -> Result<Admitted, StoreError> {
    let (token, hold) = (allowed.token(), worst.cost);
    let lease = record.started + LEASE;
    let provider = record.target.as_ref().map(|target| target.provider);
    let claims = Claims {
        group: token.group.clone(),
        provider: provider.and_then(|name| proxy.house.config.provider_limit(name)),
        // What is more than the limit could never be admitted; it fills the limit.
        tokens: token.token_rate.map_or(0, |limit| calls::count(worst.tokens).min(i64::from(limit.get()))),
    };
    let draft = record.redacted(&proxy.house);
    let (version, now) = (token.version, record.started);
    let admission = Admission { token_version: version, epoch, hold, lease, claims: &claims, draft: &draft };
    let rows = proxy.platform.batch(admission::admit(&admission)).await?;
    if let Some(row) = rows.last().and_then(|rows| rows.first()) {
        let shared = !proxy.house.config.cache.groups.is_empty();
        return Ok(Admitted::Held(Box::new(Held {
            hold,
            doubted: Nano::ZERO,
            lease,
            record: record.clone(),
            standing: Standing::from_row(row)?,
            remaining: Remaining::from_row(row, now)?,
            claims,
            version,
            moves: Some(0),
            prices: prices.clone(),
            bounded: token.budgeted() || provider.is_some_and(|name| proxy.house.config.has_budget(name)),
            stored: false,
            answer_id: None,
            also: Vec::new(),
            capture: Capture::wanted(&proxy.house, token, now),
            label: shared.then(|| token.label.clone()),
            waited: AtomicU64::new(0),
        })));
    }
    let state = proxy.platform.batch(vec![admission::state(&token.id, &claims, provider)]).await?;
    match state.first().and_then(|rows| rows.first()) {
        None => Ok(Admitted::Refused(Problem::TokenUnknown)),
        Some(row) => {
            why_not(row, &Turned { version, epoch, hold, hold_there: hold, claims: &claims, provider, now })
        }
    }
}

impl Held {
    pub(crate) fn hold(&self) -> Nano {
        self.hold
    }

    /// The worst case of one attempt.
    pub(crate) fn once(&self) -> Nano {
        self.hold - self.doubted
    }

    /// The hold is another now, and so is where the call goes.
    pub(crate) fn moved(&mut self, target: ModelRef, hold: Nano, claims: Claims) {
        self.record.target = Some(target);
        self.bounded |= claims.provider.is_some_and(|limit| limit.budget.is_some());
        (self.hold, self.claims) = (hold, claims);
        self.moves = self.moves.map(|moves| moves + 1);
    }

    /// More of what the caller gets, where that is kept.
    pub(crate) fn hear(&mut self, bytes: &[u8]) {
        if let Some(capture) = &mut self.capture {
            capture.hear(bytes);
        }
    }

    /// Replaces the hold by the record's cost and closes the row. If the store cannot, the row stays open and its hold
    /// is charged when the lease runs out: a lost settlement costs the hold, never nothing.
    pub(crate) async fn settle<P: Platform>(&mut self, proxy: &Proxy<P>, reading: &Reading) {
        let now = proxy.platform.now();
        self.record.duration = now.since(self.record.started);
        if self.doubted > Nano::ZERO {
            self.record.cost = self.record.cost + self.doubted;
            self.record.pricing = Pricing::Estimated;
        }
        let used = calls::count(self.record.usage.total_input().saturating_add(self.record.usage.output));
        let settlement = Settlement {
            now,
            group: self.claims.group.is_some(),
            provider: self.claims.provider.is_some() || !proxy.house.config.provider_limits.is_empty(),
            tokens: if self.record.pricing == Pricing::Estimated {
                used.max(self.claims.tokens)
            } else {
                used
            },
            variant: reading.variant.clone(),
            geo: reading.geo.clone(),
            asides: calls::count(reading.asides.len() as u64),
        };
        let tally = &proxy.house.tally;
        tally.count(&self.record);
        let record = self.record.redacted(&proxy.house);
        let mut statements = calls::settle(&record, &settlement);
        if let Some(capture) = self.capture.take() {
            statements.extend(capture.keep(proxy, &self.record.id));
        }
        if self.bounded && proxy.house.config.webhook.is_some() {
            statements.extend(self.notices(now));
        }
        if let (Some(id), Some(token)) = (&self.answer_id, &self.record.token_id) {
            let credential = self.record.credential.as_deref().unwrap_or_default();
            statements.push(answers::keep(id, token, credential, self.record.started));
        }
        statements.append(&mut self.also);
        let counted = tally.due(proxy.platform.now());
        statements.extend(counted.statements());
        if proxy.platform.batch(statements).await.is_err() {
            tally.put_back(counted);
            proxy.fault("a call could not be settled; its hold will be charged");
        }
        proxy.platform.call(&record);
    }

    /// Waits for the upstream: none of that is the proxy's own time.
    pub(crate) async fn waiting<T>(&self, clock: &impl Clock, work: impl Future<Output = T>) -> T {
        let from = clock.stopwatch();
        let done = work.await;
        self.waited.fetch_add(clock.stopwatch().since(from).0, Ordering::Relaxed);
        done
    }

    /// The caller's first byte is there. Only the first time counts.
    pub(crate) fn first_byte(&mut self, clock: &impl Clock) {
        if self.record.first_byte.is_none() {
            self.record.first_byte = Some(clock.now().since(self.record.started));
            let waited = Micros(self.waited.load(Ordering::Relaxed));
            self.record.overhead = Some(clock.stopwatch().since(self.record.began).since(waited));
        }
    }

    /// An attempt failed that may have been served all the same: keeps its worst case held, and holds another for the
    /// next. `false`: a budget does not allow one.
    pub(crate) async fn doubt<P: Platform>(&mut self, proxy: &Proxy<P>) -> bool {
        let once = self.once();
        let Some(target) = self.record.target.clone().filter(|_| once > Nano::ZERO) else { return true };
        let both = self.hold + once;
        let grown = reserve(proxy, self, &target, both).await.is_ok();
        if grown {
            self.doubted = self.doubted + once;
        }
        grown
    }

    /// Budgets that are nearly used up now are told of.
    fn notices(&self, now: UnixMs) -> impl Iterator<Item = Statement> {
        let token = self.record.token_id.as_deref().map(|id| notices::of_token(id, now));
        let group =
            self.claims.group.clone().and_then(|name| notices::of_shared(&Whose::Group(name), None, now));
        let provider = self.record.target.as_ref().zip(self.claims.provider.and_then(|limit| limit.budget));
        let provider = provider.and_then(|(target, budget)| {
            notices::of_shared(&Whose::Provider(target.provider), Some(budget.amount.0), now)
        });
        [token, group, provider].into_iter().flatten()
    }

    /// Holds what another target may cost. What the last attempt may have cost stays held where that is in doubt.
    /// `false`: a budget does not allow it, and the hold is as it was.
    pub(crate) async fn turn_to<P: Platform>(
        &mut self,
        proxy: &Proxy<P>,
        target: &ModelRef,
        worst: Nano,
        doubtful: bool,
    ) -> bool {
        let doubted = if doubtful { self.doubted + self.once() } else { self.doubted };
        let held = reserve(proxy, self, target, doubted + worst).await.is_ok();
        if held {
            self.doubted = doubted;
        }
        held
    }

    /// Says in the answer how much of the token's limits is used, where the caller's program shows it.
    pub(crate) fn show_budget(&self, headers: &mut HeaderMap) {
        self.remaining.show(self.record.dialect, headers);
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
                proxy.fault("a stream's lease could not be renewed");
            }
        }
    }
}

/// Records a call that was refused before it was admitted. A store that is down does not make the refusal fail.
pub(crate) async fn refuse<P: Platform>(proxy: &Proxy<P>, record: &mut CallRecord, problem: &Problem) {
    mark_refused(proxy, record, problem);
    proxy.house.tally.count(record);
    let record = record.redacted(&proxy.house);
    if !matches!(problem, Problem::StoreDown) {
        let mut statements = calls::refuse(&record);
        if let (Problem::Budget(short), Some(_)) = (problem, &proxy.house.config.webhook) {
            let token = record.token_id.as_deref().unwrap_or_default();
            statements.extend(notices::of_refusal(short, token, record.started));
        }
        if proxy.platform.batch(statements).await.is_err() {
            proxy.fault("a refused call could not be recorded");
        }
    }
    proxy.platform.call(&record);
}

/// Logs a call whose token cannot be one; the store is not touched.
pub(crate) fn turn_away<P: Platform>(proxy: &Proxy<P>, record: &mut CallRecord, problem: &Problem) {
    mark_refused(proxy, record, problem);
    proxy.house.tally.count(record);
    proxy.platform.call(&record.redacted(&proxy.house));
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

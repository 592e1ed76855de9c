//! Why an admission did not happen, read off the rows as they are after it.

use crate::budget::{Budget, Shortfall, Whose};
use crate::ledger::Admitted;
use crate::limit::Limit;
use crate::money::Nano;
use crate::ports::{Row, StoreError};
use crate::problem::Problem;
use crate::store::admission::{CLOCK_SPREAD, Claims};
use crate::time::{Millis, UnixMs};
use crate::window::Window;

/// The call that was not admitted.
pub(crate) struct Turned<'a> {
    pub(crate) version: i64,
    pub(crate) epoch: i64,
    pub(crate) hold: Nano,
    /// The same, from the provider's budget.
    pub(crate) hold_there: Nano,
    pub(crate) claims: &'a Claims,
    pub(crate) provider: Option<&'static str>,
    pub(crate) now: UnixMs,
}

/// Reads the reason off a row of [`crate::store::admission::state`], in the order in which limits are named: what no
/// waiting helps against comes last but for budgets, because a call that is too early may fit later.
pub(crate) fn why_not(row: &Row, turned: &Turned<'_>) -> Result<Admitted, StoreError> {
    let now = turned.now;
    let refused = |problem| Ok(Admitted::Refused(problem));
    if row.int(0)? != turned.version || row.int(8)? != turned.epoch {
        return Ok(Admitted::Stale);
    }
    if row.maybe_int(1)?.is_some() {
        return refused(Problem::TokenRevoked);
    }
    if let Some(expired) = row.maybe_int(2)?.filter(|at| *at <= now.0) {
        return refused(Problem::TokenExpired(UnixMs(expired)));
    }
    if let Some(limit) = row.maybe_int(6)? {
        let wait = too_early(limit, row.int(7)?, row.maybe_int(9)?, now);
        if let Some(retry_after) = wait {
            return refused(limited(Limit::Calls(whole(limit)), retry_after, now));
        }
    }
    if let Some(limit) = row.maybe_int(15)?.filter(|limit| row.int(16).is_ok_and(|open| open >= *limit)) {
        return refused(limited(Limit::AtOnce(whole(limit)), BREATH, now));
    }
    if let Some(limit) = row.maybe_int(12)? {
        let held = row.int(14)?;
        if let Some(retry_after) = too_many(limit, row.int(13)?, held, turned.claims.tokens, now) {
            return refused(limited(Limit::Tokens(whole(limit)), retry_after, now));
        }
    }
    if let (Some(name), Some(limit)) = (turned.provider, turned.claims.provider.and_then(|limit| limit.rate))
    {
        let rate = i64::from(limit.get());
        let wait = too_early(rate, row.maybe_int(25)?.unwrap_or(0), row.maybe_int(26)?, now);
        if let Some(retry_after) = wait {
            return refused(limited(Limit::Provider(limit.get(), name), retry_after, now));
        }
    }
    shortfall(row, turned).map(|short| {
        short.map_or(Admitted::Stale, |short| Admitted::Refused(Problem::Budget(Box::new(short))))
    })
}

/// The first budget that the call does not fit into. `None`: what stood in the way is gone already.
pub(crate) fn shortfall(row: &Row, turned: &Turned<'_>) -> Result<Option<Shortfall>, StoreError> {
    let window = |column| Ok::<_, StoreError>(row.maybe_int(column)?.and_then(Window::stored));
    let short = |whose, needed, amount, window, spent, held, start| {
        let standing = Shortfall {
            whose,
            budget: Budget { amount: Nano(amount), window },
            spent: if window.is_some_and(|w: Window| UnixMs(start) < w.start(turned.now)) {
                Nano::ZERO
            } else {
                Nano(spent)
            },
            held: Nano(held),
            needed,
            resets: window.map(|window| window.end(turned.now)),
        };
        (standing.spent + standing.held + needed > standing.budget.amount).then_some(standing)
    };
    if let Some(budget) = row.maybe_int(3)? {
        let found =
            short(Whose::Token, turned.hold, budget, window(10)?, row.int(4)?, row.int(5)?, row.int(11)?);
        if found.is_some() {
            return Ok(found);
        }
    }
    if let Some(group) = &turned.claims.group {
        // A group that is gone has nothing to spend.
        let amount = row.maybe_int(17)?.unwrap_or(0);
        let (spent, held) = (row.maybe_int(18)?.unwrap_or(0), row.maybe_int(19)?.unwrap_or(0));
        let start = row.maybe_int(21)?.unwrap_or(0);
        let found = short(Whose::Group(group.clone()), turned.hold, amount, window(20)?, spent, held, start);
        if found.is_some() || row.maybe_int(17)?.is_none() {
            return Ok(found);
        }
    }
    let budget = turned.claims.provider.and_then(|limit| limit.budget);
    if let (Some(name), Some(Budget { amount, window })) = (turned.provider, budget) {
        let (spent, held) = (row.maybe_int(22)?.unwrap_or(0), row.maybe_int(23)?.unwrap_or(0));
        let start = row.maybe_int(24)?.unwrap_or(0);
        return Ok(short(Whose::Provider(name), turned.hold_there, amount.0, window, spent, held, start));
    }
    Ok(None)
}

/// How long until the limiter of calls per minute admits one more, if it does not now.
fn too_early(limit: i64, tat_us: i64, used: Option<i64>, now: UnixMs) -> Option<Millis> {
    let interval = 60_000_000 / limit.max(1);
    let used = used.unwrap_or(0);
    let now = if (now.0..now.0 + CLOCK_SPREAD).contains(&used) { used } else { now.0 };
    millis(tat_us - (now.saturating_mul(1000) + 60_000_000 - interval))
}

/// How long until so many model tokens more fit into the limit, should the running calls use what they hold.
fn too_many(limit: i64, tat_us: i64, held: i64, wanted: i64, now: UnixMs) -> Option<Millis> {
    let level = (tat_us - now.0.saturating_mul(1000)).max(0);
    let wanted = i128::from(held + wanted) * 60_000_000 / i128::from(limit.max(1));
    let over = i128::from(level) + wanted - 60_000_000;
    millis(i64::try_from(over).unwrap_or(i64::MAX))
}

fn millis(us: i64) -> Option<Millis> {
    u64::try_from(us).ok().filter(|us| *us > 0).map(|us| Millis(us.div_ceil(1000)))
}

fn limited(limit: Limit, retry_after: Millis, at: UnixMs) -> Problem {
    Problem::RateLimited { limit, retry_after, at }
}

fn whole(limit: i64) -> u32 {
    u32::try_from(limit).unwrap_or(u32::MAX)
}

/// Nobody knows when a running call ends.
const BREATH: Millis = Millis::seconds(1);

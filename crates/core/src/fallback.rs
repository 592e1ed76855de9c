//! An alias with several targets: where the first cannot be paid or answered, the next one is asked, still before the
//! first byte. What the next may cost is held before anything is sent to it.

use crate::attempt::{Accepted, Errand, Failed, Plan};
use crate::authorize::Allowed;
use crate::call::{CallRecord, ModelRef};
use crate::envelope::Envelope;
use crate::failover;
use crate::hold::{Sent, Terms, Worst};
use crate::ledger::Held;
use crate::memory::Routing;
use crate::ports::Platform;
use crate::price::PriceBook;
use crate::problem::Problem;
use crate::proxy::{House, Proxy};

/// A target, planned and priced.
pub(crate) struct Way {
    pub(crate) target: ModelRef,
    pub(crate) plan: Plan,
    pub(crate) worst: Worst,
}

/// What is asked, as far as a target must fit it.
pub(crate) struct Question<'a> {
    pub(crate) allowed: &'a Allowed,
    pub(crate) asked: &'a ModelRef,
    pub(crate) envelope: &'a Envelope,
    pub(crate) record: &'a CallRecord,
    pub(crate) body: usize,
}

/// The ways to these targets, in their order. Those that cannot be gone are left out.
///
/// # Errors
/// Why the first cannot be gone, where none can.
pub(crate) fn ways<'t>(
    house: &House,
    routing: &Routing,
    prices: &PriceBook,
    question: &Question<'_>,
    targets: impl Iterator<Item = &'t ModelRef>,
) -> Result<Vec<Way>, Problem> {
    let (mut ways, mut refusal) = (Vec::new(), None);
    for target in targets {
        match way(house, routing, prices, question, target) {
            Ok(way) => ways.push(way),
            Err(problem) => {
                refusal.get_or_insert(problem);
            }
        }
    }
    match refusal {
        Some(problem) if ways.is_empty() => Err(problem),
        _ => Ok(ways),
    }
}

/// The first answer worth passing on, or the last failure.
pub(crate) async fn answer<P: Platform>(
    proxy: &Proxy<P>,
    held: &mut Held,
    first: &Plan,
    further: &[Way],
    errand: &Errand<'_>,
) -> Result<Accepted<P::Body>, Failed> {
    held.stored = errand.envelope.stored && first.speaks_natively();
    let (mut outcome, mut trouble) = failover::answer(proxy, held, first, errand).await;
    for way in further {
        let doubtful = matches!(&outcome, Err(failed) if failed.sent == Sent::Perhaps);
        if trouble.is_none() || !held.turn_to(proxy, &way.target, way.worst.cost, doubtful).await {
            break;
        }
        held.stored = errand.envelope.stored && way.plan.speaks_natively();
        let errand = Errand { model: &way.plan.model, ..*errand };
        (outcome, trouble) = failover::answer(proxy, held, &way.plan, &errand).await;
    }
    outcome
}

fn way(
    house: &House,
    routing: &Routing,
    prices: &PriceBook,
    question: &Question<'_>,
    target: &ModelRef,
) -> Result<Way, Problem> {
    let Question { allowed, asked, envelope, record, body } = question;
    let scope = &allowed.token().scope;
    if !scope.covers(asked) && !scope.covers(target) {
        return Err(Problem::OutOfScope((*asked).clone()));
    }
    envelope.renamable(&target.model)?;
    let plan = Plan::of(&house.config, &routing.wallet, target, record.dialect, record.operation, envelope)?;
    let budgeted = allowed.token().budgeted() || house.config.has_budget(target.provider);
    let terms = Terms::of(prices, target, plan.provider.is_free(record.operation), budgeted)?;
    let worst = terms.worst(envelope, record.dialect, record.operation, *body, record.started);
    Ok(Way { target: target.clone(), plan, worst })
}

//! Moves an admitted call's hold to another target: a failover may lead to a dearer model, and to a provider whose own
//! budget must hold. Nothing may be sent to the other target before this has said yes.

use crate::call::ModelRef;
use crate::ledger::Held;
use crate::money::Nano;
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::refusal::{Turned, shortfall};
use crate::store::admission::{self, Claims};
use crate::store::holds::{self, Move};

/// Holds `worst` for the call instead of what it holds, and notes `target` as where it goes. A hold is never lowered: an
/// earlier target may have worked. One atomic batch; every budget is asked as at the admission.
///
/// # Errors
/// [`Problem::Budget`] when a budget does not allow it, [`Problem::StoreDown`]; the hold is then as it was.
pub async fn reserve<P: Platform>(
    proxy: &Proxy<P>,
    held: &mut Held,
    target: &ModelRef,
    worst: Nano,
) -> Result<(), Problem> {
    let hold = worst.max(held.hold());
    let token = held.record.token_id.clone().unwrap_or_default();
    let from =
        held.record.target.as_ref().filter(|_| held.claims.provider.is_some()).map(|from| from.provider);
    let claims =
        Claims { provider: proxy.house.config.provider_limit(target.provider), ..held.claims.clone() };
    let now = proxy.platform.now();
    let moves = held.moves.ok_or(Problem::StoreDown)?;
    for _ in 0..ATTEMPTS {
        let change = Move {
            call: &held.record.id,
            token: &token,
            moves,
            target,
            held: held.hold(),
            hold,
            claims: &claims,
            from,
            now,
        };
        let rows = match proxy.platform.batch(holds::change(&change)).await {
            Ok(rows) => rows,
            Err(cause) => {
                // It may hold all the same. The settlement gives back what the row says; nothing more may be held.
                held.moves = None;
                return Err(cause.into());
            }
        };
        if rows.last().is_some_and(|rows| !rows.is_empty()) {
            held.moved(target.clone(), hold, claims);
            return Ok(());
        }
        let state =
            proxy.platform.batch(vec![admission::state(&token, &claims, Some(target.provider))]).await?;
        let Some(row) = state.first().and_then(|rows| rows.first()) else {
            return Err(Problem::TokenUnknown);
        };
        // What the call holds already is no obstacle to itself.
        let more = hold - held.hold();
        let hold_there = if from == Some(target.provider) { more } else { hold };
        let provider = Some(target.provider);
        let turned = Turned { version: 0, epoch: 0, hold: more, hold_there, claims: &claims, provider, now };
        if let Some(short) = shortfall(row, &turned)? {
            return Err(Problem::Budget(Box::new(short)));
        }
    }
    Err(Problem::StoreDown)
}

/// Between a refusal and the look at its reason a budget may have become free again.
const ATTEMPTS: u32 = 3;

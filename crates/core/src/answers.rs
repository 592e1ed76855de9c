//! Answers that a provider keeps, and who may build on them (`previous_response_id`). What one token left at the
//! provider must not be read by another, though both are paid with the same credential.

use crate::attempt::Plan;
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::store::answers;
use crate::token::Token;

/// Only the credential whose account keeps the answer can go on from it.
///
/// # Errors
/// [`Problem::BodyInvalid`] if this token made no such answer at the place where the call goes.
pub(crate) async fn pin_owner<P: Platform>(
    proxy: &Proxy<P>,
    previous: &str,
    token: &Token,
    plan: &mut Plan,
) -> Result<(), Problem> {
    let rows = proxy.platform.batch(vec![answers::owned(previous, &token.id)]).await?;
    let owner = rows.first().and_then(|rows| rows.first()).filter(|_| plan.speaks_natively());
    if let Some(row) = owner
        && plan.pin(row.text(0)?)
    {
        return Ok(());
    }
    Err(Problem::BodyInvalid(
        "\"previous_response_id\" is no stored answer of this token where this call goes; send the full input (with \"store\": false no answer is kept)"
            .to_owned(),
    ))
}

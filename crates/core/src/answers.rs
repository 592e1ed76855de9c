//! Answers that a provider keeps, and who may build on them (`previous_response_id`). What one token left at the
//! provider must not be read by another, though both are paid with the same credential.

use crate::attempt::Plan;
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::store::answers;
use crate::token::Token;

/// # Errors
/// [`Problem::BodyInvalid`] if this token made no such answer at the place where the call goes.
pub(crate) async fn check_owner<P: Platform>(
    proxy: &Proxy<P>,
    previous: &str,
    token: &Token,
    plan: &Plan<'_>,
) -> Result<(), Problem> {
    let credential = plan.credential_id().unwrap_or_default();
    let rows = proxy.platform.batch(vec![answers::owned(previous, &token.id, credential)]).await?;
    if plan.speaks_natively() && rows.first().is_some_and(|rows| !rows.is_empty()) {
        return Ok(());
    }
    Err(Problem::BodyInvalid(
        "\"previous_response_id\" is no stored answer of this token where this call goes; send the full input (with \"store\": false no answer is kept)"
            .to_owned(),
    ))
}

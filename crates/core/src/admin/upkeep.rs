//! Looking after credentials: whether one works, and with which master key they are sealed.

use super::Admin;
use super::answer::Answer;
use super::body;
use super::providers::{invalid, missing, vault};
use crate::audit::{self, Deed};
use crate::memory;
use crate::ports::Platform;
use crate::probe::probe;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::reseal::reseal;
use crate::store::audit::Only;
use crate::store::credentials;
use bytes::Bytes;
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Trial {
    model: Option<String>,
}

/// Makes the smallest real call with it. What comes out counts, as if a caller's call had brought it to light.
pub(super) async fn test<P: Platform>(
    proxy: &Proxy<P>,
    _: &Admin,
    id: &str,
    body: &Bytes,
) -> Result<Answer, Problem> {
    let trial: Trial = if body.is_empty() { Trial::default() } else { body::read(body)? };
    let routing = memory::routing(proxy).await?;
    let own = proxy.house.config.credentials().iter().find(|credential| credential.id == id);
    let kept = routing.wallet.stored(id).map(|(_, credential)| credential);
    let Some(credential) = own.or(kept) else {
        return Err(match routing.wallet.unusable.get(id) {
            Some(why) => invalid(format!("it cannot be used: {why}")),
            None => missing(id),
        });
    };
    let finding = probe(proxy, credential, trial.model.as_deref()).await?;
    if finding.verdict == "ok" {
        proxy.house.pool.forget(id);
        proxy.platform.batch(vec![credentials::unpark(id)]).await?;
    }
    Answer::of(&finding)
}

/// Seals everything with the current master key.
pub(super) async fn rotate<P: Platform>(proxy: &Proxy<P>, admin: &Admin) -> Result<Answer, Problem> {
    // Rows that need keys which came after the start are looked at with them.
    memory::routing(proxy).await?;
    let vault = vault(proxy)?;
    let detail = serde_json::json!({ "key_id": vault.key_id() });
    let deed = Deed { action: "keys.rotate", subject: "*", detail, only: Only::Always };
    audit::carry_out(proxy, admin, deed, Vec::new()).await?;
    let round = reseal(proxy, &vault).await?;
    Answer::of(&serde_json::json!({
        "key_id": vault.key_id(),
        "resealed": round.resealed,
        "left": round.left,
    }))
}

//! Changes the key that stored credentials are sealed with, while calls go on: each row is opened with the key that it
//! has and sealed with the current one. What is sealed does not change, so nobody has to read it again.

use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::store::credentials::{self, Entry, Resealed};
use crate::vault::Vault;

/// What was done.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Round {
    pub(crate) resealed: usize,
    /// Sealed with a key that is not here, or not what they were: they stay as they are.
    pub(crate) left: usize,
}

/// # Errors
/// The store's. What was resealed until then is.
pub(crate) async fn reseal<P: Platform>(proxy: &Proxy<P>, vault: &Vault) -> Result<Round, Problem> {
    let mut round = Round::default();
    let rows = proxy.platform.batch(vec![credentials::sealed_otherwise(vault.key_id())]).await?;
    for row in rows.first().into_iter().flatten() {
        let entry = Entry::from_row(row)?;
        let Some((sealed, access)) = again(proxy, vault, &entry) else {
            round.left += 1;
            continue;
        };
        let to =
            Resealed { entry: &entry, sealed: &sealed, access: access.as_deref(), key_id: vault.key_id() };
        let rows = proxy.platform.batch(vec![credentials::reseal(&to)]).await?;
        // One that was changed meanwhile was sealed anew by whoever changed it.
        round.resealed += rows.first().map_or(0, Vec::len);
    }
    Ok(round)
}

/// The same texts under the current key. An access token that does not open is left out; it is fetched anew.
fn again<P: Platform>(proxy: &Proxy<P>, vault: &Vault, entry: &Entry) -> Option<(String, Option<String>)> {
    let clear = vault.open(entry.place(), &entry.sealed).ok()?;
    let sealed = vault.seal(&proxy.platform, entry.place(), &clear)?;
    let access = entry.access.as_ref().and_then(|text| {
        let clear = vault.open(entry.access_place(), text).ok()?;
        vault.seal(&proxy.platform, entry.access_place(), &clear)
    });
    Some((sealed, access))
}

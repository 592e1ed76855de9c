//! Short-lived access tokens: fetched when there is none, renewed before they end, by one caller at a time however many
//! calls, processes or isolates want it. Who may ask is settled in the store, which is all that they share. What a
//! refresh token was exchanged for is stored, sealed, before it is used: a pair that is lost is a dead credential.

use crate::attempt::Failed;
use crate::credential::{Access, Credential};
use crate::kind::{Denied, Exchange, Filled, Granted};
use crate::pool::Trouble;
use crate::ports::{Platform, Unsent};
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::secret::Secret;
use crate::source::Source;
use crate::store::credentials::{self, Entry, Renewal};
use crate::time::{Millis, UnixMs};
use crate::wallet;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::BTreeMap;

/// The access token to pay with now; `None` where the credential needs none. `refused` is one that the upstream would
/// not take though its time is not over.
pub(crate) async fn token<P: Platform>(
    proxy: &Proxy<P>,
    credential: &Credential,
    refused: Option<&Secret>,
) -> Result<Option<Secret>, Failed> {
    if credential.payer().exchange().is_none() {
        return Ok(None);
    }
    let now = proxy.platform.now();
    let usable = |access: &&Access| refused.is_none_or(|bad| bad.expose() != access.token.expose());
    let known = credential.access.as_ref().filter(usable);
    if let Some(access) = known.filter(|access| access.until.since(now) > EARLY) {
        return Ok(Some(access.token.clone()));
    }
    // While the old one still works, whoever does not get to renew it goes on with it.
    let spare = known.filter(|access| access.until.since(now) > LATE).map(|access| access.token.clone());
    let deadline = now + LEASE + LEASE;
    loop {
        let now = proxy.platform.now();
        match next(proxy, credential, refused, now).await? {
            Next::There(token) => return Ok(Some(token)),
            Next::Mine(entry) => return renew(proxy, credential, &entry, spare).await.map(Some),
            Next::Wait if spare.is_some() => return Ok(spare),
            Next::Wait if now >= deadline => {
                return Err(Failed::nothing(Problem::UpstreamSlow { provider: credential.provider.name }));
            }
            Next::Wait => proxy.platform.sleep(PAUSE).await,
        }
    }
}

enum Next {
    /// Somebody has renewed it.
    There(Secret),
    /// It is this caller's turn to ask, with what the row holds.
    Mine(Box<Entry>),
    /// Somebody else is asking.
    Wait,
}

async fn next<P: Platform>(
    proxy: &Proxy<P>,
    credential: &Credential,
    refused: Option<&Secret>,
    now: UnixMs,
) -> Result<Next, Failed> {
    let down = || Failed::nothing(Problem::StoreDown);
    let gone = || Failed::nothing(Problem::CredentialMissing { provider: credential.provider.name });
    let batch = vec![credentials::lease(&credential.id, now, now + LEASE), credentials::find(&credential.id)];
    let rows = proxy.platform.batch(batch).await.map_err(|_| down())?;
    let [leased, found] = rows.as_slice() else { return Err(down()) };
    let entry = wallet::entry(found).map_err(|_| down())?.ok_or_else(gone)?;
    let fresh = wallet::access(&proxy.house, &entry).filter(|access| {
        access.until.since(now) > EARLY && refused.is_none_or(|bad| bad.expose() != access.token.expose())
    });
    match (fresh, leased.is_empty()) {
        (Some(access), true) => Ok(Next::There(access.token)),
        (Some(access), false) => {
            let _ = proxy.platform.batch(vec![credentials::end_lease(&entry.id)]).await;
            Ok(Next::There(access.token))
        }
        (None, false) => Ok(Next::Mine(Box::new(entry))),
        (None, true) => Ok(Next::Wait),
    }
}

/// Exchanges what the row holds for a new access token, and stores it.
async fn renew<P: Platform>(
    proxy: &Proxy<P>,
    credential: &Credential,
    entry: &Entry,
    spare: Option<Secret>,
) -> Result<Secret, Failed> {
    // The row may be newer than the credential in hand.
    let current = wallet::open(&proxy.house, entry)
        .map_err(|_| Failed::nothing(Problem::CredentialMissing { provider: credential.provider.name }))?;
    let Some(exchange) = current.payer().exchange() else { return Err(Failed::nothing(Problem::Internal)) };
    let granted = match ask(proxy, exchange).await {
        Ok(granted) => granted,
        Err(denied) => {
            let _ = proxy.platform.batch(vec![credentials::end_lease(&entry.id)]).await;
            return match (denied, spare) {
                (Denied::ForNow, Some(spare)) => Ok(spare),
                (Denied::ForNow, None) => Err(Failed::nothing(Problem::UpstreamUnreachable {
                    provider: credential.provider.name,
                    cause: Unsent::Connect,
                })),
                (Denied::ForGood, _) => Err(Failed {
                    refused: Some(Trouble::Ended),
                    ..Failed::nothing(Problem::CredentialRefused { provider: credential.provider.name })
                }),
            };
        }
    };
    store(proxy, entry, &granted).await?;
    Ok(granted.access)
}

async fn ask<P: Platform>(proxy: &Proxy<P>, exchange: &dyn Exchange) -> Result<Granted, Denied> {
    let now = proxy.platform.now();
    let signed = match exchange.assertion(now) {
        None => None,
        Some((unsigned, key)) => {
            let signature = proxy.platform.rs256(key, unsigned.as_bytes()).await.ok_or(Denied::ForGood)?;
            Some(format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode(signature)))
        }
    };
    let request = exchange.request(now, signed.as_deref()).map_err(|_| Denied::ForGood)?;
    let answer =
        proxy.platform.send(request, proxy.house.config.patience).await.map_err(|_| Denied::ForNow)?;
    let (head, body) = answer.into_parts();
    let body = Source::Live(body).whole(&proxy.platform, LONGEST_GRANT).await.map_err(|_| Denied::ForNow)?;
    exchange.read(head.status, &body, proxy.platform.now())
}

/// Seals the new pair into the row. It is tried again: what the token endpoint gave is not given twice.
async fn store<P: Platform>(proxy: &Proxy<P>, entry: &Entry, granted: &Granted) -> Result<(), Failed> {
    let lost = || {
        proxy.fault(&format!("a new access token of {} could not be stored and is not used", entry.id));
        Failed::nothing(Problem::StoreDown)
    };
    let vault = proxy.house.vault().ok_or_else(lost)?;
    let sealed = if granted.changed.is_empty() {
        entry.sealed.clone()
    } else {
        let clear = vault.open(entry.place(), &entry.sealed).map_err(|_| lost())?;
        let mut fields: BTreeMap<String, String> = Filled::pairs(&clear).into_iter().flatten().collect();
        fields.extend(granted.changed.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let json = serde_json::to_string(&fields).map_err(|_| lost())?;
        vault.seal(&proxy.platform, entry.place(), json.as_bytes()).ok_or_else(lost)?
    };
    let access = vault
        .seal(&proxy.platform, entry.access_place(), granted.access.expose().as_bytes())
        .ok_or_else(lost)?;
    let key_id = if granted.changed.is_empty() { None } else { Some(vault.key_id()) };
    for _ in 0..TRIES {
        let renewal = Renewal {
            id: &entry.id,
            version: entry.version,
            sealed: &sealed,
            key_id,
            access: &access,
            until: granted.until,
        };
        match proxy.platform.batch(credentials::renew(&renewal, proxy.platform.now())).await {
            // No row: the operator has replaced the credential meanwhile, and this pair is of no use any more.
            Ok(_) => return Ok(()),
            Err(_) => proxy.platform.sleep(PAUSE).await,
        }
    }
    Err(lost())
}

/// A token is renewed when less of it is left (platform SDKs do the same) …
const EARLY: Millis = Millis::seconds(120);
/// … and not used when less than this is.
const LATE: Millis = Millis::seconds(30);
/// How long whoever may ask has for it. A process that dies asking keeps the others waiting for so long.
const LEASE: Millis = Millis::seconds(30);
/// Between two looks at what another is doing.
const PAUSE: Millis = Millis(100);
const LONGEST_GRANT: usize = 256 << 10;
const TRIES: usize = 5;

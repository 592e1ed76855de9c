//! Tries the credentials of a call one after the other, until one gets an answer that another could not better. All of
//! it happens before the first byte reaches the caller; after that there is no second try.

use crate::access;
use crate::attempt::{self, Accepted, Errand, Failed, Plan};
use crate::credential::Credential;
use crate::hold::Sent;
use crate::ledger::Held;
use crate::pool::{Session, Trouble, judge};
use crate::ports::{Platform, Unsent};
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::source::Source;
use crate::store::credentials;
use http::request::Parts;
use std::borrow::Cow;
use std::sync::Arc;

/// The answer, or the last failure and, where another target may do better, why. The record says how often was sent, and
/// with which credential last.
pub(crate) async fn answer<P: Platform>(
    proxy: &Proxy<P>,
    held: &mut Held,
    plan: &Plan,
    errand: &Errand<'_>,
) -> (Result<Accepted<P::Body>, Failed>, Option<Trouble>) {
    let Some(pool) = plan.candidates() else {
        held.record.attempts += 1;
        return (attempt::offline(held, plan, errand), None);
    };
    let token = held.record.token_id.as_deref().unwrap_or_default();
    let session = session(errand.parts).map(|name| Session::of(token, name));
    let pool = admitting(pool, errand.parts);
    if pool.is_empty() {
        let personal = Problem::CredentialPersonal { provider: plan.provider.name };
        return (Err(Failed::nothing(personal)), Some(Trouble::Forbidden));
    }
    let order = proxy.house.pool.order(&pool, session, proxy.platform.now());
    let last = order.len().min(MOST_ATTEMPTS);
    for (nth, credential) in order.iter().take(MOST_ATTEMPTS).enumerate() {
        held.record.attempts += 1;
        held.record.credential = Some(credential.id.clone());
        let mut outcome = paid(proxy, held, plan, credential, errand).await;
        let Some(trouble) = trouble(proxy, plan.provider.name, &mut outcome).await else {
            if proxy.house.pool.well(credential, session) {
                note(proxy, vec![credentials::unpark(&credential.id)]).await;
            }
            return (outcome, None);
        };
        ails(proxy, credential, trouble).await;
        let doubtful = matches!(&outcome, Err(failed) if failed.sent == Sent::Perhaps);
        // A second try is a second call upstream. Where the first may have been served, its worst case stays held.
        if nth + 1 == last || (doubtful && !held.doubt(proxy).await) {
            return (outcome, Some(trouble));
        }
    }
    (Err(Failed::nothing(Problem::CredentialMissing { provider: plan.provider.name })), None)
}

/// Those that may be used for this caller.
fn admitting<'a>(pool: &'a [Arc<Credential>], caller: &Parts) -> Cow<'a, [Arc<Credential>]> {
    let admits = |credential: &Arc<Credential>| credential.payer().admits(&caller.headers);
    if pool.iter().all(admits) {
        return Cow::Borrowed(pool);
    }
    pool.iter().filter(|credential| admits(credential)).cloned().collect()
}

/// One attempt, with a fresh access token where the credential needs one. A token that is refused before its time is
/// renewed, once.
async fn paid<P: Platform>(
    proxy: &Proxy<P>,
    held: &mut Held,
    plan: &Plan,
    credential: &Credential,
    errand: &Errand<'_>,
) -> Result<Accepted<P::Body>, Failed> {
    let access = access::token(proxy, credential, None).await?;
    let outcome = attempt::attempt(proxy, held, plan, credential, access.as_ref(), errand).await;
    match (&outcome, access) {
        (Err(Failed { refused: Some(Trouble::Refused), .. }), Some(refused)) => {
            let renewed = access::token(proxy, credential, Some(&refused)).await?;
            held.record.attempts += 1;
            attempt::attempt(proxy, held, plan, credential, renewed.as_ref(), errand).await
        }
        _ => outcome,
    }
}

/// Whether another credential may do better, and why. `None` for successes, and for what is the caller's own fault.
async fn trouble<P: Platform>(
    proxy: &Proxy<P>,
    provider: &'static str,
    outcome: &mut Result<Accepted<P::Body>, Failed>,
) -> Option<Trouble> {
    match outcome {
        Ok(accepted) if accepted.status.is_success() => None,
        Ok(accepted) => {
            // An error's body may say more than its status, and is passed on as it came, or not at all.
            let read = accepted.source.whole(&proxy.platform, LONGEST_ERROR).await;
            let body = read.as_ref().map_or(&[][..], |body| body);
            let trouble = judge(accepted.status, &accepted.said, body, proxy.platform.now());
            match read {
                Ok(body) => accepted.source = Source::Whole(Some(body)),
                Err(unread) => *outcome = Err(Failed::nothing(unread.problem(provider, LONGEST_ERROR))),
            }
            trouble
        }
        Err(failed) => match failed.problem {
            Problem::UpstreamUnreachable { cause: Unsent::Connect | Unsent::Tls | Unsent::Reset, .. } => {
                Some(Trouble::Unreachable)
            }
            Problem::UpstreamSlow { .. } => Some(Trouble::Slow),
            Problem::CredentialRefused { .. } => failed.refused,
            _ => None,
        },
    }
}

async fn ails<P: Platform>(proxy: &Proxy<P>, credential: &Credential, trouble: Trouble) {
    let ailment = proxy.house.pool.ails(credential, trouble, proxy.platform.now());
    if !ailment.parked {
        return;
    }
    proxy.fault(&format!(
        "the credential {} is {} (failure {} in a row); it is left alone until {}",
        credential.id,
        ailment.why,
        ailment.failures,
        ailment.until.rfc3339()
    ));
    if credential.is_stored() {
        let park = credentials::park(
            &credential.id,
            credential.version,
            ailment.until,
            ailment.why,
            ailment.failures,
        );
        note(proxy, vec![park]).await;
    }
}

async fn note<P: Platform>(proxy: &Proxy<P>, statements: Vec<crate::ports::Statement>) {
    if proxy.platform.batch(statements).await.is_err() {
        proxy.fault("how a credential fares could not be stored");
    }
}

/// The caller's name for its session, where it has one: Claude Code, Codex and opencode send one of these.
fn session(parts: &Parts) -> Option<&str> {
    SESSION.iter().find_map(|name| parts.headers.get(*name)?.to_str().ok()).filter(|name| !name.is_empty())
}

/// Requests upstream for one target of a call.
const MOST_ATTEMPTS: usize = 3;
/// In bytes; no provider's error is longer.
const LONGEST_ERROR: usize = 1 << 20;
const SESSION: &[&str] =
    &["x-claude-code-session-id", "session-id", "session_id", "x-session-affinity", "x-session-id"];

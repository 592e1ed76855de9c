//! Ends the open streams of a token that was revoked or edited. Looks at most once in two seconds for a token, however
//! many of its streams are open in this process, and never while bytes wait.

use crate::memory::lock;
use crate::ports::{Platform, StoreError};
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::store::tokens;
use crate::time::{Millis, UnixMs};
use std::collections::BTreeMap;

/// What was last seen of the tokens that have open streams.
pub(crate) type Watched = BTreeMap<String, Seen>;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    /// When the store was last asked.
    asked: UnixMs,
    /// What it said, and when it was asked for that.
    answer: Option<(UnixMs, State)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Gone,
    Revoked,
    Version(i64),
}

/// Waits until the token is not what it was when the call was admitted.
pub(crate) async fn change<P: Platform>(proxy: &Proxy<P>, token: &str, version: i64) -> Problem {
    loop {
        proxy.platform.sleep(BETWEEN).await;
        // Someone else is asking already: the answer is near.
        while let Look::Soon = look(proxy, token) {
            proxy.platform.sleep(NEAR).await;
        }
        let state = match look(proxy, token) {
            Look::Known(state) => Ok(state),
            Look::Soon | Look::Ask => ask(proxy, token).await,
        };
        match state {
            // What was seen may be older than the call.
            Ok(State::Version(seen)) if seen <= version => {}
            Ok(State::Version(_)) => return Problem::TokenChanged,
            Ok(State::Revoked) => return Problem::TokenRevoked,
            Ok(State::Gone) => return Problem::TokenUnknown,
            // A store that is down says nothing about the token; the next look may.
            Err(_) => {}
        }
    }
}

enum Look {
    Known(State),
    Soon,
    Ask,
}

fn look<P: Platform>(proxy: &Proxy<P>, token: &str) -> Look {
    let now = proxy.platform.now();
    match lock(&proxy.house.memory.watched).get(token) {
        Some(Seen { answer: Some((at, state)), .. }) if now.since(*at) < BETWEEN && *at <= now => {
            Look::Known(*state)
        }
        // Whoever asks may be gone before the answer.
        Some(Seen { asked, .. }) if now.since(*asked) < PATIENCE && *asked <= now => Look::Soon,
        _ => Look::Ask,
    }
}

async fn ask<P: Platform>(proxy: &Proxy<P>, token: &str) -> Result<State, StoreError> {
    let asked = proxy.platform.now();
    {
        let mut watched = lock(&proxy.house.memory.watched);
        if watched.len() >= MOST {
            watched.clear();
        }
        watched.entry(token.to_owned()).or_insert(Seen { asked, answer: None }).asked = asked;
    }
    let rows = proxy.platform.batch(vec![tokens::version(token)]).await?;
    let state = match rows.first().and_then(|rows| rows.first()) {
        None => State::Gone,
        Some(row) if row.maybe_int(1)?.is_some() => State::Revoked,
        Some(row) => State::Version(row.int(0)?),
    };
    lock(&proxy.house.memory.watched).insert(token.to_owned(), Seen { asked, answer: Some((asked, state)) });
    Ok(state)
}

/// Two of these, and a look that comes too late to be told, are less than five seconds.
const BETWEEN: Millis = Millis::seconds(2);
const NEAR: Millis = Millis(100);
/// A question that nobody heard the answer of.
const PATIENCE: Millis = Millis(500);
/// Then all are forgotten and asked for again.
const MOST: usize = 10_000;

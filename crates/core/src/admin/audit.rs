//! The audit log: read it, and prove that nobody changed it.

use super::Admin;
use super::answer::Answer;
use crate::audit::{self, Entry};
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::store;
use serde::Serialize;
use serde_json::value::RawValue;

#[derive(Serialize)]
struct Page<'a> {
    entries: Vec<Shown<'a>>,
    /// `?before=` for the page behind this one; `null` at the end.
    next: Option<i64>,
}

#[derive(Serialize)]
struct Shown<'a> {
    seq: i64,
    ts_ms: i64,
    actor: &'a str,
    action: &'a str,
    subject: &'a str,
    request_id: &'a str,
    detail: Option<Box<RawValue>>,
    hash: &'a str,
}

#[derive(Serialize)]
struct Verified {
    /// Nothing is wrong as far as was looked.
    ok: bool,
    entries: i64,
    calls: i64,
    expired_calls: i64,
    head: String,
    /// `?from=` for what has not been looked at yet; `null` at the end.
    next: Option<i64>,
    altered: Option<Altered>,
}

/// The first row that is not as it was written.
#[derive(Serialize)]
struct Altered {
    seq: i64,
    call: Option<String>,
    how: &'static str,
    message: String,
}

/// `?limit=` (1 to 1000, else 100), `?before=` (a number), `?seals=1` for the seals of calls too.
pub(super) async fn page<P: Platform>(proxy: &Proxy<P>, _: &Admin, query: &str) -> Result<Answer, Problem> {
    let [limit, before, seals] = numbers(query, ["limit", "before", "seals"])?;
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=HIGHEST_LIMIT).contains(&limit) {
        return Err(Problem::AdminInvalid(format!("limit must be a number from 1 to {HIGHEST_LIMIT}")));
    }
    let statement = store::audit::page(before, limit + 1, seals.is_some_and(|seals| seals != 0));
    let rows = proxy.platform.batch(vec![statement]).await?;
    let mut entries: Vec<Entry> = rows.iter().flatten().map(Entry::from_row).collect::<Result<_, _>>()?;
    // One more was read than is shown, only to know whether there is more.
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = entries.len() > shown;
    entries.truncate(shown);
    let next = entries.last().filter(|_| more).map(|last| last.seq);
    Answer::of(&Page { entries: entries.iter().map(show).collect(), next })
}

/// Checks a stretch of the chain from `?from=` on.
pub(super) async fn verify<P: Platform>(proxy: &Proxy<P>, _: &Admin, query: &str) -> Result<Answer, Problem> {
    let [from] = numbers(query, ["from"])?;
    let verdict = audit::verify(proxy, from.unwrap_or(1)).await?;
    let altered = verdict.altered.map(|altered| {
        let what = match &altered.call {
            None => format!("entry {}", altered.seq),
            Some(call) => format!("call {call} (sealed by entry {})", altered.seq),
        };
        Altered {
            seq: altered.seq,
            message: format!("{what} was {}", altered.how),
            how: altered.how,
            call: altered.call,
        }
    });
    Answer::of(&Verified {
        ok: altered.is_none(),
        entries: verdict.entries,
        calls: verdict.calls,
        expired_calls: verdict.expired,
        head: verdict.head,
        next: verdict.next,
        altered,
    })
}

fn show(entry: &Entry) -> Shown<'_> {
    Shown {
        seq: entry.seq,
        ts_ms: entry.at.0,
        actor: &entry.actor,
        action: &entry.action,
        subject: &entry.subject,
        request_id: &entry.request_id,
        detail: RawValue::from_string(entry.detail.clone()).ok(),
        hash: &entry.hash,
    }
}

/// The numbers of these parameters; no others are taken.
fn numbers<const N: usize>(query: &str, names: [&str; N]) -> Result<[Option<i64>; N], Problem> {
    let mut found = [None; N];
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let place = names.iter().zip(&mut found).find(|(known, _)| **known == name);
        let (_, place) = place.ok_or_else(|| {
            Problem::AdminInvalid(format!("there is no parameter {name:?}; there are {}", names.join(", ")))
        })?;
        let number = value.parse().ok().filter(|n| (0..=1 << 53).contains(n));
        *place = Some(number.ok_or_else(|| Problem::AdminInvalid(format!("{name} must be a number")))?);
    }
    Ok(found)
}

const DEFAULT_LIMIT: i64 = 100;
const HIGHEST_LIMIT: i64 = 1000;

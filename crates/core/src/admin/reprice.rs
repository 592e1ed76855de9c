//! Computes anew what past calls cost, from the usage that is stored with them, at the prices of now.

use super::Admin;
use super::answer::Answer;
use super::body;
use super::dollars::Dollars;
use crate::audit::{self, Deed};
use crate::money::Nano;
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::store::audit::Only;
use crate::store::prices::version;
use crate::store::reprice::{self, Settled};
use crate::time::UnixMs;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    since_ms: i64,
    until_ms: Option<i64>,
    /// From an earlier answer's `next`.
    after: Option<String>,
}

#[derive(Serialize)]
struct Done {
    calls: usize,
    changed: usize,
    /// How much more they cost now.
    more_usd: Dollars,
    more_nano: i64,
    /// `after` for the next page; `null` at the end.
    next: Option<String>,
}

/// One page of calls. Money is moved once however often it is asked for.
pub(super) async fn run<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    body: &Bytes,
) -> Result<Answer, Problem> {
    let wanted: Wanted = body::read(body)?;
    let (since, until) = (UnixMs(wanted.since_ms), UnixMs(wanted.until_ms.unwrap_or(proxy.platform.now().0)));
    let after = wanted.after.unwrap_or_default();
    let page = reprice::page(since, until, &after, PER_PAGE);
    let rows = proxy.platform.batch(vec![page, version()]).await?;
    let [rows, stored] = rows.as_slice() else { return Err(Problem::Internal) };
    let stored = stored.first().map_or(Ok(0), |row| row.int(0))?;
    if stored != proxy.house.prices().version() {
        crate::prices::load(proxy, stored).await?;
    }
    let book = proxy.house.prices();
    let calls: Vec<Settled> = rows.iter().map(Settled::from_row).collect::<Result<_, _>>()?;
    let (mut change, mut changed, mut more) = (Vec::new(), 0, Nano::ZERO);
    for call in &calls {
        let Some(cost) = book.cost(&call.provider, &call.model, &call.reading, call.started) else {
            continue;
        };
        if cost != call.cost {
            change.extend(reprice::change(call, cost));
            changed += 1;
            more = more + (cost - call.cost);
        }
    }
    if changed > 0 {
        let detail = json!({
            "since_ms": since.0, "until_ms": until.0, "after": after, "changed": changed, "more_nano": more.0,
        });
        let deed = Deed { action: "usage.reprice", subject: "calls", detail, only: Only::Always };
        audit::carry_out(proxy, admin, deed, change).await?;
    }
    let full = i64::try_from(calls.len()).is_ok_and(|n| n >= PER_PAGE);
    Answer::of(&Done {
        calls: calls.len(),
        changed,
        more_usd: Dollars(more),
        more_nano: more.0,
        next: calls.last().filter(|_| full).map(|call| call.id.clone()),
    })
}

/// At most five statements for each: a Worker may run only so many.
const PER_PAGE: i64 = 50;

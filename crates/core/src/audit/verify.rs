//! Reads the chain again and says where it first does not hold. Bounded: the caller goes on from `next`.

use super::chain::{Entry, Head};
use super::seal::{MARK, MOST, SEALED, Seal};
use crate::ports::{Platform, Row, StoreError};
use crate::proxy::Proxy;
use crate::store::audit;
use crate::time::UnixMs;
use serde::Deserialize;

/// What one stretch of the chain is like.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Entries that hold, from the first one asked for on.
    pub(crate) entries: i64,
    /// Calls that are as they were sealed.
    pub(crate) calls: i64,
    /// Sealed calls that have been removed since, because they were older than the log keeps them.
    pub(crate) expired: i64,
    /// The hash of the last entry that holds.
    pub(crate) head: String,
    /// Where to go on; `None` at the end of the chain.
    pub(crate) next: Option<i64>,
    pub(crate) altered: Option<Altered>,
}

/// The first row that is not as it was written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Altered {
    /// The entry itself, or the seal of the call.
    pub(crate) seq: i64,
    /// `None`: it is the entry.
    pub(crate) call: Option<String>,
    pub(crate) how: &'static str,
}

#[derive(Deserialize)]
struct Sealed {
    from_ms: i64,
    until_ms: i64,
    /// When the oldest of the calls began.
    first_ms: i64,
    calls: i64,
    digest: String,
}

/// Checks the entries from `from` (1 or more) on.
pub(crate) async fn verify<P: Platform>(proxy: &Proxy<P>, from: i64) -> Result<Verdict, StoreError> {
    let from = from.max(1);
    let rows = proxy.platform.batch(vec![audit::since(from - 1, PER_ROUND + 1)]).await?;
    let mut entries = rows.iter().flatten().map(Entry::from_row).collect::<Result<Vec<_>, _>>()?.into_iter();
    let mut head = Head::default();
    if from > 1 {
        let before = entries.next().filter(|entry| entry.seq == from - 1);
        head = before.map(|entry| Head { seq: entry.seq, hash: entry.hash }).unwrap_or_default();
    }
    let mut verdict =
        Verdict { entries: 0, calls: 0, expired: 0, head: head.hash.clone(), next: None, altered: None };
    let (mut seals, mut last) = (0, head.seq);
    for entry in entries {
        if seals == SEALS {
            verdict.next = Some(entry.seq);
            return Ok(verdict);
        }
        let broken = if entry.seq != last + 1 {
            Some(Altered { seq: last + 1, call: None, how: "removed" })
        } else if entry.prev != verdict.head || entry.hash != entry.digest() {
            Some(Altered { seq: entry.seq, call: None, how: "altered" })
        } else if entry.action == SEALED {
            seals += 1;
            sealed(proxy, &entry, &mut verdict).await?
        } else {
            None
        };
        if broken.is_some() {
            verdict.altered = broken;
            return Ok(verdict);
        }
        verdict.entries += 1;
        last = entry.seq;
        verdict.head = entry.hash;
    }
    verdict.next = Some(last + 1).filter(|_| verdict.entries >= PER_ROUND);
    Ok(verdict)
}

/// Compares the calls with their seal.
async fn sealed<P: Platform>(
    proxy: &Proxy<P>,
    entry: &Entry,
    verdict: &mut Verdict,
) -> Result<Option<Altered>, StoreError> {
    let Ok(sealed) = serde_json::from_str::<Sealed>(&entry.detail) else {
        return Ok(Some(Altered { seq: entry.seq, call: None, how: "altered" }));
    };
    let (from, until) = (UnixMs(sealed.from_ms), UnixMs(sealed.until_ms));
    // What is as old as this may be gone, or be about to go; it proves nothing any more.
    if UnixMs(sealed.first_ms) < proxy.platform.now() - proxy.house.config.retention {
        verdict.expired += sealed.calls;
        return Ok(None);
    }
    let rows = proxy.platform.batch(vec![audit::calls(from, until, MOST)]).await?;
    let rows = rows.into_iter().next().unwrap_or_default();
    let found = Seal::of(&rows);
    if found.digest == sealed.digest {
        verdict.calls += sealed.calls;
        return Ok(None);
    }
    let (call, how) = first_difference(&entry.marks, &found.marks, &rows);
    Ok(Some(Altered { seq: entry.seq, call: Some(call), how }))
}

/// The first call whose mark is not the sealed one.
fn first_difference(sealed: &str, found: &[String], rows: &[Row]) -> (String, &'static str) {
    let id = |at: usize| rows.get(at).and_then(|row| row.text(0).ok()).unwrap_or_default().to_owned();
    let sealed: Vec<&str> =
        (0..sealed.len() / MARK).filter_map(|n| sealed.get(n * MARK..(n + 1) * MARK)).collect();
    let at = sealed.iter().zip(found).take_while(|(sealed, found)| **sealed == found.as_str()).count();
    let behind = |text: &str, at: usize| format!("{text} {}", id(at));
    match (sealed.get(at), found.get(at)) {
        (Some(_), None) if at == 0 => ("the first of the batch".to_owned(), "removed"),
        (Some(_), None) => (behind("the one after", at - 1), "removed"),
        (Some(_), Some(now)) if sealed.get(at + 1) == Some(&now.as_str()) => {
            (behind("the one before", at), "removed")
        }
        (Some(then), Some(_)) if found.get(at + 1).map(String::as_str) == Some(*then) => (id(at), "added"),
        (None, _) => (id(at), "added"),
        (Some(_), Some(_)) => (id(at), "altered"),
    }
}

const PER_ROUND: i64 = 200;
/// Batches of calls that are read in one round.
const SEALS: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Value;

    #[test]
    fn the_first_difference_is_named() {
        let row = |id: &str, cost: i64| Row(vec![Value::Text(id.to_owned()), Value::Int(cost)]);
        let then = [row("a", 1), row("b", 2), row("c", 3)];
        let marks = Seal::of(&then).marks.concat();
        for (now, call, how) in [
            (vec![row("a", 1), row("b", 9), row("c", 3)], "b", "altered"),
            (vec![row("a", 7), row("b", 2), row("c", 3)], "a", "altered"),
            (vec![row("a", 1), row("b", 2)], "the one after b", "removed"),
            (vec![row("a", 1), row("c", 3)], "the one before c", "removed"),
            (vec![], "the first of the batch", "removed"),
            (vec![row("a", 1), row("a2", 1), row("b", 2), row("c", 3)], "a2", "added"),
            (vec![row("a", 1), row("b", 2), row("c", 3), row("d", 3)], "d", "added"),
        ] {
            let found = Seal::of(&now);
            assert_ne!(found.digest, Seal::of(&then).digest);
            assert_eq!(first_difference(&marks, &found.marks, &now), (call.to_owned(), how));
        }
        let (null, text) = (Row(vec![Value::Null]), Row(vec![Value::Text("n".to_owned())]));
        assert_ne!(Seal::of(&[null]), Seal::of(&[text]));
    }
}

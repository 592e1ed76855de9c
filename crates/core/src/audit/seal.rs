//! Seals calls: one entry holds the digest of a batch of closed calls, and a mark of each, by which an altered one is
//! found. Reads on from where it last stopped, so a call is read once.

use super::chain::{Entry, Head, hex};
use crate::ports::{Platform, Row, Rows, StoreError, Value};
use crate::proxy::Proxy;
use crate::store::audit::{self, Only};
use crate::time::UnixMs;
use sha2::{Digest, Sha256};

/// What a batch of calls is sealed by.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seal {
    /// Of all that is in the rows.
    pub(super) digest: String,
    /// Of each row by itself, shortened.
    pub(super) marks: Vec<String>,
}

impl Seal {
    pub(super) fn of(rows: &[Row]) -> Self {
        let (mut whole, mut marks) = (Sha256::new_with_prefix(b"proxyagent calls 1"), Vec::new());
        for row in rows {
            let one = digest(row);
            whole.update(one);
            marks.push(hex(one.get(..MARK / 2).unwrap_or_default()));
        }
        Self { digest: hex(&whole.finalize()), marks }
    }
}

/// Seals the calls that began before `closed`, when none of them is open any more. One bounded round.
pub(crate) async fn seal<P: Platform>(proxy: &Proxy<P>, closed: UnixMs) -> Result<u64, StoreError> {
    let mut sealed = 0;
    for _ in 0..BATCHES {
        let rows = proxy.platform.batch(vec![audit::sealed(), audit::head()]).await?;
        let from = UnixMs(rows.first().and_then(|rows| rows.first()).map_or(Ok(0), |row| row.int(0))?);
        let head = Head::from_rows(rows.get(1..).unwrap_or_default())?;
        if from >= closed {
            break;
        }
        let rows = proxy.platform.batch(vec![audit::calls(from, closed, PER_SEAL + 1)]).await?;
        let mut calls: Rows = rows.into_iter().next().unwrap_or_default();
        let more = calls.len() as i64 > PER_SEAL;
        // A batch ends between two milliseconds.
        let until = if more { began(calls.last())? } else { closed };
        if more && until == from {
            // More in one millisecond than a batch holds: then it holds them all.
            let rows = proxy.platform.batch(vec![audit::calls(from, UnixMs(from.0 + 1), MOST)]).await?;
            calls = rows.into_iter().next().unwrap_or_default();
        } else if more {
            calls.retain(|call| began(Some(call)).is_ok_and(|at| at < until));
        }
        let until = if more && until == from { UnixMs(from.0 + 1) } else { until };
        let mut statements = vec![audit::set_sealed(from, until)];
        if !calls.is_empty() {
            statements
                .insert(0, audit::insert(&entry(proxy, &calls, from, until).behind(&head), &Only::Always));
        }
        sealed += calls.len() as u64;
        match proxy.platform.batch(statements).await {
            Ok(_) => {}
            // Someone else wrote an entry meanwhile: the next round seals these.
            Err(StoreError::Refused) => break,
            Err(error) => return Err(error),
        }
        if !more {
            break;
        }
    }
    Ok(sealed)
}

fn entry<P: Platform>(proxy: &Proxy<P>, calls: &[Row], from: UnixMs, until: UnixMs) -> Entry {
    let Seal { digest, marks } = Seal::of(calls);
    let detail = serde_json::json!({
        "from_ms": from.0, "until_ms": until.0, "first_ms": began(calls.first()).unwrap_or(from).0, "calls": calls.len(), "digest": digest,
    });
    Entry {
        at: proxy.platform.now(),
        actor: "proxy".to_owned(),
        action: SEALED.to_owned(),
        subject: format!("{} calls", calls.len()),
        detail: detail.to_string(),
        marks: marks.concat(),
        ..Entry::default()
    }
}

/// Of everything in the row, each value behind its kind and its length.
fn digest(row: &Row) -> [u8; 32] {
    let mut hash = Sha256::new();
    for value in &row.0 {
        match value {
            Value::Null => hash.update(b"n"),
            Value::Int(n) => hash.update(format!("i{n};")),
            Value::Text(text) => {
                hash.update(format!("t{};", text.len()));
                hash.update(text);
            }
        }
    }
    hash.finalize().into()
}

fn began(call: Option<&Row>) -> Result<UnixMs, StoreError> {
    let id = call.ok_or(StoreError::Malformed)?.text(0)?;
    let ms = id.get(4..16).and_then(|digits| i64::from_str_radix(digits, 16).ok());
    ms.map(UnixMs).ok_or(StoreError::Malformed)
}

pub(super) const SEALED: &str = "calls.seal";
/// Hex digits of a mark.
pub(super) const MARK: usize = 12;
const PER_SEAL: i64 = 500;
/// A round stays short; what is left is sealed in the next one.
const BATCHES: usize = 20;
pub(super) const MOST: i64 = 100_000;

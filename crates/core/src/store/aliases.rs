//! The aliases in the store, and the epoch that every change of them bumps: the admission statement compares it, so
//! that no cached copy is acted upon after a change.

use crate::alias::Aliases;
use crate::ports::{Row, Rows, Statement, StoreError};
use crate::provider::Directory;
use crate::time::UnixMs;

/// The aliases and the epoch they are of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub epoch: i64,
    pub aliases: Aliases,
}

impl Snapshot {
    /// # Errors
    /// `Malformed` also for aliases that cannot be followed: calls must not go where no one sent them.
    pub fn from_rows(rows: &[Rows], directory: &Directory) -> Result<Self, StoreError> {
        let (pairs, epoch) = from_rows(rows)?;
        let aliases = Aliases::kept(pairs, directory).map_err(|_| StoreError::Malformed)?;
        Ok(Self { epoch, aliases })
    }
}

/// One batch for [`Snapshot::from_rows`] and [`from_rows`].
pub fn load() -> Vec<Statement> {
    vec![
        Statement::new("SELECT value FROM proxy_agent_meta WHERE name = 'epoch'", vec![]),
        Statement::new("SELECT match, target FROM proxy_agent_aliases ORDER BY position, match", vec![]),
    ]
}

/// The (match, target) pairs in their order, whether they make sense or not, and the epoch they are of.
pub fn from_rows(rows: &[Rows]) -> Result<(Vec<(String, String)>, i64), StoreError> {
    let [epoch, aliases] = rows else { return Err(StoreError::Malformed) };
    let epoch = epoch.first().ok_or(StoreError::Malformed)?.int(0)?;
    let pair = |row: &Row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
    Ok((aliases.iter().map(pair).collect::<Result<_, _>>()?, epoch))
}

/// One batch: these aliases instead of those that were there.
pub fn replace(pairs: &[(String, String)], now: UnixMs) -> Vec<Statement> {
    vec![
        Statement::new("DELETE FROM proxy_agent_aliases", vec![]),
        // One statement however many there are: a Worker may run only so many.
        Statement::new(
            "INSERT INTO proxy_agent_aliases (match, target, position, created_ms)
             SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), key, ?2 FROM json_each(?1)",
            vec![serde_json::json!(pairs).to_string().into(), now.0.into()],
        ),
        Statement::new("UPDATE proxy_agent_meta SET value = value + 1 WHERE name = 'epoch'", vec![]),
    ]
}

/// One batch: one alias more, or with a new target, if the aliases are still those of that epoch. The first statement
/// gives a row if they were; otherwise nothing happens, because what was checked against them may no longer hold.
pub fn put(written: &str, target: &str, epoch: i64, now: UnixMs) -> Vec<Statement> {
    vec![
        Statement::new(
            "INSERT INTO proxy_agent_aliases (match, target, position, created_ms)
             SELECT ?1, ?2, COALESCE((SELECT MAX(position) + 1 FROM proxy_agent_aliases), 0), ?3
              WHERE (SELECT value FROM proxy_agent_meta WHERE name = 'epoch') = ?4
             ON CONFLICT (match) DO UPDATE SET target = excluded.target
             RETURNING match",
            vec![written.into(), target.into(), now.0.into(), epoch.into()],
        ),
        Statement::new(
            "UPDATE proxy_agent_meta SET value = value + 1 WHERE name = 'epoch' AND value = ?1",
            vec![epoch.into()],
        ),
    ]
}

/// One batch: one alias less. The last statement gives a row if it was there.
pub fn remove(written: &str) -> Vec<Statement> {
    vec![
        Statement::new(
            "UPDATE proxy_agent_meta SET value = value + 1
              WHERE name = 'epoch' AND EXISTS (SELECT 1 FROM proxy_agent_aliases WHERE match = ?1)",
            vec![written.into()],
        ),
        Statement::new(
            "DELETE FROM proxy_agent_aliases WHERE match = ?1 RETURNING match",
            vec![written.into()],
        ),
    ]
}

//! The operator's own prices in the store.

use crate::ports::{Row, Statement, StoreError};
use crate::time::UnixMs;

/// Bumped by every change.
pub(crate) fn version() -> Statement {
    Statement::new("SELECT value FROM proxy_agent_meta WHERE name = 'prices'", Vec::new())
}

/// All of them, by name.
pub(crate) fn all() -> Statement {
    Statement::new("SELECT name, price FROM proxy_agent_prices ORDER BY name", Vec::new())
}

/// A row of [`all`]: the name and the JSON text.
pub(crate) fn from_row(row: &Row) -> Result<(String, String), StoreError> {
    Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()))
}

/// One batch: one price more, or another one.
pub(crate) fn put(name: &str, price: &str, now: UnixMs) -> Vec<Statement> {
    let put = Statement::new(
        "INSERT INTO proxy_agent_prices (name, price, created_ms) VALUES (?1, ?2, ?3) \
         ON CONFLICT (name) DO UPDATE SET price = excluded.price, created_ms = excluded.created_ms",
        vec![name.into(), price.into(), now.0.into()],
    );
    [vec![put], changed()].concat()
}

/// One batch: one price less. The first statement gives a row if it was there.
pub(crate) fn remove(name: &str) -> Vec<Statement> {
    let remove =
        Statement::new("DELETE FROM proxy_agent_prices WHERE name = ?1 RETURNING name", vec![name.into()]);
    [vec![remove], changed()].concat()
}

/// Every process reads the prices anew before it admits another call.
fn changed() -> Vec<Statement> {
    vec![Statement::new(
        "UPDATE proxy_agent_meta SET value = value + 1 WHERE name IN ('prices', 'epoch')",
        Vec::new(),
    )]
}

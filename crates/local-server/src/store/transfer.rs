//! Moves a whole store from SQLite to PostgreSQL: every row of every table, as one transaction, into a database that
//! holds nothing yet. The file is left as it was, and locked while it is read.

use super::postgres::Import;
use super::{connection, migrate};
use crate::start::StartError;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::{Map, Number, Value};
use std::path::Path;

/// Copies the store in the file `from` into the database at the URL `to`; the answer is how many rows each table had.
///
/// # Errors
/// A file that is no store or is written to at the moment, a database that cannot be used or is not empty.
pub async fn copy_store(from: &Path, to: &str) -> Result<Vec<(String, u64)>, StartError> {
    let broken =
        |cause: &dyn std::fmt::Display| StartError::Store { path: from.to_owned(), cause: cause.to_string() };
    if !from.is_file() {
        return Err(broken(&"there is no such file"));
    }
    let mut source = connection::open(from).map_err(|cause| broken(&cause))?;
    migrate::migrate(&mut source, from)?;
    source.execute_batch("BEGIN IMMEDIATE").map_err(|cause| broken(&cause))?;
    let tables = tables(&source).map_err(|cause| broken(&cause))?;
    let mut import = Import::begin(to, &tables).await?;
    let mut copied = Vec::with_capacity(tables.len());
    for table in tables {
        let rows = copy_table(&source, &table, &mut import).await?.map_err(|cause| broken(&cause))?;
        copied.push((table, rows));
    }
    import.commit().await?;
    Ok(copied)
}

/// In the order they were made: what is referred to comes first.
fn tables(source: &Connection) -> rusqlite::Result<Vec<String>> {
    source
        .prepare(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'proxy\\_agent\\_%' ESCAPE '\\' \
             AND name <> 'proxy_agent_migrations' ORDER BY rowid",
        )?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// Sends a table in pieces. The outer failure is the database's, the inner one the file's.
async fn copy_table(
    source: &Connection,
    table: &str,
    import: &mut Import,
) -> Result<rusqlite::Result<u64>, StartError> {
    let mut after = 0;
    loop {
        let piece = match piece(source, table, after) {
            Ok(piece) => piece,
            Err(cause) => return Ok(Err(cause)),
        };
        if piece.is_empty() {
            return Ok(Ok(after));
        }
        after += piece.len() as u64;
        import.rows(table, Value::Array(piece)).await?;
    }
}

/// The next rows after the first `after`, as objects. A table whose rows SQLite numbers keeps the numbers.
fn piece(source: &Connection, table: &str, after: u64) -> rusqlite::Result<Vec<Value>> {
    let numbered: bool =
        source
            .query_row("SELECT wr = 0 FROM pragma_table_list WHERE name = ?1", [table], |row| row.get(0))?;
    let columns = if numbered { "rowid AS rowid, *" } else { "*" };
    let mut select =
        source.prepare(&format!("SELECT {columns} FROM {table} LIMIT {PIECE} OFFSET {after}"))?;
    let names: Vec<String> = select.column_names().map(str::to_owned).collect();
    let mut rows = select.query([])?;
    let mut piece = Vec::new();
    while let Some(row) = rows.next()? {
        let mut object = Map::with_capacity(names.len());
        for (at, name) in names.iter().enumerate() {
            object.insert(name.clone(), json(row.get_ref(at)?));
        }
        piece.push(Value::Object(object));
    }
    Ok(piece)
}

fn json(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Integer(n) => Value::Number(Number::from(n)),
        ValueRef::Text(text) => Value::String(String::from_utf8_lossy(text).replace('\0', "\u{2400}")),
        // No column of ours holds anything else.
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Value::Null,
    }
}

/// Rows that are sent at once.
const PIECE: u64 = 1000;

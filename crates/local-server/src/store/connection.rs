//! SQLite connections: how they are set up, how a batch runs on one, and what its errors mean.

use super::LOCK_WAIT;
use proxyagent_core::ports::{Row, Rows, Statement, StoreError, Value};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode, OpenFlags, ToSql};
use std::path::Path;

/// A connection that writes.
pub(crate) fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    prepare(&connection)?;
    // Only a new file takes it. A commit writes whole pages, and most of its changes are single rows.
    connection.pragma_update(None, "page_size", 2048)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // With WAL, NORMAL never corrupts; a power cut may lose the last moments, a killed process nothing.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    // The checkpointing thread does it; this is for when it cannot keep up.
    connection.pragma_update(None, "wal_autocheckpoint", 16_384)?;
    Ok(connection)
}

/// A connection that moves pages from the log to the main file.
pub(crate) fn open_to_checkpoint(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    prepare(&connection)?;
    Ok(connection)
}

/// A connection that can only read.
pub(crate) fn open_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    prepare(&connection)?;
    Ok(connection)
}

/// Runs the statements in order, inside whatever transaction is open.
pub(crate) fn run(connection: &Connection, statements: &[Statement]) -> Result<Vec<Rows>, Fault> {
    statements.iter().map(|statement| rows(connection, statement)).collect()
}

/// Why a batch failed, and what to tell the operator.
#[derive(Debug)]
pub(crate) enum Fault {
    Sqlite(rusqlite::Error),
    /// A column of a type that the port does not know.
    Column,
}

impl From<rusqlite::Error> for Fault {
    fn from(cause: rusqlite::Error) -> Self {
        Self::Sqlite(cause)
    }
}

impl Fault {
    pub(crate) fn kind(&self) -> StoreError {
        match self {
            Self::Column => StoreError::Malformed,
            Self::Sqlite(cause) => match cause.sqlite_error_code() {
                Some(
                    ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::DiskFull
                    | ErrorCode::ReadOnly
                    | ErrorCode::CannotOpen
                    | ErrorCode::SystemIoFailure
                    | ErrorCode::OutOfMemory
                    | ErrorCode::DatabaseCorrupt
                    | ErrorCode::NotADatabase
                    | ErrorCode::PermissionDenied
                    | ErrorCode::FileLockingProtocolFailed
                    | ErrorCode::OperationInterrupted,
                ) => StoreError::Unavailable,
                _ => StoreError::Refused,
            },
        }
    }

    /// A broken constraint is an answer to whoever asked, not news for the operator.
    pub(crate) fn is_news(&self) -> bool {
        let Self::Sqlite(cause) = self else { return true };
        cause.sqlite_error_code() != Some(ErrorCode::ConstraintViolation)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // The statement's text is left out of the line: only what SQLite says about it.
            Self::Sqlite(rusqlite::Error::SqlInputError { msg, .. }) => write!(out, "store: {msg}"),
            Self::Sqlite(cause) => write!(out, "store: {cause}"),
            Self::Column => out.write_str("store: a column holds a real or a blob"),
        }
    }
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(LOCK_WAIT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "foreign_keys", true)?;
    // Savepoints keep their undo journal here; a file would cost a system call per batch.
    connection.pragma_update(None, "temp_store", "MEMORY")
}

fn rows(connection: &Connection, statement: &Statement) -> Result<Rows, Fault> {
    let mut prepared: CachedStatement<'_> = connection.prepare_cached(&statement.sql)?;
    let columns = prepared.column_count();
    let mut found = prepared.query(rusqlite::params_from_iter(statement.params.iter().map(Param)))?;
    let mut out = Vec::new();
    while let Some(row) = found.next()? {
        let mut values = Vec::with_capacity(columns);
        for column in 0..columns {
            values.push(match row.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(n) => Value::Int(n),
                ValueRef::Text(text) => {
                    Value::Text(std::str::from_utf8(text).map_err(|_| Fault::Column)?.to_owned())
                }
                ValueRef::Real(_) | ValueRef::Blob(_) => return Err(Fault::Column),
            });
        }
        out.push(Row(values));
    }
    Ok(out)
}

struct Param<'a>(&'a Value);

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Int(n) => ValueRef::Integer(*n),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

/// Prepared statements kept per connection: more than core has.
const STATEMENTS: usize = 256;

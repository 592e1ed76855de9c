//! SQLite connections: how they are set up, and what their errors mean.

use super::sqlite::LOCK_WAIT;
use proxyagent_core::ports::StoreError;
use rusqlite::{Connection, ErrorCode, OpenFlags};
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
    connection.pragma_update(None, "foreign_keys", true)?;
    // Savepoints keep their undo journal here; a file would cost a system call per batch.
    connection.pragma_update(None, "temp_store", "MEMORY")
}

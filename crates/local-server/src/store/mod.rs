//! The Sql port: SQLite in this machine's home, or a PostgreSQL that several instances share.

mod checkpoint;
mod connection;
pub(crate) mod copy;
mod job;
mod migrate;
mod postgres;
mod prepared;
mod queue;
mod reader;
mod sqlite;
mod transfer;
mod watch;
mod writer;

use crate::journal::Journal;
use crate::start::StartError;
use postgres::Postgres;
pub(crate) use postgres::VARIABLE;
use proxyagent_core::ports::{Rows, Statement, StoreError};
use sqlite::Sqlite;
use std::path::Path;
use std::time::Duration;
pub use transfer::copy_store;

/// A database, and what works on it for this process.
pub struct Store(Database);

enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Store {
    /// Opens a SQLite file (creating it when absent) and brings its schema up to date.
    pub(crate) fn open(path: &Path, journal: Journal) -> Result<Self, StartError> {
        Sqlite::open(path, journal).map(|store| Self(Database::Sqlite(store)))
    }

    /// Connects to a PostgreSQL database and brings its schema up to date.
    pub(crate) async fn connect(url: &str, journal: &Journal) -> Result<Self, StartError> {
        Postgres::open(url, journal).await.map(|store| Self(Database::Postgres(store)))
    }

    /// Runs the statements as one atomic unit. Batches of nothing but `SELECT` never wait behind writes.
    ///
    /// # Errors
    /// `Unavailable` within about two seconds when the database is locked, full, overloaded or not there.
    pub async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        match &self.0 {
            Database::Sqlite(store) => store.batch(statements).await,
            Database::Postgres(store) => store.batch(statements).await,
        }
    }

    /// Its name for the admin API.
    pub(crate) fn backend(&self) -> &'static str {
        match &self.0 {
            Database::Sqlite(_) => "sqlite",
            Database::Postgres(_) => "postgres",
        }
    }

    /// Waits, for at most `span`, until everything queued is safe. Blocks.
    pub(crate) fn flush(&self, span: Duration) {
        match &self.0 {
            Database::Sqlite(store) => store.flush(span),
            // What was answered is committed, and what was not has nobody waiting for it.
            Database::Postgres(_) => {}
        }
    }
}

fn only_reads(statement: &Statement) -> bool {
    statement.sql.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("select"))
}

//! The Sql port on PostgreSQL, for several instances that share one store. One connection per instance writes, in
//! groups, behind a lock that all instances take: no batch ever runs beside another, as on SQLite, so nothing that is
//! exact there can be less here. A few more connections read.

mod address;
mod cell;
mod dialect;
mod fault;
mod import;
mod job;
mod line;
mod migrate;
mod worker;

use crate::journal::Journal;
use crate::start::StartError;
use address::Address;
pub(crate) use address::VARIABLE;
pub(crate) use import::Import;
use job::Job;
use proxyagent_core::ports::{Rows, Statement, StoreError};
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc};
use worker::Worker;

/// A PostgreSQL database and this process's connections to it. They end when the last handle is dropped.
pub(crate) struct Postgres {
    writes: mpsc::Sender<Job>,
    reads: mpsc::Sender<Job>,
}

impl Postgres {
    /// Connects and brings the schema up to date.
    ///
    /// # Errors
    /// A URL that is none, a database that cannot be reached within some seconds, a schema of a newer version.
    pub(crate) async fn open(url: &str, journal: &Journal) -> Result<Self, StartError> {
        let address = Arc::new(Address::parse(url)?);
        migrate::migrate(&address).await?;
        let (writes, inbox) = mpsc::channel(MOST);
        tokio::spawn(Worker::writing(Arc::clone(&address), journal.clone()).run(inbox));
        let (reads, inbox) = mpsc::channel(MOST);
        let inbox = Arc::new(Mutex::new(inbox));
        for _ in 0..READERS {
            let worker = Worker::reading(Arc::clone(&address), journal.clone());
            tokio::spawn(worker.share(Arc::clone(&inbox)));
        }
        Ok(Self { writes, reads })
    }

    /// Runs the statements as one atomic unit.
    ///
    /// # Errors
    /// `Unavailable` within about two seconds when the database cannot be reached.
    pub(crate) async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let inbox = if statements.iter().all(super::only_reads) { &self.reads } else { &self.writes };
        let (job, ticket) = Job::new(statements);
        inbox.try_send(job).map_err(|_| StoreError::Unavailable)?;
        ticket.outcome().await
    }
}

/// What may wait for a connection. More means that the database does not keep up, and new calls must hear so at once.
const MOST: usize = 4096;

/// Connections that read. With the one that writes, what an instance takes of the database's `max_connections`.
const READERS: usize = 4;

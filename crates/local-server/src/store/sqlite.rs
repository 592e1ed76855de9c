//! The Sql port on SQLite: one thread writes in groups, one reads, one checkpoints, and the event loop never waits for a disk.

use super::job::Job;
use super::queue::{Errand, Queue};
use super::writer::Writer;
use super::{checkpoint, connection, migrate, only_reads, reader, watch};
use crate::journal::Journal;
use crate::start::StartError;
use proxyagent_core::ports::{Rows, Statement, StoreError};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

/// A SQLite database and its threads. They end when the last handle is dropped.
pub(crate) struct Sqlite {
    writes: Arc<Queue>,
    reads: Arc<Queue>,
}

impl Sqlite {
    /// Opens the database (creating it when absent) and brings its schema up to date.
    pub(crate) fn open(path: &Path, journal: Journal) -> Result<Self, StartError> {
        let broken = |cause: &dyn std::fmt::Display| StartError::Store {
            path: path.to_owned(),
            cause: cause.to_string(),
        };
        let mut connection = connection::open(path).map_err(|cause| broken(&cause))?;
        migrate::migrate(&mut connection, path)?;
        let reading = connection::open_to_read(path).map_err(|cause| broken(&cause))?;
        let (writes, reads) = (Arc::new(Queue::default()), Arc::new(Queue::default()));
        let keeping = connection::open_to_checkpoint(path).map_err(|cause| broken(&cause))?;
        let (commits, committed) = sync_channel(1);
        let spawn = |name: &str, work: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(|cause| broken(&cause))
        };
        let (log, queue) = (journal.clone(), Arc::clone(&writes));
        spawn("store-write", Box::new(move || Writer::new(connection, commits, log).run(&queue)))?;
        let queue = Arc::clone(&reads);
        spawn("store-read", Box::new(move || reader::run(&reading, &queue, &journal)))?;
        spawn("store-keep", Box::new(move || checkpoint::run(&keeping, &committed)))?;
        Ok(Self { writes, reads })
    }

    /// Runs the statements as one atomic unit. Batches of nothing but `SELECT` never wait behind writes.
    ///
    /// # Errors
    /// `Unavailable` within about two seconds when the database is locked, full or overloaded.
    pub(crate) async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        let reads_only = statements.iter().all(only_reads);
        let queue = if reads_only { &self.reads } else { &self.writes };
        let (job, ticket) = Job::new(statements);
        let put = queue.put(Errand::Batch(job)).map_err(|_| StoreError::Unavailable)?;
        if put.unwatched {
            watch::watch(Arc::clone(queue));
        }
        match (put.first, reads_only) {
            (false, _) => {}
            (true, true) => queue.ring(),
            (true, false) => {
                let queue = Arc::clone(queue);
                tokio::spawn(async move {
                    // Behind everything that is ready to run, for as long as that puts in more.
                    let mut waiting = 0;
                    while queue.has_grown(&mut waiting) {
                        tokio::task::yield_now().await;
                    }
                    queue.ring();
                });
            }
        }
        ticket.await
    }

    /// Waits, for at most `span`, until everything queued is committed, and moves it into the main file. Blocks.
    pub(crate) fn flush(&self, span: Duration) {
        let (done, flushed) = sync_channel(1);
        if self.writes.put(Errand::Flush(done)).is_ok() {
            self.writes.ring();
            let _ = flushed.recv_timeout(span);
        }
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        self.writes.close();
        self.reads.close();
    }
}

/// How long one attempt to get the write lock may take: less than a batch's patience, so that the answer comes in time.
pub(crate) const LOCK_WAIT: Duration = Duration::from_millis(1500);

//! The writing thread. Whatever waits is written in one transaction: the commit is shared, a failure is not. Nothing is
//! answered before it is committed.

use super::connection::Fault;
use super::job::Job;
use super::prepared::Prepared;
use super::queue::{Errand, Queue};
use crate::journal::Journal;
use proxyagent_core::ports::{Rows, StoreError};
use rusqlite::Connection;
use std::sync::mpsc::SyncSender;

/// The thread's state.
pub(crate) struct Writer {
    connection: Connection,
    /// Told after each commit; full means that it knows.
    commits: SyncSender<()>,
    journal: Journal,
}

impl Writer {
    pub(crate) fn new(connection: Connection, commits: SyncSender<()>, journal: Journal) -> Self {
        Self { connection, commits, journal }
    }

    pub(crate) fn run(&self, queue: &Queue) {
        let mut prepared = Prepared::new(&self.connection);
        let (mut taken, mut group) = (Vec::new(), Vec::new());
        while queue.take(&mut taken) {
            for errand in taken.drain(..) {
                match errand {
                    Errand::Batch(job) => {
                        group.push(job);
                        if group.len() >= GROUP {
                            self.write(&mut prepared, &mut group);
                        }
                    }
                    Errand::Flush(done) => {
                        self.write(&mut prepared, &mut group);
                        // Busy readers only mean that the rest is moved over later.
                        let _ = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
                        let _ = done.try_send(());
                    }
                }
            }
            self.write(&mut prepared, &mut group);
        }
    }

    /// Writes a group and answers each of its jobs.
    fn write(&self, prepared: &mut Prepared<'_>, group: &mut Vec<Job>) {
        if group.is_empty() {
            return;
        }
        // The lock first, then the jobs: one whose caller gave up while waiting for the lock is not written.
        if let Err(cause) = prepared.execute("BEGIN IMMEDIATE") {
            return self.fail(group, &cause.into());
        }
        group.retain(Job::take);
        let outcomes = match together(prepared, group) {
            Ok(outcomes) => Ok(outcomes),
            // Failures are rare, and savepoints are not free: only a group that has one pays for them.
            Err(_) => rollback(prepared)
                .and_then(|()| prepared.execute("BEGIN IMMEDIATE").map_err(Fault::from))
                .and_then(|()| one_by_one(prepared, group)),
        };
        match outcomes.and_then(|outcomes| prepared.execute("COMMIT").map(|()| outcomes).map_err(Fault::from))
        {
            Ok(outcomes) => {
                let _ = self.commits.try_send(());
                for (job, outcome) in group.drain(..).zip(outcomes) {
                    job.answer(outcome.map_err(|fault| self.kind(&fault)));
                }
            }
            Err(fault) => {
                let _ = rollback(prepared);
                self.fail(group, &fault);
            }
        }
    }

    /// Answers jobs of which nothing was written.
    fn fail(&self, group: &mut Vec<Job>, fault: &Fault) {
        self.journal.fault(&fault.to_string());
        for job in group.drain(..) {
            job.answer(Err(StoreError::Unavailable));
        }
    }

    fn kind(&self, fault: &Fault) -> StoreError {
        if fault.is_news() {
            self.journal.fault(&fault.to_string());
        }
        fault.kind()
    }
}

/// Runs all jobs, hoping that none fails.
fn together(prepared: &mut Prepared<'_>, group: &[Job]) -> Result<Vec<Result<Vec<Rows>, Fault>>, Fault> {
    group.iter().map(|job| prepared.run(&job.statements).map(Ok)).collect()
}

/// Runs each job behind a savepoint: one that fails is undone alone.
///
/// # Errors
/// The whole transaction is lost (disk full, I/O error): nothing in it was written.
fn one_by_one(prepared: &mut Prepared<'_>, group: &[Job]) -> Result<Vec<Result<Vec<Rows>, Fault>>, Fault> {
    let mut outcomes = Vec::with_capacity(group.len());
    for job in group {
        prepared.execute("SAVEPOINT batch")?;
        let outcome = prepared.run(&job.statements);
        if prepared.connection().is_autocommit() {
            return outcome.map(|_| Vec::new());
        }
        if outcome.is_err() {
            prepared.execute("ROLLBACK TO batch")?;
        }
        prepared.execute("RELEASE batch")?;
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// Ends the transaction if there still is one: SQLite ends it by itself after some errors.
fn rollback(prepared: &mut Prepared<'_>) -> Result<(), Fault> {
    if !prepared.connection().is_autocommit() {
        prepared.execute("ROLLBACK")?;
    }
    Ok(())
}

/// The most batches in one transaction: what others wait for, and what one power cut could take.
const GROUP: usize = 256;

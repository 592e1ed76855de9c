//! The writing thread. Whatever waits is written in one transaction: the commit is shared, a failure is not. Nothing is
//! answered before it is committed.

use super::connection::{self, Fault};
use super::job::Job;
use super::queue::Queue;
use crate::journal::Journal;
use proxyagent_core::ports::{Rows, StoreError};
use rusqlite::Connection;
use std::sync::mpsc::SyncSender;

/// What the writing thread is asked to do.
pub(crate) enum Errand {
    Batch(Job),
    /// Answer when everything before is committed and checkpointed.
    Flush(SyncSender<()>),
}

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
        let (mut taken, mut group) = (Vec::new(), Vec::new());
        while queue.take(&mut taken) {
            for errand in taken.drain(..) {
                match errand {
                    Errand::Batch(job) => {
                        group.push(job);
                        if group.len() >= GROUP {
                            self.write(&mut group);
                        }
                    }
                    Errand::Flush(done) => {
                        self.write(&mut group);
                        // Busy readers only mean that the rest is moved over later.
                        let _ = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
                        let _ = done.try_send(());
                    }
                }
            }
            self.write(&mut group);
        }
    }

    /// Writes a group and answers each of its jobs.
    fn write(&self, group: &mut Vec<Job>) {
        if group.is_empty() {
            return;
        }
        let connection = &self.connection;
        // The lock first, then the jobs: one whose caller gave up while waiting for the lock is not written.
        if let Err(cause) = execute(connection, "BEGIN IMMEDIATE") {
            return self.fail(group, &cause.into());
        }
        group.retain(Job::take);
        let outcomes = match together(connection, group) {
            Ok(outcomes) => Ok(outcomes),
            // Failures are rare, and savepoints are not free: only a group that has one pays for them.
            Err(_) => rollback(connection)
                .and_then(|()| execute(connection, "BEGIN IMMEDIATE").map_err(Fault::from))
                .and_then(|()| one_by_one(connection, group)),
        };
        match outcomes
            .and_then(|outcomes| execute(connection, "COMMIT").map(|()| outcomes).map_err(Fault::from))
        {
            Ok(outcomes) => {
                let _ = self.commits.try_send(());
                for (job, outcome) in group.drain(..).zip(outcomes) {
                    job.answer(outcome.map_err(|fault| self.kind(&fault)));
                }
            }
            Err(fault) => {
                let _ = rollback(connection);
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
fn together(connection: &Connection, group: &[Job]) -> Result<Vec<Result<Vec<Rows>, Fault>>, Fault> {
    group.iter().map(|job| connection::run(connection, &job.statements).map(Ok)).collect()
}

/// Runs each job behind a savepoint: one that fails is undone alone.
///
/// # Errors
/// The whole transaction is lost (disk full, I/O error): nothing in it was written.
fn one_by_one(connection: &Connection, group: &[Job]) -> Result<Vec<Result<Vec<Rows>, Fault>>, Fault> {
    let mut outcomes = Vec::with_capacity(group.len());
    for job in group {
        execute(connection, "SAVEPOINT batch")?;
        let outcome = connection::run(connection, &job.statements);
        if connection.is_autocommit() {
            return outcome.map(|_| Vec::new());
        }
        if outcome.is_err() {
            execute(connection, "ROLLBACK TO batch")?;
        }
        execute(connection, "RELEASE batch")?;
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// Ends the transaction if there still is one: SQLite ends it by itself after some errors.
fn rollback(connection: &Connection) -> Result<(), Fault> {
    if !connection.is_autocommit() {
        execute(connection, "ROLLBACK")?;
    }
    Ok(())
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

/// The most batches in one transaction: what others wait for, and what one power cut could take.
const GROUP: usize = 256;

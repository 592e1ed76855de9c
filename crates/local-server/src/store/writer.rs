//! The writing thread. Whatever waits is written in one transaction, each batch behind its own savepoint: the commit
//! is shared, a failure is not. Nothing is answered before it is committed.

use super::connection::{self, Fault};
use super::job::Job;
use crate::journal::Journal;
use proxyagent_core::ports::{Rows, StoreError};
use rusqlite::Connection;
use std::sync::mpsc::{Receiver, SyncSender};

/// What the writing thread is asked to do.
pub(crate) enum Errand {
    Batch(Job),
    /// Answer when everything before is committed and checkpointed.
    Flush(SyncSender<()>),
}

pub(crate) fn run(connection: &Connection, errands: &Receiver<Errand>, journal: &Journal) {
    let mut group = Vec::new();
    while let Ok(first) = errands.recv() {
        let mut flush = None;
        for errand in std::iter::once(first).chain(errands.try_iter()) {
            match errand {
                Errand::Batch(job) => group.push(job),
                Errand::Flush(done) => flush = Some(done),
            }
            if flush.is_some() || group.len() >= GROUP {
                break;
            }
        }
        write(connection, &mut group, journal);
        if let Some(done) = flush {
            // Busy readers only mean that the rest is moved over later.
            let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            let _ = done.try_send(());
        }
    }
}

/// Writes a group and answers each of its jobs.
fn write(connection: &Connection, group: &mut Vec<Job>, journal: &Journal) {
    if group.is_empty() {
        return;
    }
    // The lock first, then the jobs: one whose caller gave up while waiting for the lock is not written.
    if let Err(cause) = execute(connection, "BEGIN IMMEDIATE") {
        return fail(group.drain(..).map(|job| (job, None)), &cause.into(), journal);
    }
    let mut done: Vec<(Job, Result<Vec<Rows>, StoreError>)> = Vec::with_capacity(group.len());
    let mut waiting = group.drain(..);
    while let Some(job) = waiting.next() {
        if !job.take() {
            continue;
        }
        match apply(connection, &job) {
            Ok(rows) => done.push((job, Ok(rows))),
            Err(fault) if connection.is_autocommit() => {
                // The whole transaction is gone (disk full, I/O error): nothing in it was written.
                let lost = done.into_iter().map(|(job, _)| job).chain([job]).chain(waiting);
                return fail(lost.map(|job| (job, None)), &fault, journal);
            }
            Err(fault) => {
                if fault.is_news() {
                    journal.fault(&fault.to_string());
                }
                done.push((job, Err(fault.kind())));
            }
        }
    }
    drop(waiting);
    if let Err(cause) = execute(connection, "COMMIT") {
        let _ = execute(connection, "ROLLBACK");
        let lost = done.into_iter().map(|(job, outcome)| (job, outcome.err()));
        return fail(lost, &cause.into(), journal);
    }
    for (job, outcome) in done {
        job.answer(outcome);
    }
}

/// Runs one job; on an error its own writes are undone. Where that is not possible, the whole transaction is.
fn apply(connection: &Connection, job: &Job) -> Result<Vec<Rows>, Fault> {
    execute(connection, "SAVEPOINT batch")?;
    let outcome = connection::run(connection, &job.statements);
    let undone = if outcome.is_err() { execute(connection, "ROLLBACK TO batch") } else { Ok(()) };
    if let Err(cause) = undone.and_then(|()| execute(connection, "RELEASE batch")) {
        let _ = execute(connection, "ROLLBACK");
        return outcome.and(Err(cause.into()));
    }
    outcome
}

/// Answers jobs of which nothing was written. One that had already failed by itself keeps its own reason.
fn fail(jobs: impl Iterator<Item = (Job, Option<StoreError>)>, fault: &Fault, journal: &Journal) {
    journal.fault(&fault.to_string());
    for (job, own) in jobs {
        job.answer(Err(own.unwrap_or(StoreError::Unavailable)));
    }
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

/// The most batches in one transaction: what others wait for, and what one power cut could take.
const GROUP: usize = 256;

//! The work of one connection: takes batches, runs them, and connects again whenever the database is back.

use super::address::Address;
use super::fault::Fault;
use super::job::Job;
use super::line::{Frame, Line};
use crate::journal::Journal;
use proxyagent_core::ports::{Rows, Statement};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio::time::{sleep, timeout};

/// A connection that comes back.
pub(crate) struct Worker {
    address: Arc<Address>,
    journal: Journal,
    line: Option<Line>,
    /// The database could not be reached the last time, and the operator knows.
    missed: bool,
    writes: bool,
}

impl Worker {
    pub(crate) fn writing(address: Arc<Address>, journal: Journal) -> Self {
        Self { address, journal, line: None, missed: false, writes: true }
    }

    pub(crate) fn reading(address: Arc<Address>, journal: Journal) -> Self {
        Self { writes: false, ..Self::writing(address, journal) }
    }

    /// Writes what comes, until nothing more can come. Whatever waits is one transaction: the commit is shared.
    pub(crate) async fn run(mut self, mut inbox: mpsc::Receiver<Job>) {
        let mut group = Vec::new();
        loop {
            if group.is_empty() && inbox.recv_many(&mut group, GROUP).await == 0 {
                return;
            }
            self.serve(&mut group).await;
        }
    }

    /// Reads what comes, taking turns with others.
    pub(crate) async fn share(mut self, inbox: Arc<Mutex<mpsc::Receiver<Job>>>) {
        let mut group = Vec::new();
        loop {
            if group.is_empty() {
                match inbox.lock().await.recv().await {
                    Some(job) => group.push(job),
                    None => return,
                }
            }
            self.serve(&mut group).await;
        }
    }

    /// Answers the jobs, or leaves in the group those that are to be tried again.
    async fn serve(&mut self, group: &mut Vec<Job>) {
        group.retain(Job::take);
        if group.is_empty() || !self.connected().await {
            // Dropped, they answer that the store is unavailable.
            group.retain(|job| !job.is_late());
            return;
        }
        match self.execute(group).await {
            Ok(outcomes) => {
                for (job, rows) in group.drain(..).zip(outcomes) {
                    job.answer(Ok(rows));
                }
            }
            Err(fault) if fault.is_worth_another_try() => group.retain(|job| !job.is_late()),
            Err(fault) if group.len() > 1 && fault.is_of_one_batch() => {
                self.one_by_one(group).await;
            }
            Err(fault) => {
                if fault.is_news() {
                    self.journal.fault(&fault.to_string());
                }
                for job in group.drain(..) {
                    job.answer(Err(fault.kind()));
                }
            }
        }
    }

    /// A failure in a group is nobody else's.
    async fn one_by_one(&mut self, group: &mut Vec<Job>) {
        for job in std::mem::take(group) {
            let mut alone = vec![job];
            while !alone.is_empty() {
                Box::pin(self.serve(&mut alone)).await;
            }
        }
    }

    async fn execute(&mut self, group: &[Job]) -> Result<Vec<Vec<Rows>>, Fault> {
        let Some(line) = &mut self.line else { return Err(Fault::Slow) };
        let batches: Vec<&[Statement]> = group.iter().map(|job| job.statements.as_slice()).collect();
        let frame = match (self.writes, batches.as_slice()) {
            (true, _) => Frame::Transaction(WRITING),
            (false, [[_]]) => Frame::Bare,
            (false, _) => Frame::Transaction(READING),
        };
        let outcome = timeout(LAST_WAIT, line.run(frame, &batches)).await.unwrap_or(Err(Fault::Slow));
        if matches!(outcome, Err(Fault::Slow)) {
            self.line = None; // what is under way there ends with it
        }
        outcome
    }

    async fn connected(&mut self) -> bool {
        if self.line.as_ref().is_some_and(|line| !line.is_closed()) {
            return true;
        }
        match self.address.connect().await {
            Ok(line) => {
                self.line = Some(line);
                if std::mem::take(&mut self.missed) {
                    self.journal.fault("store: the database is back");
                }
                true
            }
            Err(fault) => {
                if !std::mem::replace(&mut self.missed, true) {
                    self.journal.fault(&fault.to_string());
                }
                sleep(PAUSE).await;
                false
            }
        }
    }
}

/// One instance writes at a time, each statement sees everything that was committed before it.
const WRITING: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(5784651)";

const READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The most batches in one transaction.
const GROUP: usize = 64;

/// Between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(100);

/// Longer than the database itself allows a statement and the wait for a lock.
const LAST_WAIT: Duration = Duration::from_secs(8);

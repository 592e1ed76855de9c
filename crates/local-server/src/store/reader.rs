//! The reading thread: batches of nothing but `SELECT`, each on one snapshot.

use super::connection::Fault;
use super::prepared::Prepared;
use super::queue::{Errand, Queue};
use crate::journal::Journal;
use proxyagent_core::ports::{Rows, Statement};
use rusqlite::Connection;

pub(crate) fn run(connection: &Connection, queue: &Queue, journal: &Journal) {
    let mut prepared = Prepared::new(connection);
    let mut taken = Vec::new();
    while queue.take(&mut taken) {
        for errand in taken.drain(..) {
            match errand {
                Errand::Batch(job) if job.take() => {
                    let outcome = read(&mut prepared, &job.statements);
                    if let Err(fault) = &outcome {
                        journal.fault(&fault.to_string());
                    }
                    job.answer(outcome.map_err(|fault| fault.kind()));
                }
                Errand::Batch(_) => {}
                Errand::Flush(done) => {
                    let _ = done.try_send(());
                }
            }
        }
    }
}

fn read(prepared: &mut Prepared<'_>, statements: &[Statement]) -> Result<Vec<Rows>, Fault> {
    if statements.len() < 2 {
        return prepared.run(statements); // one statement is one snapshot by itself
    }
    prepared.execute("BEGIN")?;
    let rows = prepared.run(statements);
    if !prepared.connection().is_autocommit() {
        prepared.execute("COMMIT")?; // nothing was written: it only lets the snapshot go
    }
    rows
}

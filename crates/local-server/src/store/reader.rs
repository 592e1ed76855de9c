//! The reading thread: batches of nothing but `SELECT`, each on one snapshot.

use super::connection::{self, Fault};
use super::job::Job;
use crate::journal::Journal;
use proxyagent_core::ports::{Rows, Statement};
use rusqlite::Connection;
use std::sync::mpsc::Receiver;

pub(crate) fn run(connection: &Connection, jobs: &Receiver<Job>, journal: &Journal) {
    while let Ok(job) = jobs.recv() {
        if !job.take() {
            continue;
        }
        let outcome = read(connection, &job.statements);
        if let Err(fault) = &outcome {
            journal.fault(&fault.to_string());
        }
        job.answer(outcome.map_err(|fault| fault.kind()));
    }
}

fn read(connection: &Connection, statements: &[Statement]) -> Result<Vec<Rows>, Fault> {
    if statements.len() < 2 {
        return connection::run(connection, statements); // one statement is one snapshot by itself
    }
    let transaction = connection.unchecked_transaction()?;
    let rows = connection::run(&transaction, statements)?;
    transaction.commit()?;
    Ok(rows)
}

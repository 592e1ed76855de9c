//! Brings the schema up to date from the same files as SQLite's, in PostgreSQL's words. Instances that start together
//! take turns; none runs a file twice or half, or touches a database that a newer version has written.

use super::address::Address;
use super::dialect;
use super::fault::Fault;
use super::line::{Frame, Line};
use crate::start::StartError;
use crate::store::migrate::MIGRATIONS;
use proxyagent_core::ports::Statement;
use std::time::{Duration, Instant};
use tokio::time::sleep;

pub(crate) async fn migrate(address: &Address) -> Result<(), StartError> {
    let unusable = |fault: &Fault| StartError::Database(fault.to_string());
    let mut line = first(address).await.map_err(|fault| unusable(&fault))?;
    let known = MIGRATIONS.last().map_or(0, |(number, ..)| *number);
    let found = apply(&mut line).await.map_err(|fault| unusable(&fault))?;
    if found > known {
        return Err(StartError::DatabaseTooNew { found, known });
    }
    Ok(())
}

/// The first connection. A database that is just starting is given a moment.
async fn first(address: &Address) -> Result<Line, Fault> {
    let began = Instant::now();
    loop {
        match address.connect().await {
            Err(fault) if began.elapsed() < STARTING && may_be_starting(&fault) => sleep(PAUSE).await,
            outcome => return outcome,
        }
    }
}

/// Applies what is missing, as one transaction; the answer is the schema's number as it was found.
async fn apply(line: &mut Line) -> Result<i64, Fault> {
    line.execute(PATIENT).await?;
    line.execute(TABLE).await?;
    let found = applied(line).await?;
    let newest = found.iter().copied().max().unwrap_or(0);
    if MIGRATIONS.iter().all(|(number, ..)| found.contains(number)) {
        return Ok(newest);
    }
    line.execute(&format!("BEGIN; {LOCK}")).await?;
    // Another instance may have been quicker; with the lock in hand this look is final.
    let found = applied(line).await?;
    let mut all = FUNCTIONS.to_owned();
    for (number, name, sql) in MIGRATIONS.iter().filter(|(number, ..)| !found.contains(number)) {
        all.push_str(&dialect::schema(sql));
        all.push_str(&format!(
            "\n;INSERT INTO proxy_agent_migrations (number, name, applied_ms) \
             VALUES ({number}, '{name}', (extract(epoch FROM now()) * 1000)::bigint);\n"
        ));
    }
    all.push_str("COMMIT");
    line.execute(&all).await?;
    Ok(newest)
}

/// The numbers of the files that were run.
async fn applied(line: &mut Line) -> Result<Vec<i64>, Fault> {
    let look = [Statement::new("SELECT number FROM proxy_agent_migrations", vec![])];
    let rows = line.run(Frame::Bare, &[&look]).await?;
    let numbers = rows.iter().flatten().flatten().map(|row| row.int(0).map_err(|_| Fault::Column));
    numbers.collect()
}

fn may_be_starting(fault: &Fault) -> bool {
    matches!(fault, Fault::Broken(_)) || fault.is_worth_another_try()
}

/// A change of the schema waits for the calls of other instances, and may take its time.
const PATIENT: &str =
    "SET lock_timeout = '60s'; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = '60s'";

const LOCK: &str = "SELECT pg_advisory_xact_lock(5784652)";

/// Two instances that both find no table would both make it: the lock is for this too.
const TABLE: &str = "BEGIN; SELECT pg_advisory_xact_lock(5784652); \
                     CREATE TABLE IF NOT EXISTS proxy_agent_migrations \
                     (number BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_ms BIGINT NOT NULL); COMMIT";

/// What core's statements use of SQLite's functions.
const FUNCTIONS: &str = include_str!("../../../../../migrations/postgres/functions.sql");

/// How long the first connection may take.
const STARTING: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(200);

//! The store: SQLite in memory, with D1's limits.

use super::{World, lock};
use proxyagent_core::ports::{Row, Rows, Sql, Statement, StoreError, Value};
use rusqlite::Connection;
use rusqlite::types::{ToSqlOutput, Value as Cell, ValueRef};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

impl Sql for World {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        self.batches.fetch_add(1, Ordering::Relaxed);
        if self.store_down.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable);
        }
        run(&mut lock(&self.database), statements)
    }
    fn backend(&self) -> &'static str {
        "sqlite"
    }
}

pub(super) fn open() -> Connection {
    let database = Connection::open_in_memory().unwrap();
    database.execute_batch(SCHEMA).unwrap();
    database
}

pub(super) fn run(database: &mut Connection, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
    let transaction = database.transaction().unwrap();
    let mut all = Vec::new();
    for statement in statements {
        all.push(one(&transaction, &statement).map_err(|why| refused(&statement, &why))?);
    }
    transaction.commit().unwrap();
    Ok(all)
}

fn one(database: &Connection, statement: &Statement) -> Result<Rows, rusqlite::Error> {
    super::portable::check(&statement.sql);
    let mut prepared = database.prepare(&statement.sql)?;
    let names: BTreeSet<String> = prepared.column_names().map(str::to_owned).collect();
    assert_eq!(names.len(), prepared.column_count(), "D1 keys columns by name: {}", statement.sql);
    assert!(statement.params.len() <= 100, "D1 binds 100 parameters: {}", statement.sql);
    assert_eq!(prepared.parameter_count(), statement.params.len(), "parameters: {}", statement.sql);
    let columns = prepared.column_count();
    let params = rusqlite::params_from_iter(statement.params.iter().map(bind));
    let mut rows = prepared.query(params)?;
    let mut read = Rows::new();
    while let Some(row) = rows.next()? {
        read.push(Row((0..columns).map(|n| cell(row.get_ref(n).unwrap())).collect()));
    }
    Ok(read)
}

fn bind(value: &Value) -> ToSqlOutput<'_> {
    match value {
        Value::Null => ToSqlOutput::Owned(Cell::Null),
        Value::Int(n) => {
            assert!(n.unsigned_abs() <= 1 << 53, "D1 rounds {n}");
            ToSqlOutput::Owned(Cell::Integer(*n))
        }
        Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
    }
}

fn cell(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::Int(n),
        ValueRef::Text(bytes) => Value::Text(std::str::from_utf8(bytes).unwrap().to_owned()),
        other @ (ValueRef::Real(_) | ValueRef::Blob(_)) => panic!("no column of ours holds {other:?}"),
    }
}

/// A constraint is the store's answer; anything else is a mistake in the statement.
fn refused(statement: &Statement, why: &rusqlite::Error) -> StoreError {
    match why.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => StoreError::Refused,
        _ => panic!("{why}: {}", statement.sql),
    }
}

const SCHEMA: &str = concat!(
    include_str!("../../../../migrations/0001_init.sql"),
    include_str!("../../../../migrations/0002_responses.sql"),
    include_str!("../../../../migrations/0003_credentials.sql"),
    include_str!("../../../../migrations/0004_audit.sql"),
    include_str!("../../../../migrations/0005_limits.sql"),
    include_str!("../../../../migrations/0006_records.sql"),
    include_str!("../../../../migrations/0007_sessions.sql"),
    include_str!("../../../../migrations/0008_tools.sql"),
    include_str!("../../../../migrations/0009_captures.sql"),
    include_str!("../../../../migrations/0010_reprice.sql"),
);

//! Statements of one connection, prepared once, and the running of batches of them. Never opens or ends a transaction
//! of its own accord.

use super::connection::Fault;
use proxyagent_core::ports::{Row, Rows, Statement, Value};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, PrepFlags, ToSql};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A connection and what was prepared on it.
pub(crate) struct Prepared<'c> {
    connection: &'c Connection,
    /// By where the text lies. Text that lives for ever is never another text at the same place, and looking at its
    /// address is a fraction of hashing it.
    kept: BTreeMap<(usize, usize), rusqlite::Statement<'c>>,
}

impl<'c> Prepared<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Self {
        Self { connection, kept: BTreeMap::new() }
    }

    pub(crate) fn connection(&self) -> &'c Connection {
        self.connection
    }

    /// Runs the statements in order, inside whatever transaction is open.
    pub(crate) fn run(&mut self, statements: &[Statement]) -> Result<Vec<Rows>, Fault> {
        let mut all = Vec::with_capacity(statements.len());
        for statement in statements {
            all.push(match &statement.sql {
                Cow::Borrowed(sql) => rows(self.kept(sql)?, &statement.params),
                Cow::Owned(sql) => rows(&mut self.connection.prepare(sql)?, &statement.params),
            }?);
        }
        Ok(all)
    }

    /// Runs one statement that has no parameters and gives no rows.
    pub(crate) fn execute(&mut self, sql: &'static str) -> rusqlite::Result<()> {
        self.kept(sql)?.raw_execute().map(|_| ())
    }

    fn kept(&mut self, sql: &'static str) -> rusqlite::Result<&mut rusqlite::Statement<'c>> {
        use std::collections::btree_map::Entry;
        match self.kept.entry((sql.as_ptr().addr(), sql.len())) {
            Entry::Occupied(kept) => Ok(kept.into_mut()),
            Entry::Vacant(free) => {
                Ok(free
                    .insert(self.connection.prepare_with_flags(sql, PrepFlags::SQLITE_PREPARE_PERSISTENT)?))
            }
        }
    }
}

fn rows(prepared: &mut rusqlite::Statement<'_>, params: &[Value]) -> Result<Rows, Fault> {
    let columns = prepared.column_count();
    let mut found = prepared.query(rusqlite::params_from_iter(params.iter().map(Param)))?;
    let mut out = Vec::new();
    while let Some(row) = found.next()? {
        let mut values = Vec::with_capacity(columns);
        for column in 0..columns {
            values.push(match row.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(n) => Value::Int(n),
                ValueRef::Text(text) => {
                    Value::Text(std::str::from_utf8(text).map_err(|_| Fault::Column)?.to_owned())
                }
                ValueRef::Real(_) | ValueRef::Blob(_) => return Err(Fault::Column),
            });
        }
        out.push(Row(values));
    }
    Ok(out)
}

struct Param<'a>(&'a Value);

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Int(n) => ValueRef::Integer(*n),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

//! Fills an empty database with the rows of another store, as one transaction.

use super::address::Address;
use super::fault::Fault;
use super::line::{Frame, Line};
use super::migrate;
use crate::start::StartError;
use proxyagent_core::ports::{Row, Statement, Value};

/// A transaction under way.
pub(crate) struct Import(Line);

impl Import {
    /// Brings the schema up to date and empties the tables of what a new schema holds.
    ///
    /// # Errors
    /// Also when the database holds tokens or calls already.
    pub(crate) async fn begin(url: &str, tables: &[String]) -> Result<Self, StartError> {
        let address = Address::parse(url)?;
        migrate::migrate(&address).await?;
        let unusable = |fault: Fault| StartError::Database(fault.to_string());
        let mut import = Self(address.connect().await.map_err(unusable)?);
        import.0.execute(BEGIN).await.map_err(unusable)?;
        for table in tables.iter().filter(|table| FILLED_BY_USE.contains(&table.as_str())) {
            let rows = import.ask(format!("SELECT 1 FROM {table} LIMIT 1"), vec![]).await?;
            if !rows.is_empty() {
                return Err(StartError::Database(format!("it is in use already: {table} has rows")));
            }
        }
        for table in tables.iter().rev() {
            import.0.execute(&format!("DELETE FROM {table}")).await.map_err(unusable)?;
        }
        Ok(import)
    }

    /// Adds rows, an array of objects with the table's columns as members.
    pub(crate) async fn rows(&mut self, table: &str, rows: serde_json::Value) -> Result<(), StartError> {
        let sql = format!(
            "INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, ?1::text::jsonb)"
        );
        self.ask(sql, vec![rows.to_string().into()]).await.map(drop)
    }

    /// Numbers go on where they were, and everything takes effect.
    pub(crate) async fn commit(mut self) -> Result<(), StartError> {
        let numbered = self.ask(NUMBERED.to_owned(), vec![]).await?;
        for row in &numbered {
            let (Ok(table), Ok(column)) = (row.text(0), row.text(1)) else { continue };
            let next = format!(
                "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), COALESCE(MAX({column}), 0) + 1, false) \
                 FROM {table}"
            );
            self.ask(next, vec![]).await?;
        }
        self.0.execute("COMMIT").await.map_err(|fault| StartError::Database(fault.to_string()))
    }

    async fn ask(&mut self, sql: String, params: Vec<Value>) -> Result<Vec<Row>, StartError> {
        let batch = [Statement { sql: sql.into(), params }];
        let rows = self.0.run(Frame::Bare, &[&batch]).await;
        let rows = rows.map_err(|fault| StartError::Database(fault.to_string()))?;
        Ok(rows.into_iter().flatten().flatten().collect())
    }
}

/// Behind the lock of those who write, so that nobody begins to use the database meanwhile.
const BEGIN: &str = "SET lock_timeout = '10s'; SET statement_timeout = 0; \
                     SET idle_in_transaction_session_timeout = '60s'; BEGIN; SELECT pg_advisory_xact_lock(5784651)";

const FILLED_BY_USE: [&str; 2] = ["proxy_agent_tokens", "proxy_agent_calls"];

const NUMBERED: &str = "SELECT table_name, column_name FROM information_schema.columns \
                        WHERE is_identity = 'YES' AND table_name LIKE 'proxy!_agent!_%' ESCAPE '!' \
                        AND table_schema = current_schema()";

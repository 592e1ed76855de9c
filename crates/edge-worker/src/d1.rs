//! The store on D1: a batch is one transaction there. Integers travel as JavaScript numbers, exact to ±2⁵³.

use crate::platform::Edge;
use js_sys::{Array, Error, Object, Reflect};
use proxyagent_core::ports::{Journal, Row, Rows, Sql, Statement, StoreError, Value};
use proxyagent_core::redact;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::worker_sys::types::{D1Database, D1Result};

impl Sql for Edge {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let results = self.run(&statements).await.map_err(|thrown| {
            let text = thrown.dyn_ref::<Error>().map_or_else(String::new, |e| e.message().into());
            self.fault(&format!("D1: {}", redact::excerpt(&text, 300)));
            fault(&text)
        })?;
        let rows: Result<Vec<_>, _> = results.iter().map(|result| rows(result.unchecked_into())).collect();
        rows.inspect_err(|_| self.fault("D1: a row holds what is neither a whole number nor text"))
    }

    fn backend(&self) -> &'static str {
        "d1"
    }
}

impl Edge {
    async fn run(&self, statements: &[Statement]) -> Result<Array, JsValue> {
        let database: D1Database = Reflect::get(&self.env, &JsValue::from_str("DB"))?.unchecked_into();
        let bound = Array::new();
        for statement in statements {
            let prepared = database.prepare(&statement.sql)?;
            let params = statement.params.iter().map(to_js).collect::<Result<Array, _>>()?;
            bound.push(prepared.bind(params)?.as_ref());
        }
        JsFuture::from(database.batch(bound)?).await?.dyn_into()
    }
}

fn to_js(value: &Value) -> Result<JsValue, JsValue> {
    match value {
        Value::Null => Ok(JsValue::NULL),
        Value::Text(text) => Ok(JsValue::from_str(text)),
        Value::Int(n) if n.unsigned_abs() <= EXACT => Ok(JsValue::from_f64(*n as f64)),
        Value::Int(_) => Err(Error::new("SQLITE_ERROR: an integer beyond 2^53").into()),
    }
}

fn rows(result: D1Result) -> Result<Rows, StoreError> {
    let rows = result.results().map_err(|_| StoreError::Malformed)?.unwrap_or_default();
    rows.iter()
        .map(|row| Object::values(row.unchecked_ref()).iter().map(from_js).collect())
        .map(|columns: Result<_, _>| columns.map(Row))
        .collect()
}

/// D1 makes an object of each row, with the columns in the order they were selected.
fn from_js(value: JsValue) -> Result<Value, StoreError> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    if let Some(text) = value.as_string() {
        return Ok(Value::Text(text));
    }
    match value.as_f64() {
        // Beyond it the last digits are lost already; an absurd sum must not make all else unreadable.
        Some(n) if n.fract() == 0.0 => {
            Ok(Value::Int((n as i64).clamp(-EXACT.cast_signed(), EXACT.cast_signed())))
        }
        Some(_) | None => Err(StoreError::Malformed),
    }
}

/// D1 only says in words what went wrong: SQLite's own refusals name SQLite's result code.
fn fault(text: &str) -> StoreError {
    if text.contains("SQLITE_CONSTRAINT") || text.contains("SQLITE_ERROR") || text.contains("SQLITE_MISMATCH")
    {
        StoreError::Refused
    } else {
        StoreError::Unavailable
    }
}

/// Up to here every integer is a JavaScript number.
const EXACT: u64 = 1 << 53;

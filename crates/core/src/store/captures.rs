//! Captured requests and answers in the store, sealed.

use crate::ports::Statement;
use crate::request_id;
use crate::time::UnixMs;

pub(crate) fn keep(call: &str, key_id: &str, request: &str, answer: &str) -> Statement {
    Statement::new(
        "INSERT INTO proxy_agent_captures (call_id, key_id, request, answer) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        vec![call.into(), key_id.into(), request.into(), answer.into()],
    )
}

/// The sealed request and answer of a call: no row or one.
pub(crate) fn find(call: &str) -> Statement {
    Statement::new("SELECT request, answer FROM proxy_agent_captures WHERE call_id = ?1", vec![call.into()])
}

/// Removes at most `limit` of those whose calls began before `before`.
pub(crate) fn forget(before: UnixMs, limit: i64) -> Statement {
    Statement::new(
        "DELETE FROM proxy_agent_captures WHERE call_id IN \
         (SELECT call_id FROM proxy_agent_captures WHERE call_id < ?1 ORDER BY call_id LIMIT ?2)",
        vec![request_id::first(before).into(), limit.into()],
    )
}

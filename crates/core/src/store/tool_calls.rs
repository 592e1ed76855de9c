//! What is known of a tool's call beyond its row among the calls.

use crate::call::CallRecord;
use crate::ports::Statement;
use crate::time::UnixMs;

/// How much went out and came back.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ToolCall {
    /// The arguments as they were sent.
    pub(crate) sent_bytes: usize,
    pub(crate) received_bytes: usize,
    /// The HTTP status of the tool's server, if it answered.
    pub(crate) status: Option<u16>,
}

/// Goes into the batch that settles the call.
pub(crate) fn insert(record: &CallRecord, call: &ToolCall) -> Statement {
    let size = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
    Statement::new(
        "INSERT INTO proxy_agent_tool_calls (id, request_id, token_id, tool, started_ms, outcome, status, sent_bytes, received_bytes, \
         cost_nano) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        vec![
            record.id.as_str().into(),
            record.request_id.as_str().into(),
            record.token_id.clone().into(),
            record.asked.as_ref().map(|asked| asked.model.as_str()).into(),
            record.started.0.into(),
            record.error.unwrap_or("ok").into(),
            call.status.map(i64::from).into(),
            size(call.sent_bytes).into(),
            size(call.received_bytes).into(),
            record.cost.0.into(),
        ],
    )
}

/// Removes at most `limit` of those that began before `before`.
pub(crate) fn forget(before: UnixMs, limit: i64) -> Statement {
    Statement::new(
        "DELETE FROM proxy_agent_tool_calls WHERE id IN \
         (SELECT id FROM proxy_agent_tool_calls WHERE started_ms < ?1 ORDER BY id LIMIT ?2)",
        vec![before.0.into(), limit.into()],
    )
}

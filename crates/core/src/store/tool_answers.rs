//! Answers that a provider keeps of conversations in which the proxy ran tools: under which id the caller knows them, and
//! what the provider still waits for.

use crate::ports::Statement;
use crate::time::UnixMs;
use crate::token::TokenHash;

/// What a later call must know to build on such an answer.
pub(crate) struct KeptAnswer<'a> {
    /// As the caller was told.
    pub(crate) shown: &'a str,
    /// The last turn's own.
    pub(crate) last: &'a str,
    /// Calls that were neither run nor shown, as a JSON list of ids.
    pub(crate) unanswered: String,
}

/// Notes it for the token of that hash.
pub(crate) fn keep(answer: &KeptAnswer<'_>, hash: &TokenHash, at: UnixMs) -> Statement {
    Statement::new(
        "INSERT INTO proxy_agent_tool_answers (id, token_id, last_id, unanswered, created_ms) \
         SELECT ?1, id, ?3, ?4, ?5 FROM proxy_agent_tokens WHERE hash = ?2",
        vec![
            answer.shown.into(),
            hash.hex().into(),
            answer.last.into(),
            answer.unanswered.as_str().into(),
            at.0.into(),
        ],
    )
}

/// (last id, unanswered) of the answer that this token knows by that id; no row for any other.
pub(crate) fn find(shown: &str, hash: &TokenHash) -> Statement {
    Statement::new(
        "SELECT last_id, unanswered FROM proxy_agent_tool_answers \
         WHERE id = ?1 AND token_id = (SELECT id FROM proxy_agent_tokens WHERE hash = ?2)",
        vec![shown.into(), hash.hex().into()],
    )
}

/// Removes at most `limit` of those made before `before`.
pub(crate) fn forget(before: UnixMs, limit: i64) -> Statement {
    Statement::new(
        "DELETE FROM proxy_agent_tool_answers WHERE id IN \
         (SELECT id FROM proxy_agent_tool_answers WHERE created_ms < ?1 ORDER BY created_ms LIMIT ?2)",
        vec![before.0.into(), limit.into()],
    )
}

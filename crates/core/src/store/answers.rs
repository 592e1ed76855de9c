//! Who made the answers that a provider keeps: a later call may build on one only with the token that made it.

use crate::ports::Statement;
use crate::time::{Millis, UnixMs};

/// Notes that this token's call made the answer, paid with this credential.
pub(crate) fn keep(id: &str, token: &str, credential: &str, at: UnixMs) -> Statement {
    Statement::new(
        "INSERT INTO proxy_agent_responses (id, token_id, credential_id, created_ms) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT DO NOTHING",
        vec![id.into(), token.into(), credential.into(), at.0.into()],
    )
}

/// The credential with which the token made that answer, or no row.
pub(crate) fn owned(id: &str, token: &str) -> Statement {
    Statement::new(
        "SELECT credential_id FROM proxy_agent_responses WHERE id = ?1 AND token_id = ?2",
        vec![id.into(), token.into()],
    )
}

/// Removes what was made before `before`, looking at no more than the `limit` oldest.
pub(crate) fn forget(before: UnixMs, limit: i64) -> Statement {
    Statement::new(
        "DELETE FROM proxy_agent_responses WHERE rowid IN (SELECT oldest FROM \
         (SELECT rowid AS oldest, created_ms FROM proxy_agent_responses ORDER BY rowid LIMIT ?2) AS first WHERE created_ms < ?1)",
        vec![before.0.into(), limit.into()],
    )
}

/// No provider keeps an answer longer than 30 days.
pub(crate) const KEPT: Millis = Millis::seconds(31 * 86_400);

//! Sessions of the dashboard, and the login links that open one.

use crate::ports::{Row, Statement, StoreError};
use crate::time::{Millis, UnixMs};

/// A session as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: String,
    pub created: UnixMs,
    pub seen: UnixMs,
    pub expires: UnixMs,
    pub agent: String,
}

impl Entry {
    pub fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.text(0)?.to_owned(),
            created: UnixMs(row.int(1)?),
            seen: UnixMs(row.int(2)?),
            expires: UnixMs(row.int(3)?),
            agent: row.text(4)?.to_owned(),
        })
    }
}

pub fn insert(hash: &str, entry: &Entry) -> Statement {
    Statement::new(
        "INSERT INTO proxy_agent_sessions (hash, id, created_ms, seen_ms, expires_ms, agent)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        vec![
            hash.into(),
            entry.id.as_str().into(),
            entry.created.0.into(),
            entry.seen.0.into(),
            entry.expires.0.into(),
            entry.agent.as_str().into(),
        ],
    )
}

/// The live session of that hash: no row or one in the first answer. That it was seen is written once a minute.
pub fn find(hash: &str, now: UnixMs) -> Vec<Statement> {
    vec![
        Statement::new(
            concat!("SELECT ", columns!(), " FROM proxy_agent_sessions WHERE hash = ?1 AND expires_ms > ?2"),
            vec![hash.into(), now.0.into()],
        ),
        Statement::new(
            "UPDATE proxy_agent_sessions SET seen_ms = ?2 WHERE hash = ?1 AND seen_ms < ?3",
            vec![hash.into(), now.0.into(), (now - Millis::seconds(60)).0.into()],
        ),
    ]
}

/// All live sessions, the one seen last first.
pub fn list(now: UnixMs) -> Statement {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM proxy_agent_sessions WHERE expires_ms > ?1 ORDER BY seen_ms DESC, id LIMIT 200"
    );
    Statement::new(sql, vec![now.0.into()])
}

/// One row (the id) if there is such a session.
pub fn remove(id: &str) -> Statement {
    Statement::new("DELETE FROM proxy_agent_sessions WHERE id = ?1 RETURNING id", vec![id.into()])
}

/// All of them, and the login links that nobody used.
pub fn remove_all() -> Vec<Statement> {
    vec![
        Statement::new("DELETE FROM proxy_agent_sessions RETURNING id", vec![]),
        Statement::new("DELETE FROM proxy_agent_login_codes", vec![]),
    ]
}

pub fn insert_code(hash: &str, expires: UnixMs) -> Statement {
    Statement::new(
        "INSERT INTO proxy_agent_login_codes (hash, expires_ms) VALUES (?1, ?2)",
        vec![hash.into(), expires.0.into()],
    )
}

/// Uses a login link up. One row if it was good.
pub fn spend_code(hash: &str, now: UnixMs) -> Statement {
    Statement::new(
        "DELETE FROM proxy_agent_login_codes WHERE hash = ?1 AND expires_ms > ?2 RETURNING hash",
        vec![hash.into(), now.0.into()],
    )
}

/// What is past its time.
pub fn forget(now: UnixMs) -> [Statement; 2] {
    [
        Statement::new("DELETE FROM proxy_agent_sessions WHERE expires_ms <= ?1", vec![now.0.into()]),
        Statement::new("DELETE FROM proxy_agent_login_codes WHERE expires_ms <= ?1", vec![now.0.into()]),
    ]
}

macro_rules! columns {
    () => {
        "id, created_ms, seen_ms, expires_ms, agent"
    };
}
use columns;

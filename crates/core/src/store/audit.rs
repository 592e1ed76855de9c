//! The audit log in the store, and the calls as it seals them.

use crate::audit::Entry;
use crate::ports::{Statement, Value};
use crate::request_id;
use crate::time::UnixMs;

/// When an entry is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Only {
    Always,
    /// When this condition holds before the change; `?11` in it is the value.
    Where(&'static str, Value),
}

impl Only {
    /// If there is such a token.
    pub(crate) fn token(id: &str) -> Self {
        Self::Where("EXISTS (SELECT 1 FROM proxy_agent_tokens WHERE id = ?11)", id.into())
    }

    /// If there is such a stored credential.
    pub(crate) fn credential(id: &str) -> Self {
        Self::Where("EXISTS (SELECT 1 FROM proxy_agent_keys WHERE id = ?11)", id.into())
    }

    /// If there is such an alias.
    pub(crate) fn alias(written: &str) -> Self {
        Self::Where("EXISTS (SELECT 1 FROM proxy_agent_aliases WHERE match = ?11)", written.into())
    }

    /// If there is such a group, and no token is in it.
    pub(crate) fn empty_group(name: &str) -> Self {
        let condition = "EXISTS (SELECT 1 FROM proxy_agent_budgets WHERE id = 'group:' || ?11) \
                         AND NOT EXISTS (SELECT 1 FROM proxy_agent_tokens WHERE budget_group = ?11)";
        Self::Where(condition, name.into())
    }

    /// If there is such a price of the operator's own.
    pub(crate) fn price(name: &str) -> Self {
        Self::Where("EXISTS (SELECT 1 FROM proxy_agent_prices WHERE name = ?11)", name.into())
    }

    /// If there is such a session.
    pub(crate) fn session(id: &str) -> Self {
        Self::Where("EXISTS (SELECT 1 FROM proxy_agent_sessions WHERE id = ?11)", id.into())
    }

    /// If the routing is still of that epoch.
    pub(crate) fn epoch(epoch: i64) -> Self {
        Self::Where("(SELECT value FROM proxy_agent_meta WHERE name = 'epoch') = ?11", epoch.into())
    }
}

/// The last entry's number and hash: no row or one.
pub(crate) fn head() -> Statement {
    Statement::new("SELECT seq, hash FROM proxy_agent_audit ORDER BY seq DESC LIMIT 1", vec![])
}

/// Refused when there is an entry of that number already.
pub(crate) fn insert(entry: &Entry, only: &Only) -> Statement {
    let columns = "INSERT INTO proxy_agent_audit \
         (seq, ts_ms, actor, action, subject, request_id, detail, marks, prev, hash)";
    let mut params: Vec<Value> = vec![entry.seq.into(), entry.at.0.into()];
    params.extend(
        [
            &entry.actor,
            &entry.action,
            &entry.subject,
            &entry.request_id,
            &entry.detail,
            &entry.marks,
            &entry.prev,
            &entry.hash,
        ]
        .map(|text| Value::from(text.as_str())),
    );
    let sql = match only {
        Only::Always => format!("{columns} VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
        Only::Where(condition, value) => {
            params.push(value.clone());
            format!("{columns} SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 WHERE {condition}")
        }
    };
    Statement { sql: sql.into(), params }
}

/// The newest entries first, from just before that number on, with or without seals.
pub fn page(before: Option<i64>, limit: i64, seals: bool) -> Statement {
    let all =
        concat!("SELECT ", columns!(), " FROM proxy_agent_audit WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2");
    let deeds = concat!(
        "SELECT ",
        columns!(),
        " FROM proxy_agent_audit WHERE seq < ?1 AND action <> 'calls.seal' ORDER BY seq DESC LIMIT ?2"
    );
    Statement::new(if seals { all } else { deeds }, vec![before.unwrap_or(BEHIND_ALL).into(), limit.into()])
}

/// The entries from that number on, oldest first.
pub(crate) fn since(seq: i64, limit: i64) -> Statement {
    Statement::new(
        concat!("SELECT ", columns!(), " FROM proxy_agent_audit WHERE seq >= ?1 ORDER BY seq LIMIT ?2"),
        vec![seq.into(), limit.into()],
    )
}

/// The moment before which all calls are sealed.
pub(crate) fn sealed() -> Statement {
    Statement::new("SELECT value FROM proxy_agent_meta WHERE name = 'sealed'", vec![])
}

pub(crate) fn set_sealed(from: UnixMs, until: UnixMs) -> Statement {
    Statement::new(
        "UPDATE proxy_agent_meta SET value = ?2 WHERE name = 'sealed' AND value = ?1",
        vec![from.0.into(), until.0.into()],
    )
}

/// The calls that began in `from..until`, by id, with all that is known of them.
pub(crate) fn calls(from: UnixMs, until: UnixMs, limit: i64) -> Statement {
    Statement::new(
        "SELECT id, request_id, token_id, state, started_ms, dialect, operation, asked_provider, asked_model, provider, \
         model, rule, credential_id, streamed, attempts, status, held_nano, cost_nano, pricing, input, cache_read, \
         cache_write, cache_write_long, output, reasoning, audio_in, image_in, audio_out, image_out, web_search, \
         web_fetch, ended, error, first_byte_ms, duration_ms, budget_group, variant, geo, asides \
         FROM proxy_agent_calls WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3",
        vec![request_id::first(from).into(), request_id::first(until).into(), limit.into()],
    )
}

macro_rules! columns {
    () => {
        "seq, ts_ms, actor, action, subject, request_id, detail, marks, prev, hash"
    };
}
use columns;

const BEHIND_ALL: i64 = 1 << 53;

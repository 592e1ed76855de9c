//! Stored credentials. What is secret of one is sealed before it gets here; every change of what calls are paid with
//! bumps the epoch.

use crate::ports::{Row, Statement, StoreError};
use crate::time::UnixMs;
use crate::vault::Place;

/// A row, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: String,
    pub provider: String,
    pub kind: String,
    pub label: String,
    pub priority: i64,
    pub sealed: String,
    pub version: i64,
    pub created: UnixMs,
    pub disabled: Option<UnixMs>,
    pub access: Option<String>,
    pub access_until: Option<UnixMs>,
    pub refreshing_until: Option<UnixMs>,
    pub parked_until: Option<UnixMs>,
    pub parked_why: Option<String>,
    pub failures: i64,
}

/// What an edit changes; `None` leaves it as it is.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Edit {
    pub label: Option<String>,
    pub priority: Option<i64>,
    pub disabled: Option<bool>,
}

/// A new secret for a row of that version.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Replacement<'a> {
    pub(crate) id: &'a str,
    pub(crate) version: i64,
    pub(crate) sealed: &'a str,
    pub(crate) key_id: &'a str,
}

/// What an exchange gave, for a row of that version.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Renewal<'a> {
    pub(crate) id: &'a str,
    pub(crate) version: i64,
    pub(crate) sealed: &'a str,
    /// Set where `sealed` is new.
    pub(crate) key_id: Option<&'a str>,
    pub(crate) access: &'a str,
    pub(crate) until: UnixMs,
}

/// A row whose content was sealed with another master key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resealed<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) sealed: &'a str,
    pub(crate) access: Option<&'a str>,
    pub(crate) key_id: &'a str,
}

impl Entry {
    pub fn from_row(row: &Row) -> Result<Self, StoreError> {
        let text = |column| row.text(column).map(str::to_owned);
        let maybe = |column| row.maybe_text(column).map(|text| text.map(str::to_owned));
        let time = |column| row.maybe_int(column).map(|at| at.map(UnixMs));
        Ok(Self {
            id: text(0)?,
            provider: text(1)?,
            kind: text(2)?,
            label: text(3)?,
            priority: row.int(4)?,
            sealed: text(5)?,
            version: row.int(6)?,
            created: UnixMs(row.int(7)?),
            disabled: time(8)?,
            access: maybe(9)?,
            access_until: time(10)?,
            refreshing_until: time(11)?,
            parked_until: time(12)?,
            parked_why: maybe(13)?,
            failures: row.int(14)?,
        })
    }

    /// Where its secret stands.
    pub(crate) fn place(&self) -> Place<'_> {
        place(&self.id, &self.provider, &self.kind, "sealed")
    }

    /// Where its access token stands.
    pub(crate) fn access_place(&self) -> Place<'_> {
        place(&self.id, &self.provider, &self.kind, "access")
    }
}

pub(crate) fn place<'a>(id: &'a str, provider: &'a str, kind: &'a str, column: &'static str) -> Place<'a> {
    Place { table: "proxy_agent_keys", column, row: id, provider, kind }
}

/// All of them, in the order in which they are used.
pub fn list() -> Statement {
    let sql = concat!("SELECT ", columns!(), " FROM proxy_agent_keys ORDER BY priority, created_ms, id");
    Statement::new(sql, vec![])
}

/// One, or no row.
pub fn find(id: &str) -> Statement {
    Statement::new(concat!("SELECT ", columns!(), " FROM proxy_agent_keys WHERE id = ?1"), vec![id.into()])
}

/// One batch: a new row.
pub(crate) fn insert(entry: &Entry, key_id: &str) -> Vec<Statement> {
    vec![
        Statement::new(
            "INSERT INTO proxy_agent_keys (id, provider, kind, label, priority, sealed, key_id, created_ms, changed_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
            vec![
                entry.id.as_str().into(),
                entry.provider.as_str().into(),
                entry.kind.as_str().into(),
                entry.label.as_str().into(),
                entry.priority.into(),
                entry.sealed.as_str().into(),
                key_id.into(),
                entry.created.0.into(),
            ],
        ),
        bump(),
    ]
}

/// One batch: changes what is given. The first statement gives the row, if there is one. Enabling also forgets a park.
pub(crate) fn edit(id: &str, edit: &Edit, now: UnixMs) -> Vec<Statement> {
    let sql = concat!(
        "UPDATE proxy_agent_keys SET label = COALESCE(?2, label), priority = COALESCE(?3, priority), changed_ms = ?5,
           disabled_ms = CASE ?4 WHEN 1 THEN COALESCE(disabled_ms, ?5) WHEN 0 THEN NULL ELSE disabled_ms END,
           parked_until_ms = CASE ?4 WHEN 0 THEN NULL ELSE parked_until_ms END,
           parked_why = CASE ?4 WHEN 0 THEN NULL ELSE parked_why END,
           failures = CASE ?4 WHEN 0 THEN 0 ELSE failures END
          WHERE id = ?1 RETURNING ",
        columns!()
    );
    let params = vec![
        id.into(),
        edit.label.as_deref().into(),
        edit.priority.into(),
        edit.disabled.map(i64::from).into(),
        now.0.into(),
    ];
    vec![Statement::new(sql, params), bump()]
}

/// One batch: another secret, if the row is still of that version. The first statement gives a row if it was. What was
/// known of the old one (its access token, its park) goes with it.
pub(crate) fn replace(to: Replacement<'_>, now: UnixMs) -> Vec<Statement> {
    vec![
        Statement::new(
            "UPDATE proxy_agent_keys SET sealed = ?3, key_id = ?4, version = version + 1, changed_ms = ?5, access = NULL,
               access_until_ms = NULL, refreshing_until_ms = NULL, parked_until_ms = NULL, parked_why = NULL, failures = 0
              WHERE id = ?1 AND version = ?2 RETURNING id",
            vec![to.id.into(), to.version.into(), to.sealed.into(), to.key_id.into(), now.0.into()],
        ),
        bump(),
    ]
}

/// One batch: one less. The first statement gives a row if it was there.
pub(crate) fn remove(id: &str) -> Vec<Statement> {
    vec![Statement::new("DELETE FROM proxy_agent_keys WHERE id = ?1 RETURNING id", vec![id.into()]), bump()]
}

/// Those that another master key than this seals.
pub(crate) fn sealed_otherwise(key_id: &str) -> Statement {
    let sql = concat!("SELECT ", columns!(), " FROM proxy_agent_keys WHERE key_id <> ?1 ORDER BY id");
    Statement::new(sql, vec![key_id.into()])
}

/// A row (the id) if the content is still the one that was opened. It stays what it is, so the version and the epoch do.
pub(crate) fn reseal(to: &Resealed<'_>) -> Statement {
    Statement::new(
        "UPDATE proxy_agent_keys SET sealed = ?3, key_id = ?4, access = ?5
          WHERE id = ?1 AND sealed = ?2 AND COALESCE(access, '') = ?6 RETURNING id",
        vec![
            to.entry.id.as_str().into(),
            to.entry.sealed.as_str().into(),
            to.sealed.into(),
            to.key_id.into(),
            to.access.into(),
            to.entry.access.as_deref().unwrap_or_default().into(),
        ],
    )
}

/// One row if the caller may now ask for a new access token: nobody else does, or whoever did has not come back.
pub(crate) fn lease(id: &str, now: UnixMs, until: UnixMs) -> Statement {
    Statement::new(
        "UPDATE proxy_agent_keys SET refreshing_until_ms = ?3
          WHERE id = ?1 AND (refreshing_until_ms IS NULL OR refreshing_until_ms <= ?2) RETURNING id",
        vec![id.into(), now.0.into(), until.0.into()],
    )
}

/// Lets the next caller ask.
pub(crate) fn end_lease(id: &str) -> Statement {
    Statement::new("UPDATE proxy_agent_keys SET refreshing_until_ms = NULL WHERE id = ?1", vec![id.into()])
}

/// One batch: what an exchange gave, if the row is still of that version. A new refresh token is a new version.
pub(crate) fn renew(to: &Renewal<'_>, now: UnixMs) -> Vec<Statement> {
    vec![
        Statement::new(
            "UPDATE proxy_agent_keys SET sealed = ?3, key_id = COALESCE(?4, key_id), access = ?5, access_until_ms = ?6,
               changed_ms = ?7, version = version + CASE WHEN ?4 IS NULL THEN 0 ELSE 1 END, refreshing_until_ms = NULL
              WHERE id = ?1 AND version = ?2 RETURNING id",
            vec![
                to.id.into(),
                to.version.into(),
                to.sealed.into(),
                to.key_id.into(),
                to.access.into(),
                to.until.0.into(),
                now.0.into(),
            ],
        ),
        bump(),
    ]
}

/// Notes that a credential is parked, for other processes and for the next start. Routing stays as it is.
pub(crate) fn park(id: &str, version: i64, until: UnixMs, why: &str, failures: u32) -> Statement {
    Statement::new(
        "UPDATE proxy_agent_keys SET parked_until_ms = ?3, parked_why = ?4, failures = ?5 WHERE id = ?1 AND version = ?2",
        vec![id.into(), version.into(), until.0.into(), why.into(), i64::from(failures).into()],
    )
}

/// Takes a park back.
pub(crate) fn unpark(id: &str) -> Statement {
    Statement::new(
        "UPDATE proxy_agent_keys SET parked_until_ms = NULL, parked_why = NULL, failures = 0 WHERE id = ?1",
        vec![id.into()],
    )
}

fn bump() -> Statement {
    Statement::new("UPDATE proxy_agent_meta SET value = value + 1 WHERE name = 'epoch'", vec![])
}

macro_rules! columns {
    () => {
        "id, provider, kind, label, priority, sealed, version, created_ms, disabled_ms, access, access_until_ms, \
         refreshing_until_ms, parked_until_ms, parked_why, failures"
    };
}
use columns;

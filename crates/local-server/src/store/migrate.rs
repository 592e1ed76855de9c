//! Brings the schema up to date from the numbered files that both homes share. Never runs one twice, never half, and
//! never touches a database that a newer version has written.

use crate::start::StartError;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// Every file of `migrations/`, in order.
pub(crate) static MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "0001_init", include_str!("../../../../migrations/0001_init.sql")),
    (2, "0002_responses", include_str!("../../../../migrations/0002_responses.sql")),
    (3, "0003_credentials", include_str!("../../../../migrations/0003_credentials.sql")),
    (4, "0004_audit", include_str!("../../../../migrations/0004_audit.sql")),
    (5, "0005_limits", include_str!("../../../../migrations/0005_limits.sql")),
    (6, "0006_records", include_str!("../../../../migrations/0006_records.sql")),
    (7, "0007_sessions", include_str!("../../../../migrations/0007_sessions.sql")),
    (8, "0008_tools", include_str!("../../../../migrations/0008_tools.sql")),
    (9, "0009_captures", include_str!("../../../../migrations/0009_captures.sql")),
    (10, "0010_reprice", include_str!("../../../../migrations/0010_reprice.sql")),
];

pub(crate) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StartError> {
    let known = MIGRATIONS.last().map_or(0, |(number, ..)| *number);
    let found = apply(connection)
        .map_err(|cause| StartError::Store { path: path.to_owned(), cause: cause.to_string() })?;
    if found > known {
        return Err(StartError::StoreTooNew { path: path.to_owned(), found, known });
    }
    Ok(())
}

/// Whether a file is a store, and not of a newer version.
pub(crate) fn check(connection: &Connection, path: &Path) -> Result<(), StartError> {
    let known = MIGRATIONS.last().map_or(0, |(number, ..)| *number);
    match newest(connection) {
        Ok(found) if found > known => Err(StartError::StoreTooNew { path: path.to_owned(), found, known }),
        Ok(found) if found > 0 => Ok(()),
        _ => {
            Err(StartError::Store { path: path.to_owned(), cause: "it is no store of proxyagent".to_owned() })
        }
    }
}

/// Applies what is missing; the answer is the schema's number as it was found.
fn apply(connection: &mut Connection) -> rusqlite::Result<i64> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS proxy_agent_migrations \
         (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_ms INTEGER NOT NULL) STRICT",
    )?;
    let found = newest(connection)?;
    for (number, name, sql) in MIGRATIONS {
        if is_applied(connection, *number)? {
            continue;
        }
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another process may have been quicker; with the lock in hand this look is final.
        if !is_applied(&transaction, *number)? {
            transaction.execute_batch(sql)?;
            transaction.execute(
                "INSERT INTO proxy_agent_migrations (number, name, applied_ms) \
                 VALUES (?1, ?2, CAST(unixepoch('subsec') * 1000 AS INTEGER))",
                (number, name),
            )?;
            transaction.commit()?;
        }
    }
    Ok(found)
}

fn is_applied(connection: &Connection, number: i64) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) FROM proxy_agent_migrations WHERE number = ?1";
    connection.query_row(sql, [number], |row| row.get::<_, i64>(0)).map(|count| count > 0)
}

fn newest(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT coalesce(max(number), 0) FROM proxy_agent_migrations", [], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_listed_in_order() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".sql"))
            .collect();
        files.sort();
        let listed: Vec<String> = MIGRATIONS.iter().map(|(_, name, _)| format!("{name}.sql")).collect();
        assert_eq!(files, listed);
        let numbers: Vec<i64> = MIGRATIONS.iter().map(|(number, ..)| *number).collect();
        assert!(numbers.iter().copied().eq(1..=numbers.len() as i64), "{numbers:?}");
        assert!(MIGRATIONS.iter().all(|(number, name, _)| name.starts_with(&format!("{number:04}_"))));
    }

    #[test]
    fn a_second_run_changes_nothing_and_a_newer_store_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, Path::new("x.db")).unwrap();
        migrate(&mut connection, Path::new("x.db")).unwrap();
        connection.execute("INSERT INTO proxy_agent_migrations VALUES (999, 'later', 0)", []).unwrap();
        let error = migrate(&mut connection, Path::new("x.db")).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the store x.db is at schema 999, this version knows {}: use a newer proxyagent",
                MIGRATIONS.last().unwrap().0
            )
        );
    }
}

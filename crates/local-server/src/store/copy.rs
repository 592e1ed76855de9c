//! Copies of the store: made while it is in use, and put back when it is not.

use super::migrate;
use crate::home_dir;
use crate::start::StartError;
use rusqlite::{Connection, OpenFlags};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Writes a consistent copy of the store of `home` to a new file (0600); the answer is its size in bytes.
///
/// # Errors
/// No store, a file that is there already, a disk that is full.
pub fn backup(home: &Path, to: &Path) -> Result<u64, StartError> {
    let from = home_dir::database_path(home);
    let failed = |cause: String| StartError::Store { path: to.to_owned(), cause };
    let reading = Connection::open_with_flags(&from, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(|cause| StartError::Store { path: from.clone(), cause: cause.to_string() })?;
    // Empty, so that SQLite fills it, and private before there is anything in it.
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .map_err(|cause| failed(cause.to_string()))?;
    let copied = to
        .to_str()
        .ok_or_else(|| "its name is not UTF-8 text".to_owned())
        .and_then(|name| reading.execute("VACUUM INTO ?1", [name]).map_err(|cause| cause.to_string()))
        .and_then(|_| std::fs::metadata(to).map_err(|cause| cause.to_string()));
    match copied {
        Ok(data) => Ok(data.len()),
        Err(cause) => {
            let _ = std::fs::remove_file(to);
            Err(failed(cause))
        }
    }
}

/// Puts a copy in the place of the store of `home`. The answer is where the store that was there is kept.
///
/// # Errors
/// A file that is no whole store of this version or an older one; a store that is in use.
pub fn restore(home: &Path, from: &Path) -> Result<Option<PathBuf>, StartError> {
    check(from)?;
    home_dir::prepare(home)?;
    let path = home_dir::database_path(home);
    let failed = |cause: String| StartError::Store { path: path.clone(), cause };
    let draft = path.with_extension("restoring");
    let _ = std::fs::remove_file(&draft);
    backup_file(from, &draft)?;
    let mut kept = None;
    if path.exists() {
        close(&path).map_err(|_| failed("it is in use; stop the server first".to_owned()))?;
        let before = free_name(&path);
        std::fs::rename(&path, &before).map_err(|cause| failed(cause.to_string()))?;
        kept = Some(before);
    }
    std::fs::rename(&draft, &path).map_err(|cause| failed(cause.to_string()))?;
    Ok(kept)
}

/// Whether a file is a whole store that this version can read.
fn check(file: &Path) -> Result<(), StartError> {
    let failed = |cause: String| StartError::Store { path: file.to_owned(), cause };
    let reading = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(|cause| failed(cause.to_string()))?;
    let said: String = reading
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(|cause| failed(cause.to_string()))?;
    if said != "ok" {
        return Err(failed(format!("it is damaged: {said}")));
    }
    migrate::check(&reading, file)
}

fn backup_file(from: &Path, to: &Path) -> Result<(), StartError> {
    let failed = |cause: std::io::Error| StartError::Store { path: to.to_owned(), cause: cause.to_string() };
    let mut reading = std::fs::File::open(from).map_err(failed)?;
    let mut writing = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(failed)?;
    std::io::copy(&mut reading, &mut writing).map_err(failed)?;
    writing.sync_all().map_err(failed)
}

/// Brings everything into the one file. SQLite refuses while another has it open.
fn close(path: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(crate::store::sqlite::LOCK_WAIT)?;
    let mode: String = connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))?;
    match mode.as_str() {
        "delete" => Ok(()),
        _ => Err(rusqlite::Error::InvalidQuery),
    }
}

fn free_name(path: &Path) -> PathBuf {
    let name = |n: u32| path.with_extension(format!("before-restore-{n}.db"));
    (1..).map(name).find(|candidate| !candidate.exists()).unwrap_or_else(|| name(0))
}

#[cfg(test)]
mod tests {
    use super::super::connection;
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn home_with(match_: &str) -> (tempfile::TempDir, PathBuf) {
        let home = tempfile::tempdir().unwrap();
        let path = home_dir::database(home.path()).unwrap();
        let mut connection = connection::open(&path).unwrap();
        migrate::migrate(&mut connection, &path).unwrap();
        let sql = "INSERT INTO proxy_agent_aliases VALUES (?1, 'mock', 0, 0)";
        connection.execute(sql, [match_]).unwrap();
        (home, path)
    }

    fn aliases(path: &Path) -> Vec<String> {
        let connection = Connection::open(path).unwrap();
        let mut all = connection.prepare("SELECT match FROM proxy_agent_aliases").unwrap();
        let rows = all.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn a_copy_is_made_in_use_and_put_back_out_of_use() {
        let (home, path) = home_with("a");
        let (elsewhere, other) = home_with("b");
        let copy = home.path().join("copy.db");
        let in_use = connection::open(&path).unwrap();
        in_use.execute("UPDATE proxy_agent_meta SET value = 7 WHERE name = 'epoch'", []).unwrap();
        assert!(backup(home.path(), &copy).unwrap() > 0);
        assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(backup(home.path(), &copy).is_err(), "it is there already");
        assert!(restore(home.path(), &copy).is_err(), "the store is in use");
        assert_eq!(aliases(&path), ["a"]);
        let kept = restore(elsewhere.path(), &copy).unwrap().unwrap();
        assert_eq!((aliases(&other), aliases(&kept)), (vec!["a".to_owned()], vec!["b".to_owned()]));
        drop(in_use);
        assert!(restore(home.path(), &copy).is_ok());
    }

    #[test]
    fn what_is_no_store_is_refused() {
        let (home, path) = home_with("a");
        let file = home.path().join("x");
        assert!(restore(home.path(), &file).is_err());
        std::fs::write(&file, "not a database, but long enough to look like one at first sight").unwrap();
        assert!(restore(home.path(), &file).is_err());
        let other = home.path().join("other.db");
        Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
        assert!(restore(home.path(), &other).is_err());
        assert_eq!(aliases(&path), ["a"]);
    }
}

//! The home directory and its files: made private, and made private again when they are found open.

use crate::start::StartError;
use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

const DATABASE: &str = "proxyagent.db";

/// Makes the directory (0700) if it is absent, and takes write access from others if it is not. Read access of an
/// existing directory is left alone: every secret in it lies in a file of mode 0600.
pub(crate) fn prepare(home: &Path) -> Result<(), StartError> {
    let failed = |cause: std::io::Error| StartError::Home { path: home.to_owned(), cause: cause.to_string() };
    DirBuilder::new().recursive(true).mode(0o700).create(home).map_err(failed)?;
    let mode = std::fs::metadata(home).map_err(failed)?.permissions().mode();
    // In a sticky directory (such as /tmp) others cannot replace our files.
    if mode & 0o022 != 0 && mode & 0o1000 == 0 {
        restrict(home, 0o700)?;
    }
    Ok(())
}

/// Where the database is, or would be.
pub(crate) fn database_path(home: &Path) -> PathBuf {
    home.join(DATABASE)
}

/// The database's path; the file exists (0600) afterwards, so that SQLite gives its companions the same mode.
pub(crate) fn database(home: &Path) -> Result<PathBuf, StartError> {
    prepare(home)?;
    let path = home.join(DATABASE);
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(_) => {}
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists => tighten(&path)?,
        Err(cause) => return Err(StartError::Home { path, cause: cause.to_string() }),
    }
    for companion in ["proxyagent.db-wal", "proxyagent.db-shm"] {
        let path = home.join(companion);
        if path.exists() {
            tighten(&path)?;
        }
    }
    Ok(path)
}

/// Takes every right of group and others away from a file, if they have any.
pub(crate) fn tighten(path: &Path) -> Result<(), StartError> {
    let failed = |cause: std::io::Error| StartError::Home { path: path.to_owned(), cause: cause.to_string() };
    let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & 0o077 == 0 { Ok(()) } else { restrict(path, 0o600) }
}

/// Writes a new file (0600) that appears whole or not at all.
///
/// # Errors
/// `AlreadyExists` when the file is there.
pub(crate) fn create_private(path: &Path, text: &str) -> std::io::Result<()> {
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let written =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).and_then(|mut file| {
            writeln!(file, "{text}")?;
            file.sync_all()
        });
    // Unlike a rename, a link never replaces what is there.
    let linked = written.and_then(|()| std::fs::hard_link(&draft, path));
    let _ = std::fs::remove_file(&draft);
    linked
}

/// Writes a file (0600) in the place of one that may be there; whoever reads it sees the old text or the new one.
pub(crate) fn replace_private(path: &Path, text: &str) -> std::io::Result<()> {
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let written =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft).and_then(|mut file| {
            writeln!(file, "{text}")?;
            file.sync_all()
        });
    let renamed = written.and_then(|()| std::fs::rename(&draft, path));
    if renamed.is_err() {
        let _ = std::fs::remove_file(&draft);
    }
    renamed
}

fn restrict(path: &Path, mode: u32) -> Result<(), StartError> {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).map_err(|cause| StartError::Home {
        path: path.to_owned(),
        cause: format!("others can read or change it, and that cannot be taken back: {cause}"),
    })?;
    crate::journal::warn(&format!(
        "{} was open to others; it is private now (mode {mode:o})",
        path.display()
    ));
    Ok(())
}

//! Finds a program as a shell would, but says why there is none.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Why a program cannot be run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    Missing,
    NotExecutable(PathBuf),
}

/// The absolute path of `program`: looked for in the directories of `path` unless it names a place itself.
///
/// # Errors
/// Nothing of that name, or nothing that may be executed.
pub(crate) fn find(program: &OsStr, path: Option<&str>) -> Result<PathBuf, Absent> {
    if program.as_encoded_bytes().contains(&b'/') {
        let place = std::path::absolute(program).map_err(|_| Absent::Missing)?;
        return match place.is_file() {
            true if executable(&place) => Ok(place),
            true => Err(Absent::NotExecutable(place)),
            false => Err(Absent::Missing),
        };
    }
    let mut found = Absent::Missing;
    for directory in std::env::split_paths(path.unwrap_or(USUAL)) {
        let Ok(place) = std::path::absolute(directory.join(program)) else { continue };
        if !place.is_file() {
            continue;
        }
        if executable(&place) {
            return Ok(place);
        }
        found = Absent::NotExecutable(place);
    }
    Err(found)
}

/// Whether anyone may execute it; whether we may is for the system to say.
fn executable(place: &Path) -> bool {
    std::fs::metadata(place).is_ok_and(|data| data.permissions().mode() & 0o111 != 0)
}

/// Where programs are when PATH is not set.
const USUAL: &str = "/usr/local/bin:/usr/bin:/bin";

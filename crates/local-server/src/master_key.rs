//! The master key that seals stored credentials: from the environment, or a file only its owner can read, made on first
//! use. A passphrase becomes a key through Argon2id, never directly.

use crate::home_dir;
use crate::start::StartError;
use argon2::{Algorithm, Argon2, Params, Version};
use proxyagent_core::vault::Vault;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

pub(crate) const VARIABLE: &str = "PROXYAGENT_SECRET_KEY";
const FILE: &str = "master-key";
const SALT_FILE: &str = "passphrase-salt";

/// Refuses what can be neither a key nor a passphrase. Writes nothing.
///
/// # Errors
/// One sentence.
pub(crate) fn check(vars: &BTreeMap<String, String>) -> Result<(), StartError> {
    match given(vars) {
        Some(text) if Vault::parse(text).is_err() && text.chars().count() < SHORTEST => {
            Err(StartError::BadSettings(vec![format!(
                "{VARIABLE}: is neither 32 bytes in hexadecimal or base64 nor a passphrase of at least {SHORTEST} characters"
            )]))
        }
        _ => Ok(()),
    }
}

/// The variables, with a passphrase taken out: they can be checked before a file is written.
pub fn without_passphrase(vars: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut vars = vars.clone();
    if given(&vars).is_some_and(|text| Vault::parse(text).is_err()) {
        vars.remove(VARIABLE);
    }
    vars
}

/// The keys of `home` as core reads them: `PROXYAGENT_SECRET_KEY` if it is set and not empty, else the file
/// `master-key`, which is created from 32 random bytes when absent.
///
/// # Errors
/// A home or file that cannot be read, written or kept private.
pub(crate) fn master_key(home: &Path, vars: &BTreeMap<String, String>) -> Result<String, StartError> {
    check(vars)?;
    match given(vars) {
        Some(text) if Vault::parse(text).is_ok() => Ok(text.to_owned()),
        Some(passphrase) => stretched(home, passphrase),
        None => kept(home, FILE).and_then(|text| {
            let cause = "holds no master key; restore it from where it was saved: without it, stored credentials cannot be opened";
            let broken = || StartError::Home { path: home.join(FILE), cause: cause.to_owned() };
            Vault::parse(&text).map(|_| text).map_err(|_| broken())
        }),
    }
}

/// Where the keys are kept, unless a variable holds them.
pub(crate) fn file_in_use(home: &Path, vars: &BTreeMap<String, String>) -> Option<PathBuf> {
    given(vars).is_none().then(|| home.join(FILE))
}

/// Puts a new key in front of the current one, which from then on only opens. Earlier ones go: what they sealed must
/// have been sealed anew before.
///
/// # Errors
/// [`StartError::BadSettings`] where a variable holds the keys; a file that cannot be read or written.
pub fn add_master_key(home: &Path, vars: &BTreeMap<String, String>) -> Result<(), StartError> {
    let current = keys_of_file(home, vars)?;
    let current = current.first().cloned().unwrap_or_default();
    replace(home, &format!("{}\n{current}", fresh()?))
}

/// Leaves only the current key; the answer is how many went.
///
/// # Errors
/// As [`add_master_key`].
pub fn retire_master_keys(home: &Path, vars: &BTreeMap<String, String>) -> Result<usize, StartError> {
    let keys = keys_of_file(home, vars)?;
    match keys.as_slice() {
        [current, _, ..] => replace(home, current)?,
        _ => return Ok(0),
    }
    Ok(keys.len() - 1)
}

fn keys_of_file(home: &Path, vars: &BTreeMap<String, String>) -> Result<Vec<String>, StartError> {
    if given(vars).is_some() {
        return Err(StartError::BadSettings(vec![format!(
            "{VARIABLE} holds the master key, so it is changed there: put a new one in front of it, with a comma between"
        )]));
    }
    let text = master_key(home, vars)?;
    Ok(text.split([',', ' ', '\n', '\r', '\t']).filter(|key| !key.is_empty()).map(str::to_owned).collect())
}

fn replace(home: &Path, text: &str) -> Result<(), StartError> {
    let path = home.join(FILE);
    home_dir::replace_private(&path, text)
        .map_err(|cause| StartError::Home { path, cause: cause.to_string() })
}

fn given(vars: &BTreeMap<String, String>) -> Option<&str> {
    vars.get(VARIABLE).map(|text| text.trim()).filter(|text| !text.is_empty())
}

fn stretched(home: &Path, passphrase: &str) -> Result<String, StartError> {
    let failed = |cause: String| StartError::Home { path: home.join(SALT_FILE), cause };
    let salt = kept(home, SALT_FILE)?;
    let params = Params::new(MEMORY, PASSES, LANES, Some(32)).map_err(|cause| failed(cause.to_string()))?;
    let mut key = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt.as_bytes(), &mut key)
        .map_err(|cause| failed(cause.to_string()))?;
    Ok(hexadecimal(&key))
}

/// The text of a private file of random digits, made when absent.
fn kept(home: &Path, name: &str) -> Result<String, StartError> {
    home_dir::prepare(home)?;
    let path = home.join(name);
    let failed = |cause: std::io::Error| StartError::Home { path: path.clone(), cause: cause.to_string() };
    let read = || -> Result<String, StartError> {
        let text = std::fs::read_to_string(&path).map_err(failed)?;
        home_dir::tighten(&path)?;
        Ok(text.trim().to_owned())
    };
    if path.exists() {
        return read();
    }
    let text = fresh()?;
    match home_dir::create_private(&path, &text) {
        Ok(()) => Ok(text),
        // Another process was quicker; its file counts.
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists => read(),
        Err(cause) => Err(failed(cause)),
    }
}

fn fresh() -> Result<String, StartError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| StartError::Entropy)?;
    Ok(hexadecimal(&bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Characters of a passphrase.
const SHORTEST: usize = 16;
/// Argon2id as RFC 9106 recommends it where memory is scarce: 64 MiB, three passes, four lanes.
const MEMORY: u32 = 64 << 10;
const PASSES: u32 = 3;
const LANES: u32 = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(text: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(VARIABLE.to_owned(), text.to_owned())])
    }

    #[test]
    fn the_file_is_made_once_and_private() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let first = master_key(home.path(), &BTreeMap::new()).unwrap();
        assert_eq!(master_key(home.path(), &vars(" ")).unwrap(), first);
        let mode = std::fs::metadata(home.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!((mode & 0o777, first.len()), (0o600, 64));
        std::fs::write(home.path().join(FILE), "nonsense").unwrap();
        assert!(master_key(home.path(), &BTreeMap::new()).is_err());
    }

    #[test]
    fn a_new_key_goes_in_front_and_the_old_one_can_be_retired() {
        let (home, none) = (tempfile::tempdir().unwrap(), BTreeMap::new());
        let read = || master_key(home.path(), &none).unwrap();
        let first = read();
        add_master_key(home.path(), &none).unwrap();
        let (second, old) = read().split_once('\n').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        assert!(old == first && second != first);
        add_master_key(home.path(), &none).unwrap();
        assert!(read().ends_with(&second) && !read().contains(&first));
        assert_eq!(retire_master_keys(home.path(), &none).unwrap(), 1);
        assert_eq!((retire_master_keys(home.path(), &none).unwrap(), read().len()), (0, 64));
        assert!(add_master_key(home.path(), &vars(&first)).is_err());
    }

    #[test]
    fn a_key_is_taken_as_it_is_and_a_passphrase_is_stretched() {
        let home = tempfile::tempdir().unwrap();
        let key = "00".repeat(32);
        assert_eq!(master_key(home.path(), &vars(&key)).unwrap(), key);
        assert!(!home.path().join(FILE).exists());
        let stretched = master_key(home.path(), &vars("correct horse battery staple")).unwrap();
        assert_eq!(master_key(home.path(), &vars("correct horse battery staple")).unwrap(), stretched);
        assert!(Vault::parse(&stretched).is_ok() && stretched.len() == 64);
        let elsewhere = tempfile::tempdir().unwrap();
        assert_ne!(master_key(elsewhere.path(), &vars("correct horse battery staple")).unwrap(), stretched);
        assert!(master_key(home.path(), &vars("too short")).is_err());
    }
}

//! The admin token: from the environment, or a file only its owner can read, made on first use.

use crate::home_dir;
use crate::start::StartError;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

pub(crate) const VARIABLE: &str = "PROXYAGENT_ADMIN_TOKEN";
const FILE: &str = "admin-token";

/// The secret that administers this proxy.
pub struct AdminToken {
    pub text: String,
    /// It was made by this very call: nobody has seen it yet.
    pub new: bool,
}

/// The admin token of `home`: `PROXYAGENT_ADMIN_TOKEN` if set and not empty, else the file `admin-token`, which is
/// created from 32 random bytes when absent.
///
/// # Errors
/// A home or file that cannot be read, written or kept private.
pub fn admin_token(home: &Path, vars: &BTreeMap<String, String>) -> Result<AdminToken, StartError> {
    if let Some(text) = vars.get(VARIABLE).filter(|text| !text.is_empty()) {
        return Ok(AdminToken { text: text.clone(), new: false });
    }
    home_dir::prepare(home)?;
    let path = home.join(FILE);
    let failed = |cause: std::io::Error| StartError::Home { path: path.clone(), cause: cause.to_string() };
    match std::fs::read_to_string(&path) {
        Ok(text) => return found(&path, &text),
        Err(cause) if cause.kind() == ErrorKind::NotFound => {}
        Err(cause) => return Err(failed(cause)),
    }
    let text = fresh()?;
    match home_dir::create_private(&path, &text) {
        Ok(()) => Ok(AdminToken { text, new: true }),
        // Another process was quicker; its token counts.
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists => {
            found(&path, &std::fs::read_to_string(&path).map_err(failed)?)
        }
        Err(cause) => Err(failed(cause)),
    }
}

fn found(path: &Path, text: &str) -> Result<AdminToken, StartError> {
    home_dir::tighten(path)?;
    let text = text.trim();
    if text.len() < SHORTEST {
        let cause =
            format!("holds no token of at least {SHORTEST} characters; delete it to have a new one made");
        return Err(StartError::Home { path: path.to_owned(), cause });
    }
    Ok(AdminToken { text: text.to_owned(), new: false })
}

fn fresh() -> Result<String, StartError> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| StartError::Entropy)?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("admin_{hex}"))
}

/// An emptied or hand-written file must not become a guessable token.
const SHORTEST: usize = 16;

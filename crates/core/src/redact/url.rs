//! The password in `scheme://user:password@host`.

use super::signs::{Runs, Signs};
use std::ops::Range;

/// The password of the URL whose `://` ends at `behind`.
pub(super) fn password(behind: usize, runs: &mut Runs<'_>) -> Option<Range<usize>> {
    let end = runs.end(Signs::AUTHORITY, behind);
    let authority = runs.text.get(behind..end)?;
    // A password may hold an @, a host may not.
    let host = memchr::memrchr(b'@', authority)?;
    let colon = memchr::memchr(b':', authority.get(..host)?)?;
    let password = authority.get(colon + 1..host)?;
    let placeholder = password.is_empty()
        || matches!(password.first(), Some(b'$' | b'{' | b'<' | b'*' | b'['))
        || password.iter().all(|b| *b == b'x' || *b == b'*')
        || PLACEHOLDERS.iter().any(|word| password.eq_ignore_ascii_case(word));
    (!placeholder).then_some(behind + colon + 1..behind + host)
}

pub(super) const LITERAL: &str = "://";
/// What documentation writes.
const PLACEHOLDERS: &[&[u8]] = &[b"password", b"pass", b"pw", b"pwd", b"secret", b"token"];

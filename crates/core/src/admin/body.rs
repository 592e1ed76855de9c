//! What an administrator sends, read strictly: a field that is not understood is refused by name, because whoever sent
//! it believes that it does something.

use crate::problem::Problem;
use bytes::Bytes;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};

/// Reads a body.
///
/// # Errors
/// [`Problem::AdminInvalid`] saying what is wrong and where.
pub(super) fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|why| Problem::AdminInvalid(format!("the body is not valid: {why}")))
}

/// For a field whose absence and whose `null` are different: with `#[serde(default)]`, absence is `None`.
pub(super) fn present<'de, T, D>(field: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(field).map(Some)
}

/// Undoes percent-encoding in a path. A `+` stays a `+`.
///
/// # Errors
/// [`Problem::AdminInvalid`] for what no percent-encoding of text can be.
pub(crate) fn percent_decoded(encoded: &str) -> Result<String, Problem> {
    let invalid = || Problem::AdminInvalid(format!("{encoded:?} is not percent-encoded text"));
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let (high, low) = digit().zip(digit()).ok_or_else(invalid)?;
            decoded.push(u8::try_from(high * 16 + low).map_err(|_| invalid())?);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_decoding_table() {
        for (encoded, want) in [
            ("claude-*", Some("claude-*")),
            ("openai%3Agpt-%2a", Some("openai:gpt-*")),
            ("a%2Fb/c", Some("a/b/c")),
            ("a+b", Some("a+b")),
            ("%c3%a9", Some("é")),
            ("%", None),
            ("%4", None),
            ("%4g", None),
            ("%ff", None),
        ] {
            assert_eq!(percent_decoded(encoded).ok().as_deref(), want, "{encoded}");
        }
    }
}

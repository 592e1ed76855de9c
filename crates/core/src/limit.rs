//! What a call can be too many for, as a refusal says it.

use std::fmt;

/// A limit that was reached, and its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The token's calls per minute.
    Calls(u32),
    /// The token's model tokens per minute.
    Tokens(u32),
    /// The token's open calls.
    AtOnce(u32),
    /// The proxy's calls per minute to a provider.
    Provider(u32, &'static str),
}

impl fmt::Display for Limit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calls(n) => write!(out, "the token's limit of {n} calls per minute"),
            Self::Tokens(n) => write!(out, "the token's limit of {n} model tokens per minute"),
            Self::AtOnce(n) => write!(out, "the token's limit of {n} calls at once"),
            Self::Provider(n, name) => write!(out, "this proxy's limit of {n} calls per minute to {name}"),
        }
    }
}

//! What a token may use.

/// Entries of which one must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope(Vec<String>);

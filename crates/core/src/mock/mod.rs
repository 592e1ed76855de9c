//! The offline model.

use crate::dialect::{Dialect, Operation};
use crate::time::Millis;
use bytes::Bytes;

/// What the mock is asked.
pub struct Ask<'a> {
    pub dialect: Dialect,
    pub operation: Operation,
    pub model: &'a str,
    pub stream: bool,
    /// The whole request body; known to be a JSON object.
    pub body: &'a [u8],
}

/// What it answers: a head and pieces to be sent one after the other.
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    pub pieces: Vec<Piece>,
    /// The connection breaks after the last piece instead of ending.
    pub cut: bool,
}

/// Bytes, and how long to wait before them.
pub struct Piece {
    pub wait: Millis,
    pub bytes: Bytes,
}

pub fn answer(_ask: &Ask<'_>) -> Answer {
    Answer { status: 200, content_type: "application/json", pieces: Vec::new(), cut: false }
}

//! Gemini's finish reasons. PROTOCOLS.md C3, I4; the rows both ways are in [`stop_reason`].

use crate::translate::stop_reason;

/// A `finishReason` as a Messages `stop_reason`. A word nobody knows is an ordinary end.
pub(crate) fn messages(reason: &str) -> &'static str {
    if REFUSALS.contains(&reason) {
        return "refusal";
    }
    stop_reason::STOP_REASONS.iter().find(|row| row.gemini == reason).map_or("end_turn", |row| row.messages)
}

/// A `finishReason` as a Chat `finish_reason`.
pub(crate) fn chat(reason: &str) -> &'static str {
    stop_reason::of_messages(messages(reason)).chat
}

/// Reasons for which an answer was withheld.
const REFUSALS: &[&str] = &[
    "SAFETY",
    "RECITATION",
    "BLOCKLIST",
    "PROHIBITED_CONTENT",
    "SPII",
    "MODEL_ARMOR",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
];

//! Translations between dialects: what a caller says in one, said to an upstream in another, and the answer back.
//! Pure functions and state machines; nothing here sends, meters or decides who may call. Same dialect in and out
//! never comes here: those bytes pass through untouched.
//!
//! One folder per ordered pair ([`PAIRS`] is the table of contents), beside pieces that several pairs share.

mod answer_id;
mod arguments;
mod chat_message;
mod chat_to_gemini;
mod chat_to_messages;
mod chat_to_responses;
mod composed;
mod custom_tool;
mod dropped;
mod effort;
mod event;
mod field;
mod gemini;
mod gemini_to_chat;
mod gemini_to_messages;
mod messages_content;
mod messages_to_chat;
mod messages_to_gemini;
mod messages_to_responses;
mod messages_tools;
mod pair;
mod responses;
mod responses_to_chat;
mod responses_to_messages;
mod stop_reason;
mod tool_name;
mod tool_schema;
mod upstream_error;
mod usage_shape;

pub use composed::Composed;
pub use dropped::{Dropped, Fate, Lost};
pub use pair::{Ask, Memo, Outgoing, Pair, StreamMachine, Takes, Untranslated, UpstreamError};
pub use stop_reason::{STOP_REASONS, StopReason};

use crate::dialect::Dialect;

/// Every ordered pair that is served.
pub static PAIRS: &[&dyn Pair] = &[
    &messages_to_chat::MessagesToChat,
    &chat_to_messages::ChatToMessages,
    &gemini_to_messages::GeminiToMessages,
    &gemini_to_chat::GeminiToChat,
    &messages_to_gemini::MessagesToGemini,
    &chat_to_gemini::ChatToGemini,
    &responses_to_messages::ResponsesToMessages,
    &responses_to_chat::ResponsesToChat,
    &messages_to_responses::MessagesToResponses,
    &chat_to_responses::ChatToResponses,
];

/// An upstream's error, whatever its shape, as the body and status of one in `dialect`.
pub(crate) fn error_in(dialect: Dialect, status: u16, body: &[u8]) -> UpstreamError {
    upstream_error::read(status, body).answer(dialect)
}

/// The translation for a caller that speaks `from` and an upstream that speaks `to`.
pub fn between(from: Dialect, to: Dialect) -> Option<&'static dyn Pair> {
    PAIRS.iter().copied().find(|pair| pair.from() == from && pair.to() == to)
}

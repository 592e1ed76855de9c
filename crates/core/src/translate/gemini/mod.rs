//! What the pairs with Gemini share: reading its requests and answers, and writing them. PROTOCOLS.md C2, C3.

pub(super) mod answer;
pub(super) mod carrier;
pub(super) mod config;
pub(super) mod contents;
pub(super) mod conversation;
pub(super) mod finish;
pub(super) mod functions;
pub(super) mod mime;
pub(super) mod name;
pub(super) mod part;
pub(super) mod reply;
pub(super) mod schema;
pub(super) mod spelling;
pub(super) mod thinking;

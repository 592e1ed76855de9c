//! OpenAI Responses, for every pair that has it on one side: the caller's side reads requests and writes answers, the
//! upstream's side reads answers. Nothing here knows the dialect on the other side.

pub(super) mod carrier;
pub(super) mod input;
mod open_item;
pub(super) mod parts;
pub(super) mod reader;
pub(super) mod request_fields;
pub(super) mod response;
pub(super) mod tool_choice;
pub(super) mod tools;
pub(super) mod writer;

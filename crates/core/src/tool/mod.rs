//! Proxied tools: what an agent may use without holding its credentials. The registry says what there is, `run` runs one
//! call under the token's limits, and every way in (HTTP, MCP, the middle of a conversation) goes through it.
//! A result is data: nothing in it is ever expanded, followed or taken for an instruction of the proxy.

pub mod address;
mod conversation;
mod direct;
mod fetch;
mod http_tool;
mod mcp;
pub(crate) mod registry;
mod run;
mod schema;
mod search;

pub use conversation::StreamedConversation;
pub(crate) use conversation::{Opening, converse, kit, resumed};
pub(crate) use direct::answer as answer_direct;
pub(crate) use mcp::answer as answer_mcp;
pub(crate) use run::PROVIDER;

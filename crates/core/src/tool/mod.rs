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
pub(crate) use conversation::{Opening, converse};
pub(crate) use run::PROVIDER;

use crate::ports::Platform;
use crate::problem::{self, Problem};
use crate::proxy::Proxy;
use crate::route::ToolRoute;
use crate::token::TokenHash;
use bytes::Bytes;
use http::Response;
use http::request::Parts;
use std::sync::Arc;

/// Answers a request that is for the tools themselves.
pub(crate) async fn answer<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    route: &ToolRoute,
    parts: &Parts,
    token: Result<TokenHash, Problem>,
    body: Result<Bytes, Problem>,
    request_id: &str,
) -> Response<Bytes> {
    let answered = match (route, body) {
        (_, Err(problem)) => Err(problem),
        (ToolRoute::Mcp, Ok(body)) => mcp::answer(proxy, &parts.headers, token, &body, request_id).await,
        (ToolRoute::List, Ok(_)) => direct::list(proxy, token).await,
        (ToolRoute::Execute(name), Ok(body)) => direct::execute(proxy, name, token, &body, request_id).await,
    };
    answered.unwrap_or_else(|problem| problem::answer(&problem, None, request_id))
}

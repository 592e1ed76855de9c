//! Tools called by themselves: `GET /v1/tools` and `POST /v1/tools/{name}/execute`, under the same checks as in a
//! conversation.

use super::registry::Tool;
use super::run::{Caller, Ran, offered, run};
use crate::dialect::Dialect;
use crate::memory::{self, Freshness};
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::token::TokenHash;
use bytes::Bytes;
use http::{HeaderValue, Response, header};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Execution {
    /// `input` is what models' own answers call it.
    #[serde(default, alias = "input")]
    arguments: Map<String, Value>,
}

/// # Errors
/// What is wrong with the token.
pub(super) async fn list<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    token: Result<TokenHash, Problem>,
) -> Result<Response<Bytes>, Problem> {
    let tools = usable(proxy, &token?).await?;
    Ok(json_answer(&json!({"tools": tools.iter().map(|tool| listed(tool)).collect::<Vec<_>>()})))
}

/// # Errors
/// What is wrong with the token or the body, and why the call is not admitted. What goes wrong inside the tool is an
/// answer with `is_error`.
pub(super) async fn execute<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    name: &str,
    token: Result<TokenHash, Problem>,
    body: &Bytes,
    request_id: &str,
) -> Result<Response<Bytes>, Problem> {
    let hash = token?;
    let asked: Execution = if body.is_empty() {
        Execution { arguments: Map::new() }
    } else {
        serde_json::from_slice(body)
            .map_err(|why| Problem::BodyInvalid(format!("the body is not valid: {why}")))?
    };
    let caller = Caller { hash: &hash, request_id, dialect: Dialect::Chat };
    let Ran { text, is_error } = run(proxy, &caller, name, &Value::Object(asked.arguments)).await?;
    Ok(json_answer(&json!({"name": name, "content": text, "is_error": is_error})))
}

/// The tools that the bearer of a live token may use. Read from the store each time: a revoked token lists nothing.
///
/// # Errors
/// What is wrong with the token.
pub(super) async fn usable<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    hash: &TokenHash,
) -> Result<Vec<Arc<Tool>>, Problem> {
    let (token, _) = memory::look_up(proxy, hash, Freshness::Fresh).await?;
    let live = token.ok_or(Problem::TokenUnknown)?.live(proxy.platform.now())?;
    Ok(offered(proxy, live.token()))
}

pub(super) fn json_answer(body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("x-proxyagent-origin", HeaderValue::from_static("proxy"));
    response
}

fn listed(tool: &Tool) -> Value {
    json!({
        "name": tool.name,
        "description": tool.description,
        "input_schema": tool.input_schema,
        "price_usd": tool.price.dollars(),
    })
}

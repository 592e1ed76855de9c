//! The same tools as a Model Context Protocol server: streamable HTTP without sessions and without streams of its own,
//! each request answered with one JSON body (modelcontextprotocol.io/specification, "Transports" and "Tools").

use super::direct::{json_answer, usable};
use super::run::{Caller, Ran, run};
use crate::dialect::Dialect;
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::token::TokenHash;
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, Uri, header};
use serde_json::{Value, json};
use std::sync::Arc;

/// Answers one POST.
///
/// # Errors
/// What is wrong with the token, or with the request as HTTP. Everything else is a JSON-RPC error.
pub(super) async fn answer<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    headers: &HeaderMap,
    token: Result<TokenHash, Problem>,
    body: &Bytes,
    request_id: &str,
) -> Result<Response<Bytes>, Problem> {
    check_origin(headers)?;
    let hash = token?;
    let version = headers.get("mcp-protocol-version").and_then(|value| value.to_str().ok());
    if version.is_some_and(|version| !VERSIONS.contains(&version)) {
        return Err(Problem::BodyInvalid(format!(
            "mcp-protocol-version must be one of {}",
            VERSIONS.join(", ")
        )));
    }
    // Also a message that asks nothing of a tool is only for who may be here.
    let server = Server { proxy, hash: &hash, request_id };
    usable(proxy, &hash).await?;
    let Ok(message) = serde_json::from_slice::<Value>(body) else {
        return Ok(bad(&error(&Value::Null, PARSE_ERROR, "the body is not JSON")));
    };
    let answered = match &message {
        // The revision of 2025-03-26 has batches.
        Value::Array(messages) if !messages.is_empty() && messages.len() <= MOST_AT_ONCE => {
            let mut answers = Vec::new();
            for message in messages {
                answers.extend(server.take(message).await?);
            }
            (!answers.is_empty()).then(|| Value::Array(answers))
        }
        message => server.take(message).await?,
    };
    Ok(match answered {
        Some(answer) if answer.pointer("/error/code") == Some(&INVALID_REQUEST.into()) => bad(&answer),
        Some(answer) => json_answer(&answer),
        None => {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::ACCEPTED;
            response
        }
    })
}

struct Server<'a, P> {
    proxy: &'a Arc<Proxy<P>>,
    hash: &'a TokenHash,
    request_id: &'a str,
}

impl<P: Platform> Server<'_, P> {
    /// The answer to one message; `None` where none is due.
    async fn take(&self, message: &Value) -> Result<Option<Value>, Problem> {
        let method = message.get("method").and_then(Value::as_str);
        if message.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Ok(Some(error(&Value::Null, INVALID_REQUEST, "not a JSON-RPC 2.0 message")));
        }
        let id = match (message.get("id"), method) {
            (Some(id), Some(_)) if id.is_string() || id.is_i64() || id.is_u64() => id,
            (None, Some(_)) => return Ok(None),
            // An answer of the client's: nothing was asked, so nothing is done.
            (Some(_), None) if message.get("result").is_some() || message.get("error").is_some() => {
                return Ok(None);
            }
            _ => return Ok(Some(error(&Value::Null, INVALID_REQUEST, "not a request"))),
        };
        let none = Value::Null;
        let params = message.get("params").unwrap_or(&none);
        let result = match method.unwrap_or_default() {
            "initialize" => Ok(initialized(params)),
            "ping" => Ok(json!({})),
            "tools/list" => self.list().await,
            "tools/call" => self.call(params).await,
            other => Ok(error(id, METHOD_NOT_FOUND, &format!("there is no method {other:?} here"))),
        };
        match result {
            Ok(answer) if answer.get("jsonrpc").is_some() => Ok(Some(answer)),
            Ok(result) => Ok(Some(json!({"jsonrpc": "2.0", "id": id, "result": result}))),
            Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => Err(problem),
            Err(problem @ Problem::NotFound(_)) => {
                Ok(Some(error(id, INVALID_PARAMS, &format!("proxyagent: {problem}"))))
            }
            // Budgets and rates: the model is told, as it would be of any tool that fails.
            Err(problem) => {
                let result = called(&format!("proxyagent: {problem}"), true);
                Ok(Some(json!({"jsonrpc": "2.0", "id": id, "result": result})))
            }
        }
    }

    async fn list(&self) -> Result<Value, Problem> {
        let tools = usable(self.proxy, self.hash).await?;
        let listed = tools.iter().map(|tool| {
            json!({"name": tool.name, "description": tool.description, "inputSchema": tool.input_schema})
        });
        Ok(json!({"tools": listed.collect::<Vec<_>>()}))
    }

    async fn call(&self, params: &Value) -> Result<Value, Problem> {
        let name = params.get("name").and_then(Value::as_str).unwrap_or_default();
        let arguments = params.get("arguments").cloned().unwrap_or_else(|| json!({}));
        let caller = Caller { hash: self.hash, request_id: self.request_id, dialect: Dialect::Chat };
        let Ran { text, is_error } = run(self.proxy, &caller, name, &arguments).await?;
        Ok(called(&text, is_error))
    }
}

fn initialized(params: &Value) -> Value {
    let asked = params.get("protocolVersion").and_then(Value::as_str);
    let version = VERSIONS.iter().find(|known| Some(**known) == asked).or(VERSIONS.first());
    json!({
        "protocolVersion": version,
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "proxyagent", "title": "proxyagent tools", "version": env!("CARGO_PKG_VERSION")},
    })
}

fn called(text: &str, is_error: bool) -> Value {
    json!({"content": [{"type": "text", "text": text}], "isError": is_error})
}

fn error(id: &Value, code: i64, message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})
}

fn bad(body: &Value) -> Response<Bytes> {
    let mut response = json_answer(body);
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

/// A page of a foreign site that made its own name lead here (DNS rebinding) is refused. Only pages that this machine
/// itself serves may ask.
fn check_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let uri = origin.to_str().ok().and_then(|text| text.parse::<Uri>().ok());
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    if LOCAL_PAGES.contains(&host) {
        Ok(())
    } else {
        Err(Problem::NotServed("web pages of other sites may not use this server (Origin)"))
    }
}

/// Revisions of the protocol, the newest first. What is served here is the same in all of them.
const VERSIONS: &[&str] = &["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
const LOCAL_PAGES: &[&str] = &["localhost", "127.0.0.1", "[::1]"];
const MOST_AT_ONCE: usize = 20;

const PARSE_ERROR: i64 = -32700;
const INVALID_REQUEST: i64 = -32600;
const METHOD_NOT_FOUND: i64 = -32601;
const INVALID_PARAMS: i64 = -32602;

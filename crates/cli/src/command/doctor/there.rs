//! The proxy that this machine uses: reachable, ready, on time, and willing to take the token.

use super::Selection;
use super::check::Check;
use crate::console::{Remote, base};
use crate::failure::CliError;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use proxyagent_core::dialect::Dialect;
use proxyagent_core::time::UnixMs;
use serde_json::{Value, json};

pub(super) async fn look(
    url: &str,
    token: Result<Option<String>, CliError>,
    selection: &Selection,
    now: UnixMs,
) -> Vec<Check> {
    let remote = match base(url).and_then(|base| Remote::new(base, None)) {
        Ok(remote) => remote,
        Err(error) => return vec![Check::failed("proxy", &error)],
    };
    let health = match get(&remote, "/healthz").await {
        Ok(answer) => answer,
        Err(error) => return vec![Check::failed("proxy", &error)],
    };
    let alive = serde_json::from_slice::<Value>(health.body()).ok();
    if health.status() != StatusCode::OK || alive.is_none_or(|body| body.get("ok") != Some(&json!(true))) {
        let message = format!("{} does not answer as a proxyagent does ({})", remote.name(), health.status());
        return vec![Check::fail("proxy", message, "check the URL")];
    }
    let mut checks = vec![match get(&remote, "/readyz").await {
        Ok(answer) if answer.status() == StatusCode::OK => {
            Check::ok("proxy", format!("{} is up and ready", remote.name()))
        }
        Ok(answer) => {
            let message = format!("{} is up but not ready ({})", remote.name(), answer.status());
            Check::fail("proxy", message, "ask its operator whether its store is well")
        }
        Err(error) => Check::failed("proxy", &error),
    }];
    if remote.in_the_clear() {
        let help = "put TLS in front of it and use https://";
        checks.push(Check::warn("encryption", "tokens and prompts cross the network in the clear", help));
    }
    checks.extend(clock(&health, now));
    match token {
        Ok(Some(token)) => {
            for dialect in dialects(selection) {
                checks.push(call(&remote, &token, dialect, selection.named).await);
            }
        }
        Ok(None) => {
            let help = "set PROXYAGENT_TOKEN to have it tried; `proxyagent token new` makes one";
            checks.push(Check::warn("token", "no machine token is set", help));
        }
        Err(error) => checks.push(Check::failed("token", &error)),
    }
    checks
}

async fn get(remote: &Remote, path: &str) -> Result<Response<Bytes>, CliError> {
    let request = Request::builder().method(Method::GET).uri(path).body(Bytes::new());
    remote.send(request.map_err(crate::console::unsendable)?).await
}

/// How far the clocks are apart; nothing when the proxy tells no time.
fn clock(answer: &Response<Bytes>, now: UnixMs) -> Option<Check> {
    let date = answer.headers().get(header::DATE)?.to_str().ok()?;
    let there = httpdate::parse_http_date(date).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    let there = i64::try_from(there.as_secs()).ok()?;
    let apart = (now.0 / 1000).abs_diff(there);
    Some(match apart {
        0..=MOST_APART => Check::ok("clock", "agrees with the proxy's"),
        _ => Check::warn(
            "clock",
            format!("{apart} s away from the proxy's"),
            "set this machine's clock, or the proxy's: expiry and signatures depend on it",
        ),
    })
}

/// The dialects of the agents meant, each once.
fn dialects(selection: &Selection) -> Vec<Dialect> {
    let mut dialects: Vec<Dialect> = selection.harnesses.iter().map(|harness| harness.dialect).collect();
    if dialects.is_empty() {
        dialects.push(Dialect::Messages);
    }
    dialects.sort_unstable();
    dialects.dedup();
    dialects
}

/// One call to the mock model, which costs nothing.
async fn call(remote: &Remote, token: &str, dialect: Dialect, named: bool) -> Check {
    let name = format!("token ({})", dialect.name());
    let (path, body) = question(dialect);
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::from(body.to_string()));
    let answer = match request {
        Ok(request) => remote.send(request).await,
        Err(error) => Err(crate::console::unsendable(error)),
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Check::failed(&name, &error),
    };
    let said = said(answer.body()).unwrap_or_else(|| format!("the proxy answered {}", answer.status()));
    let code = answer.headers().get("x-proxyagent-error").and_then(|code| code.to_str().ok());
    match (answer.status().as_u16(), code) {
        (200, _) => Check::ok(&name, "works: the mock model answered"),
        (403, Some("scope_denied")) => {
            Check::ok(&name, "is valid; it may not use the mock model, so no call was made")
        }
        (404, Some("route_unknown")) if !named => {
            Check::warn(&name, "this proxy does not serve this dialect", "a newer proxyagent may")
        }
        (402 | 429, _) => Check::warn(&name, said, "wait, or ask the proxy's operator to raise the limit"),
        (401, _) => Check::fail(&name, said, "ask the proxy's operator for a new token"),
        _ => Check::fail(&name, said, "check the URL, or ask the proxy's operator"),
    }
}

fn question(dialect: Dialect) -> (&'static str, Value) {
    let messages = json!([{"role": "user", "content": "hello"}]);
    match dialect {
        Dialect::Messages => {
            ("/anthropic/v1/messages", json!({"model": MODEL, "max_tokens": 16, "messages": messages}))
        }
        Dialect::Chat => ("/openai/v1/chat/completions", json!({"model": MODEL, "messages": messages})),
        Dialect::Responses => ("/openai/v1/responses", json!({"model": MODEL, "input": "hello"})),
        Dialect::Gemini => (
            "/gemini/v1beta/models/mock:generateContent",
            json!({"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}),
        ),
    }
}

/// The sentence of an error, in any dialect.
fn said(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.pointer("/error/message")?.as_str().map(str::to_owned)
}

const MODEL: &str = "mock";

/// Seconds. Less than this is the time that two machines need to be told it.
const MOST_APART: u64 = 60;

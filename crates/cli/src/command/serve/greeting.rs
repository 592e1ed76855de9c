//! What a server says when it is ready: where it listens, and on a new store how to get in and what to try first.

use crate::console::Console;
use crate::failure::CliError;
use crate::output::{self, Shape};
use http::Method;
use proxyagent_local_server::{AdminToken, Server};
use serde_json::{Value, json};
use std::io::IsTerminal;

/// Greets. Standard output gets one line; the rest is for people and goes to standard error. `admin` is the token that
/// the home made by itself; one that the operator chose is not repeated.
///
/// # Errors
/// Standard output cannot be written to.
pub(crate) async fn greet(server: &Server, admin: Option<AdminToken>, shape: Shape) -> Result<(), CliError> {
    let url = server.url();
    match shape {
        Shape::Json => return output::stdout(&format!("{}\n", json!({"listening": url}))),
        Shape::Quiet => return output::stdout(&format!("{url}\n")),
        Shape::Human => output::stdout(&format!("proxyagent listening on {url}\n"))?,
    }
    if server.admin_url() != url {
        output::say(&format!("administration on {}", server.admin_url()));
    }
    // That the store is empty says "first start" better than that the token was made just now: a start that failed, for
    // a busy port say, may have made it and shown it to nobody.
    let first = first_token(&Console::local(server.proxy())).await.unwrap_or_else(|error| {
        error.lines().iter().for_each(|(_, text)| output::warn(text, shape));
        None
    });
    match admin {
        Some(admin) if first.is_some() || admin.new => {
            output::say(&format!("admin token: {}  (shown again by: proxyagent admin-token)", admin.text));
        }
        Some(_) => output::say("admin token: shown by proxyagent admin-token"),
        None => {}
    }
    // The link is a secret for five minutes: it goes to whoever started the proxy, not into a log file.
    let console = Console::local(server.proxy());
    if first.is_some() || std::io::stderr().is_terminal() {
        match login_link(&console).await {
            Ok(path) => output::say(&format!(
                "dashboard: {url}{path}  (works once, for 5 minutes; another by: proxyagent dashboard)"
            )),
            Err(error) => error.lines().iter().for_each(|(_, text)| output::warn(text, shape)),
        }
    } else {
        output::say(&format!(
            "dashboard: {url}/dashboard  (proxyagent dashboard prints a link that signs in)"
        ));
    }
    if let Some(token) = first {
        output::say(&format!("try it, no provider key needed:\n\n  {}\n", try_line(&url, &token)));
    }
    Ok(())
}

/// On a store without any token: mints one that may only use the mock, for an hour.
async fn first_token(console: &Console) -> Result<Option<String>, CliError> {
    let listing = console.send(Method::GET, "/admin/tokens", None).await?;
    let empty = listing.get("tokens").and_then(Value::as_array).is_some_and(Vec::is_empty);
    if !empty {
        return Ok(None);
    }
    let wish = json!({"label": "first-try", "scope": ["mock"], "rate_limit": 60, "ttl_seconds": 3_600});
    let minted = console.send(Method::POST, "/admin/tokens", Some(&wish)).await?;
    Ok(minted.get("token").and_then(Value::as_str).map(str::to_owned))
}

async fn login_link(console: &Console) -> Result<String, CliError> {
    let link = console.send(Method::POST, "/admin/login-links", None).await?;
    Ok(link.get("path").and_then(Value::as_str).unwrap_or("/dashboard").to_owned())
}

/// One line for any shell. The token is of the proxy's own making, so it needs no quoting.
fn try_line(url: &str, token: &str) -> String {
    let body = json!({"model": "mock", "max_tokens": 64, "messages": [{"role": "user", "content": "hello"}]});
    format!(
        "curl -s {url}/anthropic/v1/messages -H 'x-api-key: {token}' -H 'content-type: application/json' -d '{body}'"
    )
}

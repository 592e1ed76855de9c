//! Which request is which. Paths are matched literally: nothing is decoded, normalised or guessed.

use crate::dialect::{Dialect, Operation};
use crate::problem::Problem;
use crate::provider::{self, Provider};
use http::Method;

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    Call(CallRoute),
    Admin,
    /// Alive, nothing more.
    Health,
    /// Alive, and the store answers.
    Ready,
    /// Claude Code's reachability probe, sent without a token.
    Hello,
}

/// A call to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallRoute {
    pub provider: &'static Provider,
    pub dialect: Dialect,
    pub operation: Operation,
}

/// Why there is no route, and in which dialect to say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoRoute {
    pub problem: Problem,
    pub dialect: Option<Dialect>,
}

/// The route of a request.
///
/// # Errors
/// In the dialect that the path suggests, so that a mistyped provider is still explained to the caller's SDK.
pub fn find(method: &Method, path: &str, upgrade: bool) -> Result<Route, NoRoute> {
    match path {
        "/healthz" => return only(&[Method::GET, Method::HEAD], method, Route::Health),
        "/readyz" => return only(&[Method::GET, Method::HEAD], method, Route::Ready),
        "/admin" => return Ok(Route::Admin),
        _ if path.starts_with("/admin/") => return Ok(Route::Admin),
        _ => {}
    }
    let (name, rest) = split(path);
    let rest = unversioned(rest);
    let operation = CALLS.iter().find(|(tail, ..)| *tail == rest);
    let dialect = operation.map(|(_, dialect, _)| *dialect).or_else(|| dialect_hint(path));
    let refuse = |problem| Err(NoRoute { problem, dialect });
    if method == Method::HEAD
        && matches!(rest, "" | "/" | "/api/hello")
        && (name.is_empty() || provider::find(name).is_some())
    {
        return Ok(Route::Hello);
    }
    let Some(provider) = provider::find(name) else {
        return refuse(match operation {
            Some(_) => Problem::ProviderUnknown(name.chars().take(64).collect()),
            None => Problem::RouteUnknown,
        });
    };
    match operation {
        Some((_, Dialect::Responses, _)) if upgrade => refuse(Problem::NoWebSocket),
        Some((_, dialect, operation)) if method == Method::POST => {
            Ok(Route::Call(CallRoute { provider, dialect: *dialect, operation: *operation }))
        }
        Some(_) => refuse(Problem::MethodWrong),
        None => refuse(Problem::RouteUnknown),
    }
}

/// Everything after the provider and the version.
const CALLS: &[(&str, Dialect, Operation)] = &[
    ("/messages", Dialect::Messages, Operation::Generate),
    ("/messages/count_tokens", Dialect::Messages, Operation::CountTokens),
    ("/chat/completions", Dialect::Chat, Operation::Generate),
    ("/responses", Dialect::Responses, Operation::Generate),
    ("/responses/input_tokens", Dialect::Responses, Operation::CountTokens),
];

fn only(methods: &[Method], method: &Method, route: Route) -> Result<Route, NoRoute> {
    if methods.contains(method) {
        Ok(route)
    } else {
        Err(NoRoute { problem: Problem::MethodWrong, dialect: None })
    }
}

/// `/openai/v1/responses` → (`openai`, `/v1/responses`).
fn split(path: &str) -> (&str, &str) {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.find('/').map_or((path, ""), |at| path.split_at(at))
}

/// Drops up to two `/v1`: base URLs are given with and without, and some clients add their own.
fn unversioned(mut rest: &str) -> &str {
    for _ in 0..2 {
        match rest.strip_prefix("/v1") {
            Some(tail) if tail.is_empty() || tail.starts_with('/') => rest = tail,
            _ => break,
        }
    }
    rest
}

/// For paths that are no route: which shape of error the client is likely to read.
fn dialect_hint(path: &str) -> Option<Dialect> {
    CALLS
        .iter()
        .filter(|(_, _, operation)| *operation == Operation::Generate)
        .find(|(tail, ..)| path.ends_with(tail))
        .map(|(_, dialect, _)| *dialect)
        .or_else(|| {
            let (name, _) = split(path);
            provider::find(name)?.dialects().next()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(method: Method, path: &str) -> String {
        match find(&method, path, false) {
            Ok(Route::Call(c)) => format!("{} {} {:?}", c.provider.name, c.dialect.name(), c.operation),
            Ok(other) => format!("{other:?}"),
            Err(none) => format!("{} {:?}", none.problem.code(), none.dialect.map(Dialect::name)),
        }
    }

    #[test]
    fn table() {
        for (path, want) in [
            ("/anthropic/v1/messages", "anthropic messages Generate"),
            ("/anthropic/messages", "anthropic messages Generate"),
            ("/anthropic/v1/v1/messages", "anthropic messages Generate"),
            ("/anthropic/v1/messages/count_tokens", "anthropic messages CountTokens"),
            ("/openai/v1/chat/completions", "openai chat Generate"),
            ("/openai/chat/completions", "openai chat Generate"),
            ("/openai/v1/responses", "openai responses Generate"),
            ("/mock/v1/responses", "mock responses Generate"),
            ("/admin/tokens", "Admin"),
            ("/anthropic/v1/v1/v1/messages", "route_unknown Some(\"messages\")"),
            ("/anthropic/v1/messages/", "route_unknown Some(\"messages\")"),
            ("/anthropic//v1/messages", "route_unknown Some(\"messages\")"),
            ("/anthropic/../openai/v1/responses", "route_unknown Some(\"responses\")"),
            ("/anthropic/v1/%6dessages", "route_unknown Some(\"messages\")"),
            ("/Anthropic/v1/messages", "provider_unknown Some(\"messages\")"),
            ("/nobody/v1/chat/completions", "provider_unknown Some(\"chat\")"),
            ("/openai/v1/files", "route_unknown Some(\"chat\")"),
            ("/administrator", "route_unknown None"),
            ("/", "route_unknown None"),
            ("", "route_unknown None"),
        ] {
            assert_eq!(say(Method::POST, path), want, "{path}");
        }
        assert_eq!(say(Method::GET, "/healthz"), "Health");
        assert_eq!(say(Method::POST, "/healthz"), "method_wrong None");
        assert_eq!(say(Method::GET, "/openai/v1/responses"), "method_wrong Some(\"responses\")");
        for path in ["/anthropic/api/hello", "/anthropic", "/anthropic/", "/"] {
            assert_eq!(say(Method::HEAD, path), "Hello", "{path}");
        }
    }

    #[test]
    fn a_websocket_is_refused_so_that_the_client_falls_back() {
        let refused = find(&Method::GET, "/openai/v1/responses", true).unwrap_err();
        assert_eq!(refused.problem, Problem::NoWebSocket);
    }
}

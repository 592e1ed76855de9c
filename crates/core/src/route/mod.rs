//! Which request is which. Paths are matched literally: nothing is decoded, normalised or guessed.

mod calls;
mod closed;
mod place;

use crate::dashboard::{self, Page};
use crate::dialect::{Dialect, Operation};
use crate::problem::Problem;
use crate::provider::{Directory, Provider};
use http::Method;
use place::Place;

/// What a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    Call(CallRoute),
    Models(ModelsRoute),
    /// Tools of the proxy, called by themselves.
    Tools(ToolRoute),
    Admin,
    Dashboard(Page),
    /// Alive, nothing more.
    Health,
    /// Alive, and the store answers.
    Ready,
    /// Counters for Prometheus.
    Metrics,
    /// Claude Code's reachability probe, sent without a token.
    Hello,
    /// A client's own telemetry (OTLP): taken and thrown away, so that it does not fill the client's log with errors.
    Telemetry,
}

/// A call to a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRoute {
    pub provider: &'static Provider,
    pub dialect: Dialect,
    pub operation: Operation,
    pub named: Named,
}

/// Where a call says which model it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    InBody,
    /// Gemini: the path names the model, and whether the answer is streamed.
    InPath {
        model: String,
        stream: bool,
    },
}

/// A question for the models that a token may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelsRoute {
    /// `None`: of all providers.
    pub provider: Option<&'static Provider>,
    /// One model, percent-encoded as it came.
    pub id: Option<String>,
    /// The dialect, where the path alone decides it.
    pub dialect: Option<Dialect>,
}

/// A question for the proxy's tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolRoute {
    List,
    /// The tool's name.
    Execute(String),
    /// The Model Context Protocol.
    Mcp,
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
pub fn find(directory: &Directory, method: &Method, path: &str, upgrade: bool) -> Result<Route, NoRoute> {
    match path {
        "/healthz" => return only(&[Method::GET, Method::HEAD], method, Route::Health),
        "/readyz" => return only(&[Method::GET, Method::HEAD], method, Route::Ready),
        "/metrics" => return only(&[Method::GET, Method::HEAD], method, Route::Metrics),
        "/admin" => return Ok(Route::Admin),
        _ if path.starts_with("/admin/") => return Ok(Route::Admin),
        "/v1/tools" => return only(&[Method::GET], method, Route::Tools(ToolRoute::List)),
        "/mcp" => return only(&[Method::POST], method, Route::Tools(ToolRoute::Mcp)),
        // HEAD is a probe of some client there.
        "/" if method == Method::GET => return Ok(Route::Dashboard(Page::Front)),
        _ if path == "/dashboard" || path.starts_with("/dashboard/") => {
            return dashboard::find(path)
                .ok_or(NoRoute { problem: Problem::RouteUnknown, dialect: None })
                .and_then(|page| only(&[Method::GET, Method::HEAD], method, Route::Dashboard(page)));
        }
        _ => {}
    }
    let tool = path.strip_prefix("/v1/tools/").and_then(|rest| rest.strip_suffix("/execute"));
    if let Some(name) = tool.filter(|name| !name.is_empty() && !name.contains('/')) {
        return only(&[Method::POST], method, Route::Tools(ToolRoute::Execute(name.to_owned())));
    }
    let place = Place::of(directory, path);
    if method == Method::HEAD && place.is_probe() {
        return Ok(Route::Hello);
    }
    if method == Method::POST && place.is_telemetry() {
        return Ok(Route::Telemetry);
    }
    let call = calls::find(place.rest);
    let dialect = call.as_ref().map(|call| call.dialect).or_else(|| place.dialect_hint(path));
    let refuse = |problem| Err(NoRoute { problem, dialect });
    if let Some(problem) = closed::contract(&place) {
        return Err(NoRoute { problem, dialect: Some(Dialect::Messages) });
    }
    let models = place.rest.strip_prefix("/models").filter(|id| id.is_empty() || id.starts_with('/'));
    if let (Some(id), true) = (models, call.is_none() && (place.provider.is_some() || place.is_root())) {
        let id = id.strip_prefix('/').filter(|id| !id.is_empty()).map(str::to_owned);
        let route = ModelsRoute { provider: place.provider, id, dialect: place.models_dialect() };
        let verb = closed::find(place.rest).filter(|_| method == Method::POST);
        return match *method {
            Method::GET => Ok(Route::Models(route)),
            _ => refuse(verb.map_or(Problem::MethodWrong, Problem::NotServed)),
        };
    }
    let Some(provider) = place.provider else {
        return refuse(if call.is_some() || models.is_some() {
            Problem::ProviderUnknown(place.name.chars().take(64).collect())
        } else {
            Problem::RouteUnknown
        });
    };
    match call {
        Some(call) if upgrade && call.dialect == Dialect::Responses => refuse(Problem::NoWebSocket),
        Some(call) if method == Method::POST => Ok(Route::Call(CallRoute {
            provider,
            dialect: call.dialect,
            operation: call.operation,
            named: call.named,
        })),
        Some(_) => refuse(Problem::MethodWrong),
        None => refuse(closed::find(place.rest).map_or(Problem::RouteUnknown, Problem::NotServed)),
    }
}

fn only(methods: &[Method], method: &Method, route: Route) -> Result<Route, NoRoute> {
    if methods.contains(method) {
        Ok(route)
    } else {
        Err(NoRoute { problem: Problem::MethodWrong, dialect: None })
    }
}

#[cfg(test)]
mod tests;

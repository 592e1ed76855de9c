//! The admin API: one function per resource and verb, the same for HTTP and for the command line on a local store.

mod aliases;
mod answer;
mod audit;
mod body;
mod catalog;
mod content;
mod dollars;
mod door;
mod entry;
mod explain;
mod groups;
mod logs;
mod origin;
mod prices;
mod providers;
mod reprice;
mod series;
mod session;
mod throttle;
mod tokens;
mod upkeep;
mod usage;

use self::answer::Answer;
use crate::ports::Platform;
use crate::problem::{self, Problem};
use crate::proxy::Proxy;
use crate::request_id;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use std::sync::Arc;

pub(crate) use body::percent_decoded;
pub(crate) use dollars::Dollars;
pub(crate) use door::{MOST_BODY, answer};
pub use entry::Admin;
pub(crate) use entry::admit;
pub use logs::Feed;
pub use throttle::Throttle;

/// Answers one `/admin/…` request.
pub async fn handle<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    admin: Admin,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let id = given
        .and_then(request_id::accept)
        .map_or_else(|| request_id::fresh(proxy.platform.now(), &proxy.platform), str::to_owned);
    let admin = admin.asking(&id);
    let place = Place::of(request.uri().path());
    finish(dispatch(proxy, &admin, &place, &request).await, &place, &id)
}

fn finish(answered: Result<Answer, Problem>, place: &Place<'_>, id: &str) -> Response<Bytes> {
    let mut response = match answered {
        Ok(answer) => answer.response(),
        Err(problem) => problem::answer(&problem, None, id),
    };
    let wrong_method = response.status() == StatusCode::METHOD_NOT_ALLOWED;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    if wrong_method {
        headers.insert(header::ALLOW, HeaderValue::from_static(place.methods()));
    }
    response
}

/// What a path names.
enum Place<'a> {
    Tokens,
    Token(&'a str),
    Aliases,
    /// The match, percent-encoded.
    Alias(&'a str),
    Prices,
    /// The name, percent-encoded.
    Price(&'a str),
    Groups,
    /// The name, percent-encoded.
    Group(&'a str),
    Logs,
    Log(&'a str),
    Usage,
    Reprice,
    Providers,
    Provider(&'a str),
    /// A credential's id, and what to do with it.
    ProviderDo(&'a str, Doing),
    RotateKeys,
    Catalog,
    Audit,
    AuditVerify,
    /// What a call of that id asked and was answered.
    Content(&'a str),
    Session,
    Sessions,
    OneSession(&'a str),
    LoginLinks,
    Series,
    Explain,
    Nowhere,
}

/// What can be done with a credential.
enum Doing {
    Enable,
    Disable,
    Replace,
    Test,
}

impl Doing {
    fn of(word: &str) -> Option<Self> {
        match word {
            "enable" => Some(Self::Enable),
            "disable" => Some(Self::Disable),
            "replace" => Some(Self::Replace),
            "test" => Some(Self::Test),
            _ => None,
        }
    }
}

impl<'a> Place<'a> {
    fn of(path: &'a str) -> Self {
        let Some(path) = path.strip_prefix("/admin/") else { return Self::Nowhere };
        match path.split_once('/') {
            None => match path {
                "tokens" => Self::Tokens,
                "aliases" => Self::Aliases,
                "prices" => Self::Prices,
                "groups" => Self::Groups,
                "logs" => Self::Logs,
                "usage" => Self::Usage,
                "providers" => Self::Providers,
                "catalog" => Self::Catalog,
                "session" => Self::Session,
                "sessions" => Self::Sessions,
                "login-links" => Self::LoginLinks,
                "series" => Self::Series,
                "explain" => Self::Explain,
                "audit" => Self::Audit,
                _ => Self::Nowhere,
            },
            Some(("logs", id)) if !id.is_empty() && !id.contains('/') => Self::Log(id),
            Some(("tokens", id)) if !id.is_empty() && !id.contains('/') => Self::Token(id),
            Some(("providers", rest)) if !rest.is_empty() => match rest.split_once('/') {
                None => Self::Provider(rest),
                Some((id, deed)) => {
                    Doing::of(deed).map_or(Self::Nowhere, |doing| Self::ProviderDo(id, doing))
                }
            },
            Some(("keys", "rotate")) => Self::RotateKeys,
            Some(("sessions", id)) if !id.is_empty() && !id.contains('/') => Self::OneSession(id),
            Some(("audit", "verify")) => Self::AuditVerify,
            Some(("logs", rest)) if rest.strip_suffix("/content").is_some_and(|id| !id.is_empty()) => {
                Self::Content(rest.strip_suffix("/content").unwrap_or_default())
            }
            // Names of models have slashes.
            Some(("aliases", written)) if !written.is_empty() => Self::Alias(written),
            Some(("usage", "reprice")) => Self::Reprice,
            Some(("prices", name)) if !name.is_empty() => Self::Price(name),
            Some(("groups", name)) if !name.is_empty() => Self::Group(name),
            Some(_) => Self::Nowhere,
        }
    }

    fn methods(&self) -> &'static str {
        match self {
            Self::Tokens => "GET, POST",
            Self::Token(_) | Self::Provider(_) => "PATCH, DELETE",
            Self::ProviderDo(..) | Self::RotateKeys => "POST",
            Self::Providers => "GET, POST",
            Self::Aliases => "GET, PUT, POST",
            Self::Alias(_) => "DELETE",
            Self::Prices => "GET, PUT",
            Self::Reprice => "POST",
            Self::Group(_) | Self::Price(_) => "PUT, DELETE",
            Self::Groups | Self::Logs | Self::Log(_) | Self::Usage | Self::Catalog => "GET",
            Self::Series | Self::Explain | Self::Audit | Self::AuditVerify | Self::Content(_) => "GET",
            Self::Session => "GET, POST, DELETE",
            Self::Sessions => "GET, DELETE",
            Self::OneSession(_) => "DELETE",
            Self::LoginLinks => "POST",
            Self::Nowhere => "",
        }
    }
}

async fn dispatch<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    place: &Place<'_>,
    request: &Request<Bytes>,
) -> Result<Answer, Problem> {
    let body = request.body();
    let query = request.uri().query().unwrap_or_default();
    match (place, request.method()) {
        (Place::Nowhere, _) => Err(Problem::RouteUnknown),
        (Place::Tokens, &Method::GET) => tokens::list(proxy, admin).await,
        (Place::Tokens, &Method::POST) => tokens::create(proxy, admin, body).await,
        (Place::Token(id), &Method::PATCH) => tokens::edit(proxy, admin, id, body).await,
        (Place::Token(id), &Method::DELETE) => tokens::revoke(proxy, admin, id).await,
        (Place::Aliases, &Method::GET) => aliases::list(proxy, admin).await,
        (Place::Aliases, &Method::PUT) => aliases::replace(proxy, admin, body).await,
        (Place::Aliases, &Method::POST) => aliases::put(proxy, admin, body).await,
        (Place::Alias(written), &Method::DELETE) => aliases::remove(proxy, admin, written).await,
        (Place::Prices, &Method::GET) => prices::list(proxy, admin, query).await,
        (Place::Prices, &Method::PUT) => prices::replace(proxy, admin, body).await,
        (Place::Price(name), &Method::PUT) => prices::set(proxy, admin, name, body).await,
        (Place::Price(name), &Method::DELETE) => prices::remove(proxy, admin, name).await,
        (Place::Groups, &Method::GET) => groups::list(proxy, admin).await,
        (Place::Group(name), &Method::PUT) => groups::put(proxy, admin, name, body).await,
        (Place::Group(name), &Method::DELETE) => groups::remove(proxy, admin, name).await,
        (Place::Logs, &Method::GET) => logs::page(proxy, admin, query).await,
        (Place::Reprice, &Method::POST) => reprice::run(proxy, admin, body).await,
        (Place::Log(id), &Method::GET) => logs::show(proxy, admin, id).await,
        (Place::Usage, &Method::GET) => usage::report(proxy, admin, query).await,
        (Place::Providers, &Method::GET) => providers::list(proxy, admin).await,
        (Place::Providers, &Method::POST) => providers::add(proxy, admin, body).await,
        (Place::Provider(id), &Method::PATCH) => providers::edit(proxy, admin, id, body).await,
        (Place::Provider(id), &Method::DELETE) => providers::remove(proxy, admin, id).await,
        (Place::ProviderDo(id, Doing::Disable), &Method::POST) => {
            providers::set_disabled(proxy, admin, id, true).await
        }
        (Place::ProviderDo(id, Doing::Enable), &Method::POST) => {
            providers::set_disabled(proxy, admin, id, false).await
        }
        (Place::ProviderDo(id, Doing::Test), &Method::POST) => upkeep::test(proxy, admin, id, body).await,
        (Place::RotateKeys, &Method::POST) => upkeep::rotate(proxy, admin).await,
        (Place::ProviderDo(id, Doing::Replace), &Method::POST) => {
            providers::replace(proxy, admin, id, body).await
        }
        (Place::Catalog, &Method::GET) => catalog::catalog(proxy, admin),
        (Place::Audit, &Method::GET) => audit::page(proxy, admin, query).await,
        (Place::AuditVerify, &Method::GET) => audit::verify(proxy, admin, query).await,
        (Place::Content(id), &Method::GET) => content::show(proxy, admin, id).await,
        (Place::Session, &Method::GET) => session::current(proxy, admin),
        (Place::Session, &Method::DELETE) => session::close(proxy, admin).await,
        (Place::Sessions, &Method::GET) => session::list(proxy, admin).await,
        (Place::Sessions, &Method::DELETE) => session::end_all(proxy, admin).await,
        (Place::OneSession(id), &Method::DELETE) => session::end(proxy, admin, id).await,
        (Place::Series, &Method::GET) => series::series(proxy, admin, query).await,
        (Place::Explain, &Method::GET) => explain::explain(proxy, admin, query).await,
        (Place::LoginLinks, &Method::POST) => session::link(proxy, admin).await,
        _ => Err(Problem::MethodWrong),
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-proxyagent-request-id");

//! Kinds of credentials: ways to pay a provider. One file each, one row in [`KINDS`]. A kind declares its fields once,
//! for the admin API, the command line and the page; it refuses what can never work; and it makes of a request in the
//! upstream's dialect the one that is sent: URL, body, headers, signature.

mod api_key;
mod azure;
mod bedrock;
mod field;
mod oauth;
mod vertex;

use crate::credential::BaseUrl;
use crate::problem::Problem;
use crate::provider::{Endpoint, Provider};
use crate::secret::Secret;
use crate::time::UnixMs;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};

pub(crate) use api_key::ApiKey;
pub use field::{ENDPOINT, Field, Filled, TOKEN_ENDPOINT};

/// A way to pay.
pub struct Kind {
    /// As stored, and as `--kind` takes it.
    pub name: &'static str,
    pub label: &'static str,
    pub help: &'static str,
    /// What must be known, in the order in which to ask for it.
    pub fields: &'static [Field],
    /// Whether it can pay this provider.
    pub pays: fn(&Provider) -> bool,
    /// What pays. The fields have passed their own checks; an error is one sentence about what can never work, and
    /// holds no secret.
    pub build: Build,
}

/// Makes what pays.
pub type Build = fn(&Site<'_>, &Filled) -> Result<Box<dyn Payer>, String>;

/// Who is paid.
pub struct Site<'a> {
    pub provider: &'static Provider,
    /// Where the provider lives, as the settings have it.
    pub base: &'a BaseUrl,
}

impl Site<'_> {
    /// Where the provider lives, or the credential's own [`ENDPOINT`].
    ///
    /// # Errors
    /// One sentence about an endpoint that no key may be sent to.
    pub fn base(&self, filled: &Filled) -> Result<BaseUrl, String> {
        match filled.text(ENDPOINT.name) {
            None => Ok(self.base.clone()),
            Some(text) => BaseUrl::override_of(text, self.provider),
        }
    }

    /// A kind's own address, or the credential's own [`ENDPOINT`].
    ///
    /// # Errors
    /// As [`Self::base`].
    fn base_or(filled: &Filled, own: impl FnOnce() -> String) -> Result<BaseUrl, String> {
        filled.text(ENDPOINT.name).map_or_else(|| Ok(BaseUrl::fixed(own())), BaseUrl::exact)
    }
}

/// All kinds, in the order they are listed.
pub static KINDS: &[&Kind] =
    &[&api_key::API_KEY, &oauth::OAUTH, &bedrock::BEDROCK, &vertex::VERTEX, &azure::AZURE];

/// The kind of that exact name.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| kind.name == name)
}

/// What pays: a secret, and the only place that it may be sent to. Built once, when the credential is loaded.
pub trait Payer: Send + Sync {
    /// The origin of every request, and the prefix of its path.
    fn base(&self) -> &BaseUrl;

    /// What must never leave, for the search of what does.
    fn secrets(&self) -> Vec<&Secret>;

    /// Whether it can make this call at all; a credential that cannot is not tried.
    fn serves(&self, _endpoint: &Endpoint, _model: &str) -> bool {
        true
    }

    /// Whether it may be used for this caller, by the headers of its request; one that may not is not tried.
    fn admits(&self, _caller: &HeaderMap) -> bool {
        true
    }

    /// Whether it needs a short-lived access token, and how to come by one.
    fn exchange(&self) -> Option<&dyn Exchange> {
        None
    }

    /// The request as it is sent. It must go to [`Self::base`]: any other is not sent. `access` is there where
    /// [`Self::exchange`] is.
    ///
    /// # Errors
    /// What makes this call impossible, in the caller's words; the next credential is not tried.
    fn prepare(&self, draft: Draft<'_>, access: Option<&Secret>) -> Result<Request<Bytes>, Problem>;

    /// What turns the answer into the endpoint's own dialect, where it comes in another form. Asked once per answer,
    /// when its head is there; it may change the head.
    fn inbound(
        &self,
        _model: &str,
        _stream: bool,
        _status: &mut StatusCode,
        _headers: &mut HeaderMap,
    ) -> Option<Box<dyn Inbound>> {
        None
    }
}

/// A request in the upstream's dialect, before the credential has touched it.
pub struct Draft<'a> {
    pub provider: &'static Provider,
    pub endpoint: &'static Endpoint,
    pub model: &'a str,
    pub stream: bool,
    /// The endpoint's path, below the base.
    pub path: &'a str,
    /// The caller's, without keys.
    pub query: Option<String>,
    /// Without credentials, of whatever kind.
    pub headers: HeaderMap,
    pub body: Bytes,
    pub now: UnixMs,
}

impl Draft<'_> {
    /// A request to `url` with the draft's headers and body.
    fn to(self, url: &str) -> Result<Request<Bytes>, Problem> {
        let mut request = Request::new(self.body);
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = url.parse().map_err(|_| Problem::Internal)?;
        *request.headers_mut() = self.headers;
        Ok(request)
    }
}

/// Members of the body that a kind left out, in a request's extensions: the caller is told.
#[derive(Debug, Clone)]
pub(crate) struct LeftOut(pub(crate) Vec<&'static str>);

/// A request to a token endpoint. `body` holds secrets.
fn token_request(url: &BaseUrl, media_type: &'static str, body: String) -> Result<Request<Bytes>, Problem> {
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = url.as_str().parse().map_err(|_| Problem::Internal)?;
    let headers = request.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    Ok(request)
}

/// A token endpoint's answer.
fn granted(status: StatusCode, body: &[u8], now: UnixMs) -> Result<Granted, Denied> {
    match crate::oauth::read(status, body) {
        Ok(grant) => Ok(Granted {
            until: grant.expires(now),
            changed: grant.refresh.iter().map(|token| (REFRESH, token.expose().to_owned())).collect(),
            access: grant.access,
        }),
        Err(crate::oauth::Refused::ForGood) => Err(Denied::ForGood),
        Err(crate::oauth::Refused::ForNow) => Err(Denied::ForNow),
    }
}

/// `Authorization: Bearer`.
fn bearer(request: &mut Request<Bytes>, token: &Secret, draft_of: &'static Provider) -> Result<(), Problem> {
    let value = token.header("Bearer ").ok_or(Problem::CredentialMissing { provider: draft_of.name })?;
    request.headers_mut().insert(header::AUTHORIZATION, value);
    Ok(())
}

/// A model that cannot be called this way.
fn no_model(model: &str, why: &str) -> Problem {
    Problem::BodyInvalid(format!("{model:?} {why}"))
}

/// The field of a refresh token.
const REFRESH: &str = "refresh";

/// Turns the body of an answer, piece by piece. The result must not depend on where the pieces were cut.
pub trait Inbound: Send + Sync {
    /// # Errors
    /// What came is not what was announced: the answer is broken off here.
    fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Garbled>;

    /// The upstream's bytes are over.
    ///
    /// # Errors
    /// They ended too early.
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Garbled>;
}

/// An answer that cannot be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer is not of the form that was announced")]
pub struct Garbled;

/// How a credential comes by short-lived access tokens. Pure: the driver in `access` sends, waits, stores.
pub trait Exchange: Send + Sync {
    /// What the host must sign (RS256) before it can be asked, as `header.payload` of a JWT, and the key as PKCS#8 PEM.
    fn assertion(&self, _now: UnixMs) -> Option<(String, &Secret)> {
        None
    }

    /// The request. `signed` is the JWT, where [`Self::assertion`] asked for one.
    ///
    /// # Errors
    /// As [`Payer::prepare`].
    fn request(&self, now: UnixMs, signed: Option<&str>) -> Result<Request<Bytes>, Problem>;

    /// Reads the answer.
    ///
    /// # Errors
    /// Why there is no token.
    fn read(&self, status: StatusCode, body: &[u8], now: UnixMs) -> Result<Granted, Denied>;
}

/// A new access token.
pub struct Granted {
    pub access: Secret,
    /// Not used after this moment.
    pub until: UnixMs,
    /// Fields that have changed with it, by name: a new refresh token. Stored before the access token is used.
    pub changed: Vec<(&'static str, String)>,
}

/// Why an exchange gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// The credential is used up (`invalid_grant`): asking again is of no use.
    ForGood,
    /// The endpoint failed or said something else; it may be asked again.
    ForNow,
}

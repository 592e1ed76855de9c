//! What pays an upstream, and the only origin it may be sent to.

use crate::kind::{ApiKey, Draft, Filled, Kind, Payer, Site};
use crate::problem::Problem;
use crate::provider::{self, Endpoint, Provider};
use crate::secret::Secret;
use crate::time::UnixMs;
use bytes::Bytes;
use http::{Request, Uri};
use std::collections::BTreeMap;

/// A usable credential. It carries its destination: nothing can send it to another origin.
pub struct Credential {
    /// Stable and not secret: what rows and lists show, e.g. `env:anthropic` or `cred_…`.
    pub id: String,
    pub provider: &'static Provider,
    /// The name of its kind; `none` where an upstream asks for no key.
    pub kind: &'static str,
    /// The operator's word for it.
    pub label: String,
    /// Lower is used first.
    pub priority: i64,
    /// Of a stored one: changes with its secret.
    pub version: i64,
    origin: Origin,
    /// What may be shown of its fields.
    pub(crate) shown: BTreeMap<&'static str, String>,
    pub(crate) access: Option<Access>,
    payer: Box<dyn Payer>,
}

/// Where a credential comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Settings,
    Store,
}

/// A short-lived access token.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) token: Secret,
    pub(crate) until: UnixMs,
}

/// A stored credential's row, less what is sealed in it.
pub(crate) struct Stored<'a> {
    pub(crate) id: &'a str,
    pub(crate) provider: &'static Provider,
    pub(crate) kind: &'static Kind,
    pub(crate) label: &'a str,
    pub(crate) priority: i64,
    pub(crate) version: i64,
}

impl Credential {
    /// The key from a provider's environment variable.
    pub fn from_environment(provider: &'static Provider, secret: Secret, base: BaseUrl) -> Self {
        Self::of_settings("env", provider, "api_key", ApiKey::new(base, Some(secret)))
    }

    /// What reaches an upstream that asks for no key.
    pub(crate) fn open(provider: &'static Provider, base: BaseUrl) -> Self {
        Self::of_settings("open", provider, "none", ApiKey::new(base, None))
    }

    /// # Errors
    /// One sentence about what can never work.
    pub(crate) fn stored(
        row: &Stored<'_>,
        base: &BaseUrl,
        filled: &Filled,
        access: Option<Access>,
    ) -> Result<Self, String> {
        let site = Site { provider: row.provider, base };
        Ok(Self {
            id: row.id.to_owned(),
            provider: row.provider,
            kind: row.kind.name,
            label: row.label.to_owned(),
            priority: row.priority,
            version: row.version,
            origin: Origin::Store,
            shown: filled.public(row.kind.fields),
            access,
            payer: (row.kind.build)(&site, filled)?,
        })
    }

    fn of_settings(source: &str, provider: &'static Provider, kind: &'static str, payer: ApiKey) -> Self {
        Self {
            id: format!("{source}:{}", provider.name),
            provider,
            kind,
            label: provider.key_variable.to_owned(),
            priority: 0,
            version: 0,
            origin: Origin::Settings,
            shown: BTreeMap::new(),
            access: None,
            payer: Box::new(payer),
        }
    }

    /// The secrets that must never leave.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.payer.secrets().into_iter().chain(self.access.as_ref().map(|access| &access.token))
    }

    pub(crate) fn is_stored(&self) -> bool {
        self.origin == Origin::Store
    }

    pub(crate) fn payer(&self) -> &dyn Payer {
        &*self.payer
    }

    /// Whether it can make such a call at all.
    pub(crate) fn serves(&self, endpoint: &Endpoint, model: &str) -> bool {
        self.payer.serves(endpoint, model)
    }

    /// The request as it is sent, with the credential in it.
    ///
    /// # Errors
    /// What makes the call impossible. [`Problem::Internal`] also for a request that would leave the credential's own
    /// origin.
    pub fn prepare(&self, draft: Draft<'_>, access: Option<&Secret>) -> Result<Request<Bytes>, Problem> {
        let request = self.payer.prepare(draft, access)?;
        if self.payer.base().is_origin_of(request.uri()) { Ok(request) } else { Err(Problem::Internal) }
    }
}

/// An upstream's origin and path prefix, without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// A provider's own.
    pub fn of(provider: &Provider) -> Self {
        Self(provider.base_url.to_owned())
    }

    /// An operator's override: a base URL with or without the version, or the full URL of one of the provider's
    /// endpoints. Plain HTTP only to this machine: a key must not cross a network in clear.
    ///
    /// # Errors
    /// One sentence that says what is wrong.
    pub fn parse(text: &str, provider: &Provider) -> Result<Self, String> {
        let (origin, path) = split(text, false)?;
        let (mut path, _) = without_tail(&path, provider.endpoints);
        for prefix in provider.prefixes {
            path = path
                .strip_suffix(prefix)
                .filter(|rest| VERSIONS.iter().any(|v| rest.ends_with(v)))
                .unwrap_or(path);
        }
        path = VERSIONS.iter().find_map(|version| path.strip_suffix(version)).unwrap_or(path);
        Ok(Self(format!("{origin}{path}")))
    }

    /// An override for one credential, of whichever provider.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub(crate) fn override_of(text: &str, provider: &Provider) -> Result<Self, String> {
        if provider::find(provider.name).is_some() {
            return Self::parse(text.trim(), provider);
        }
        let versioned = provider.endpoints.iter().any(|endpoint| endpoint.path.starts_with("/v1/"));
        Self::upstream(text, provider.endpoints, if versioned { "" } else { "/v1" }, false)
    }

    /// An address that is used as it is written, e.g. of a token endpoint.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub(crate) fn exact(text: &str) -> Result<Self, String> {
        let (origin, path) = split(text.trim(), false)?;
        Ok(Self(format!("{origin}{path}")))
    }

    /// A kind's own address, e.g. of a region. Its parts have passed their grammars.
    pub fn fixed(text: String) -> Self {
        Self(text)
    }

    /// Whether a URL leads to this base's scheme, host and port.
    pub(crate) fn is_origin_of(&self, url: &Uri) -> bool {
        let Ok(own) = self.0.parse::<Uri>() else { return false };
        (own.scheme(), own.authority()) == (url.scheme(), url.authority())
    }

    /// The base URL of a configured upstream, as SDKs take it. `version` is added where the URL has no path at all, and
    /// not expected where it is empty. Plain HTTP only to this machine, unless the operator says so.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub(crate) fn upstream(
        text: &str,
        endpoints: &[Endpoint],
        version: &str,
        plain_http: bool,
    ) -> Result<Self, String> {
        let (origin, path) = split(text.trim(), plain_http)?;
        let (path, full) = without_tail(&path, endpoints);
        let path = match version {
            "" => path.strip_suffix("/v1").unwrap_or(path),
            _ if path.is_empty() && !full => version,
            _ => path,
        };
        Ok(Self(format!("{origin}{path}")))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL of `path` (and `query`) under this base.
    pub fn join(&self, path: &str, query: Option<&str>) -> String {
        match query {
            Some(query) if !query.is_empty() => format!("{}{path}?{query}", self.0),
            _ => format!("{}{path}", self.0),
        }
    }
}

/// Origin, and path without trailing slashes.
fn split(text: &str, plain_http: bool) -> Result<(String, String), String> {
    let uri: Uri = text.parse().map_err(|_| format!("{text:?} is not a URL"))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(format!("{text:?} is not an absolute URL"));
    };
    if authority.as_str().contains('@') {
        return Err("a URL with a user name or password is not accepted".into());
    }
    match scheme {
        "https" => {}
        "http" if plain_http || is_loopback(authority.host()) => {}
        "http" => return Err(format!("{text:?} would send the key in clear; use https")),
        _ => return Err(format!("{text:?} is neither http nor https")),
    }
    if uri.query().is_some() {
        return Err(format!("{text:?} must not have a query"));
    }
    Ok((format!("{scheme}://{authority}"), uri.path().trim_end_matches('/').to_owned()))
}

/// The path without the endpoint it may end in, and whether it ended in one; also without the endpoint's version, which
/// some providers leave out.
fn without_tail<'a>(path: &'a str, endpoints: &[Endpoint]) -> (&'a str, bool) {
    let tails = endpoints.iter().flat_map(|e| [Some(e.path), e.path.strip_prefix("/v1")]).flatten();
    let tail = tails.filter(|tail| path.ends_with(tail)).max_by_key(|tail| tail.len());
    match tail.and_then(|tail| path.strip_suffix(tail)) {
        Some(rest) => (rest, true),
        None => (path, false),
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// What may stand at the end of a base URL, the longest first.
const VERSIONS: &[&str] = &["/v1beta", "/v1"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_may_have_any_providers_version() {
        for (name, text, base) in [
            ("gemini", "https://host", "https://host"),
            ("gemini", "https://host/v1beta", "https://host"),
            ("gemini", "https://host/v1beta/openai/", "https://host"),
            ("gemini", "https://host/v1beta/openai/chat/completions", "https://host"),
            ("groq", "https://host/openai/v1", "https://host/openai"),
            ("openrouter", "https://openrouter.ai/api/v1/chat/completions", "https://openrouter.ai/api"),
            ("deepseek", "https://api.deepseek.com/chat/completions", "https://api.deepseek.com"),
            ("deepseek", "https://api.deepseek.com/anthropic/v1/messages", "https://api.deepseek.com"),
        ] {
            let parsed = BaseUrl::parse(text, provider::find(name).unwrap()).unwrap();
            assert_eq!(parsed.as_str(), base, "{text}");
        }
    }

    #[test]
    fn an_override_may_be_a_base_or_a_full_url() {
        let openai = provider::find("openai").unwrap();
        for (text, want) in [
            ("https://host", Ok("https://host/v1/responses")),
            ("https://host/", Ok("https://host/v1/responses")),
            ("https://host/v1", Ok("https://host/v1/responses")),
            ("https://host:8443/llm/v1/", Ok("https://host:8443/llm/v1/responses")),
            ("https://host/v1/chat/completions", Ok("https://host/v1/responses")),
            ("http://127.0.0.1:9", Ok("http://127.0.0.1:9/v1/responses")),
            ("http://[::1]:9", Ok("http://[::1]:9/v1/responses")),
            ("http://localhost:9", Ok("http://localhost:9/v1/responses")),
            ("http://example.com", Err("in clear")),
            ("http://127.0.0.1.example.com", Err("in clear")),
            ("ftp://host", Err("neither")),
            ("host", Err("absolute")),
            ("https://u:p@host", Err("user name")),
            ("https://host?x=1", Err("query")),
            ("", Err("URL")),
        ] {
            match (BaseUrl::parse(text, openai), want) {
                (Ok(base), Ok(want)) => assert_eq!(base.join("/v1/responses", None), want, "{text}"),
                (Err(e), Err(says)) => assert!(e.contains(says), "{text}: {e}"),
                (got, want) => panic!("{text}: {got:?}, wanted {want:?}"),
            }
        }
    }
}

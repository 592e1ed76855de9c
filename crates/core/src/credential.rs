//! What pays an upstream: a provider's key and the only origin it may be sent to.

use crate::provider::{Endpoint, KeyHeader, Provider};
use crate::secret::Secret;
use http::{HeaderMap, HeaderName, Uri, header};

/// A usable credential. It carries its destination: nothing can send it to another origin.
pub struct Credential {
    /// Stable and not secret: what rows and lists show, e.g. `env:anthropic`.
    pub id: String,
    pub provider: &'static Provider,
    pub base: BaseUrl,
    /// `None`: the upstream wants none.
    secret: Option<Secret>,
}

impl Credential {
    /// The key from a provider's environment variable.
    pub fn from_environment(provider: &'static Provider, secret: Secret, base: BaseUrl) -> Self {
        Self { id: format!("env:{}", provider.name), provider, base, secret: Some(secret) }
    }

    /// What reaches an upstream that asks for no key.
    pub(crate) fn open(provider: &'static Provider, base: BaseUrl) -> Self {
        Self { id: format!("open:{}", provider.name), provider, base, secret: None }
    }

    /// The secrets that must never leave.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.secret.iter()
    }

    /// Puts the key where the endpoint wants it.
    ///
    /// # Errors
    /// When the key holds bytes that no header may.
    pub fn sign(&self, endpoint: &Endpoint, headers: &mut HeaderMap) -> Result<(), Unsignable> {
        let Some(secret) = &self.secret else { return Ok(()) };
        let (name, prefix) = match endpoint.key_header.unwrap_or(self.provider.key_header) {
            KeyHeader::Bearer => (header::AUTHORIZATION, "Bearer "),
            KeyHeader::Named(name) => (HeaderName::from_static(name), ""),
        };
        headers.insert(name, secret.header(prefix).ok_or(Unsignable)?);
        Ok(())
    }
}

/// The key cannot be sent as a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key cannot be sent as a header")]
pub struct Unsignable;

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
    use crate::provider;

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

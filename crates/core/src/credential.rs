//! What pays an upstream: a provider's key and the only origin it may be sent to.

use crate::provider::{KeyHeader, Provider};
use crate::secret::Secret;
use http::{HeaderMap, HeaderName, Uri, header};

/// A usable credential. It carries its destination: nothing can send it to another origin.
pub struct Credential {
    /// Stable and not secret: what rows and lists show, e.g. `env:anthropic`.
    pub id: String,
    pub provider: &'static Provider,
    pub base: BaseUrl,
    secret: Secret,
}

impl Credential {
    /// The key from a provider's environment variable.
    pub fn from_environment(provider: &'static Provider, secret: Secret, base: BaseUrl) -> Self {
        Self { id: format!("env:{}", provider.name), provider, base, secret }
    }

    /// The secrets that must never leave.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        std::iter::once(&self.secret)
    }

    /// Puts the key where the provider wants it.
    ///
    /// # Errors
    /// When the key holds bytes that no header may.
    pub fn sign(&self, headers: &mut HeaderMap) -> Result<(), Unsignable> {
        let (name, prefix) = match self.provider.key_header {
            KeyHeader::Bearer => (header::AUTHORIZATION, "Bearer "),
            KeyHeader::Named(name) => (HeaderName::from_static(name), ""),
        };
        headers.insert(name, self.secret.header(prefix).ok_or(Unsignable)?);
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

    /// An operator's override: a base URL with or without `/v1`, or the full URL of one of the provider's endpoints.
    /// Plain HTTP only to this machine: a key must not cross a network in clear.
    ///
    /// # Errors
    /// One sentence that says what is wrong.
    pub fn parse(text: &str, provider: &Provider) -> Result<Self, String> {
        let uri: Uri = text.parse().map_err(|_| format!("{text:?} is not a URL"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(format!("{text:?} is not an absolute URL"));
        };
        if authority.as_str().contains('@') {
            return Err("a URL with a user name or password is not accepted".into());
        }
        match scheme {
            "https" => {}
            "http" if is_loopback(authority.host()) => {}
            "http" => return Err(format!("{text:?} would send the key in clear; use https")),
            _ => return Err(format!("{text:?} is neither http nor https")),
        }
        if uri.query().is_some() {
            return Err(format!("{text:?} must not have a query"));
        }
        let mut path = uri.path().trim_end_matches('/');
        let tail =
            provider.endpoints.iter().map(|e| e.path).filter(|p| path.ends_with(p)).max_by_key(|p| p.len());
        if let Some(tail) = tail {
            path = path.strip_suffix(tail).unwrap_or(path);
        }
        path = path.strip_suffix("/v1").unwrap_or(path);
        Ok(Self(format!("{scheme}://{authority}{path}")))
    }

    /// The URL of `path` (and `query`) under this base.
    pub fn join(&self, path: &str, query: Option<&str>) -> String {
        match query {
            Some(query) if !query.is_empty() => format!("{}{path}?{query}", self.0),
            _ => format!("{}{path}", self.0),
        }
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider;

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

//! A running proxy, over HTTP. Never follows a redirect, never sends the admin token anywhere else.

use crate::failure::{CliError, Kind};
use bytes::Bytes;
use http::uri::{Authority, Scheme};
use http::{HeaderName, HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use proxyagent_core::secret::Secret;
use std::time::Duration;

/// A proxy by its address, and with an admin token the right to administer it.
pub(crate) struct Remote {
    base: Uri,
    token: Option<HeaderValue>,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Remote {
    pub(crate) fn new(base: Uri, admin: Option<&Secret>) -> Result<Self, CliError> {
        let token = match admin {
            Some(token) => Some(token.header("").ok_or_else(|| {
                CliError::new(Kind::Usage, "the admin token holds characters that no token has")
            })?),
            None => None,
        };
        let tls = proxyagent_local_server::tls()
            .map_err(|error| CliError::new(Kind::Failed, "TLS does not work here").causes_of(&error))?;
        let https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
        Ok(Self { base, token, client: Client::builder(TokioExecutor::new()).build(https) })
    }

    /// Whether what is sent crosses a network unencrypted.
    pub(crate) fn in_the_clear(&self) -> bool {
        self.base.scheme() == Some(&Scheme::HTTP) && !is_loopback(&self.base)
    }

    /// The address, for sentences.
    pub(crate) fn name(&self) -> String {
        self.base.to_string().trim_end_matches('/').to_owned()
    }

    /// Sends a request whose URI is a path below the base.
    pub(crate) async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, CliError> {
        let unreachable = || {
            CliError::new(Kind::Unreachable, format!("{} cannot be reached", self.name()))
                .help("is it running, and is the address right?")
        };
        *request.uri_mut() = self.below(request.uri())?;
        if let Some(token) = &self.token {
            request.headers_mut().insert(HeaderName::from_static("x-admin-token"), token.clone());
        }
        let exchange = async {
            let answer = self
                .client
                .request(request.map(Full::new))
                .await
                .map_err(|error| unreachable().causes_of(&error))?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, BODY_LIMIT)
                .collect()
                .await
                .map_err(|error| unreachable().cause("its answer broke off").causes_of(error.as_ref()))?;
            Ok(Response::from_parts(head, body.to_bytes()))
        };
        let answer = tokio::time::timeout(PATIENCE, exchange)
            .await
            .map_err(|_| unreachable().cause(format!("no answer within {} s", PATIENCE.as_secs())))??;
        if answer.status().is_redirection() {
            let place = answer.headers().get(http::header::LOCATION).and_then(|place| place.to_str().ok());
            return Err(CliError::new(Kind::Failed, format!("{} answered with a redirect", self.name()))
                .cause(format!("to {}; nothing is sent there", place.unwrap_or("nowhere")))
                .help("give the final address with --proxy"));
        }
        Ok(answer)
    }

    fn below(&self, path: &Uri) -> Result<Uri, CliError> {
        let text = format!("{}{path}", self.base.path().trim_end_matches('/'));
        let mut parts = self.base.clone().into_parts();
        parts.path_and_query = text.parse().ok();
        Uri::from_parts(parts)
            .map_err(|error| CliError::new(Kind::Failed, "the request has no address").causes_of(&error))
    }
}

/// Understands `--proxy`.
///
/// # Errors
/// What is missing from it, or does not belong there.
pub(crate) fn base(text: &str) -> Result<Uri, CliError> {
    let wrong = |why: &str| {
        CliError::new(Kind::Usage, format!("{text:?} is not a proxy's URL"))
            .cause(why)
            .help("write it like https://proxy.example.com or http://127.0.0.1:8080")
    };
    let uri: Uri = text.trim().parse().map_err(|_| wrong("it does not parse"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(wrong("it does not begin with http:// or https://"));
    }
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(wrong("it holds a user name or password"));
    }
    if uri.query().is_some() {
        return Err(wrong("it holds a query"));
    }
    Ok(uri)
}

fn is_loopback(uri: &Uri) -> bool {
    let host = uri.authority().map(Authority::host).unwrap_or_default();
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// From connecting to the last byte of the answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most an answer may hold: a page of the log is far below it.
const BODY_LIMIT: usize = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases() {
        for (text, good) in [
            ("http://127.0.0.1:8080", true),
            ("https://proxy.example.com/", true),
            ("https://example.com/proxy", true),
            ("127.0.0.1:8080", false),
            ("proxy.example.com", false),
            ("ftp://example.com", false),
            ("https://user:pw@example.com", false),
            ("https://example.com/?x=1", false),
            ("", false),
            ("http://", false),
        ] {
            assert_eq!(base(text).is_ok(), good, "{text:?}");
        }
    }

    #[test]
    fn paths_go_below_the_base() {
        for (base_, whole) in [
            ("http://h:1", "http://h:1/admin/logs?limit=2"),
            ("http://h:1/", "http://h:1/admin/logs?limit=2"),
            ("https://h/sub/", "https://h/sub/admin/logs?limit=2"),
        ] {
            let remote = Remote::new(base(base_).unwrap(), Secret::new("t").as_ref()).unwrap();
            let whole_: Uri = whole.parse().unwrap();
            assert_eq!(remote.below(&"/admin/logs?limit=2".parse().unwrap()).unwrap(), whole_);
        }
    }

    #[test]
    fn who_could_read_the_token_on_its_way() {
        for (text, clear) in [
            ("http://127.0.0.1:1", false),
            ("http://[::1]:1", false),
            ("http://localhost", false),
            ("https://example.com", false),
            ("http://10.0.0.1", true),
            ("http://localhost.example.com", true),
        ] {
            let remote = Remote::new(base(text).unwrap(), None).unwrap();
            assert_eq!(remote.in_the_clear(), clear, "{text}");
        }
    }
}

//! Which headers cross, and where a machine token may arrive. Requests lose what is named here; answers keep only
//! what is named here.

use crate::problem::Problem;
use crate::token::TokenHash;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// The one machine token of a request, wherever it arrived. Values that are no machine token (a stale provider key
/// beside ours) are ignored, and stripped like the token itself.
///
/// # Errors
/// None at all, none that is well formed, or two different ones.
pub fn machine_token(parts: &Parts) -> Result<TokenHash, Problem> {
    let mut found: Option<&str> = None;
    let mut other = false;
    for candidate in candidates(parts) {
        if !candidate.starts_with("pa_") {
            other = true;
        } else if found.is_some_and(|token| token != candidate) {
            return Err(Problem::TokenAmbiguous);
        } else {
            found = Some(candidate);
        }
    }
    match found {
        Some(token) => TokenHash::of(token),
        None if other => Err(Problem::TokenMalformed("it does not begin with pa_")),
        None => Err(Problem::TokenMissing),
    }
}

fn candidates(parts: &Parts) -> impl Iterator<Item = &str> {
    let named = parts.headers.iter().filter(|(name, _)| TOKEN_HEADERS.contains(&name.as_str()));
    let headers = named.filter_map(|(_, value)| value.to_str().ok());
    let bare = headers.map(|value| match value.split_once(' ') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => rest.trim(),
        _ => value.trim(),
    });
    let query = parts.uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.strip_prefix("key="));
    bare.chain(query).filter(|text| !text.is_empty())
}

/// The query without `key`, otherwise as it came.
pub fn query_without_key(parts: &Parts) -> Option<String> {
    let query = parts.uri.query()?;
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_key(pair)).collect();
    (!kept.is_empty()).then(|| kept.join("&"))
}

/// Whether the query asks Gemini for server-sent events.
pub(crate) fn asks_events(parts: &Parts) -> bool {
    parts.uri.query().is_some_and(|query| query.split('&').any(|pair| pair == "alt=sse"))
}

/// The request's `content-type`; empty where there is none.
pub(crate) fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

fn is_key(pair: &str) -> bool {
    pair.split('=').next() == Some("key")
}

/// The headers that go upstream: the caller's, less credentials, hop-by-hop and proxy-private ones, with the
/// provider's defaults, and identity encoding (an answer must be readable to be metered).
pub fn upstream(given: &HeaderMap, defaults: &'static [(&'static str, &'static str)]) -> HeaderMap {
    let named: Vec<&str> = given
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .map(str::trim)
        .collect();
    let mut out = HeaderMap::with_capacity(given.len() + 4);
    for (name, value) in given {
        let text = name.as_str();
        let dropped = NOT_UPSTREAM.contains(&text)
            || TOKEN_HEADERS.contains(&text)
            || NOT_UPSTREAM_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
            || named.iter().any(|n| n.eq_ignore_ascii_case(text));
        if !dropped {
            out.append(name.clone(), value.clone());
        }
    }
    for (name, value) in defaults {
        out.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    out.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
    out.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    out
}

/// The headers of an upstream's answer that the caller may see.
pub fn downstream(given: &HeaderMap) -> HeaderMap {
    // Room for what the proxy adds.
    let mut out = HeaderMap::with_capacity(8);
    for (name, value) in given.iter().filter(|(name, _)| DOWNSTREAM.contains(&name.as_str())) {
        out.append(name.clone(), value.clone());
    }
    out
}

/// The header that carries, echoes and stores a call's id.
pub const REQUEST_ID: &str = "x-proxyagent-request-id";

const TOKEN_HEADERS: &[&str] = &["authorization", "x-api-key", "api-key", "x-goog-api-key"];

/// RFC 9110 §7.6.1 hop-by-hop fields, what the HTTP client writes itself, and what names other accounts or parties.
const NOT_UPSTREAM: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
    "content-length",
    "accept-encoding",
    "expect",
    "cookie",
    "forwarded",
    "via",
    "true-client-ip",
    "x-real-ip",
    "x-admin-token",
    "openai-organization",
    "openai-project",
    "x-goog-user-project",
];
const NOT_UPSTREAM_PREFIXES: &[&str] = &["x-proxyagent-", "x-pa-", "x-forwarded-", "cf-", "sec-"];

/// Account names (`anthropic-organization-id`, `openai-organization`) and the pool's own rate limits stay behind.
const DOWNSTREAM: &[&str] = &[
    "content-type",
    "content-language",
    "cache-control",
    "retry-after",
    "retry-after-ms",
    "x-should-retry",
    "request-id",
    "x-request-id",
    "openai-version",
    "openai-processing-ms",
    "openai-model",
];

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn parts(uri: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::post(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    struct Fixed(u8);
    impl crate::ports::Entropy for Fixed {
        fn fill(&self, out: &mut [u8]) {
            out.fill(self.0);
        }
    }

    fn token(seed: u8) -> String {
        crate::token::mint(&Fixed(seed)).text.expose().to_owned()
    }

    #[test]
    fn a_token_is_found_in_all_five_places() {
        let token = token(1);
        let bearer = format!("bearer {token}");
        for (uri, name, value) in [
            ("/", "authorization", bearer.as_str()),
            ("/", "x-api-key", &token),
            ("/", "api-key", &token),
            ("/", "x-goog-api-key", &token),
            (&format!("/?alt=sse&key={token}"), "x-nothing", "x"),
        ] {
            let parts = parts(uri, &[(name, value)]);
            assert!(machine_token(&parts).is_ok(), "{name}");
            assert!(upstream(&parts.headers, &[]).get(name).is_none_or(|_| name == "x-nothing"));
            assert!(!query_without_key(&parts).unwrap_or_default().contains("pa_"));
        }
    }

    #[test]
    fn a_stale_key_beside_the_token_is_ignored_and_a_second_token_is_refused() {
        let (token, other) = (token(1), token(2));
        let stale =
            parts("/", &[("x-api-key", "sk-ant-old"), ("authorization", format!("Bearer {token}").as_str())]);
        assert!(machine_token(&stale).is_ok());
        let twice = parts("/", &[("x-api-key", &token), ("api-key", &token)]);
        assert!(machine_token(&twice).is_ok());
        let two = parts("/", &[("x-api-key", &other), ("api-key", &token)]);
        assert_eq!(machine_token(&two).err(), Some(Problem::TokenAmbiguous));
        assert_eq!(machine_token(&parts("/", &[])).err(), Some(Problem::TokenMissing));
        let foreign = parts("/", &[("x-api-key", "sk-ant-old")]);
        assert!(matches!(machine_token(&foreign).err(), Some(Problem::TokenMalformed(_))));
    }

    #[test]
    fn a_query_keeps_everything_but_the_key() {
        for (uri, want) in [
            ("/x?beta=true", Some("beta=true")),
            ("/x?key=a&beta=true&keys=1", Some("beta=true&keys=1")),
            ("/x?key=a", None),
            ("/x?key", None),
            ("/x", None),
        ] {
            assert_eq!(query_without_key(&parts(uri, &[])).as_deref(), want, "{uri}");
        }
    }

    #[test]
    fn callers_headers_cross_and_private_ones_do_not() {
        let given = parts(
            "/",
            &[
                ("anthropic-beta", "a,b"),
                ("anthropic-beta", "c"),
                ("user-agent", "x"),
                ("traceparent", "t"),
                ("x-stainless-os", "Linux"),
                ("connection", "close, x-hop"),
                ("x-hop", "1"),
                ("cookie", "c"),
                ("x-forwarded-for", "1.2.3.4"),
                ("x-proxyagent-cache", "no"),
                ("accept-encoding", "gzip"),
            ],
        )
        .headers;
        let out = upstream(&given, &[("anthropic-version", "2023-06-01")]);
        let names: Vec<&str> = out.keys().map(HeaderName::as_str).collect();
        assert_eq!(out.get_all("anthropic-beta").iter().count(), 2);
        for name in ["user-agent", "traceparent", "x-stainless-os", "anthropic-version", "content-type"] {
            assert!(names.contains(&name), "{name}");
        }
        for name in ["connection", "x-hop", "cookie", "x-forwarded-for", "x-proxyagent-cache"] {
            assert!(!names.contains(&name), "{name}");
        }
        assert_eq!(out.get("accept-encoding").unwrap(), "identity");
    }
}

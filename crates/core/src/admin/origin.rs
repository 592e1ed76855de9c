//! Where a browser's request comes from, by the headers that no page can forge: Fetch Metadata, else `Origin`.

use http::{HeaderMap, HeaderName, header};

/// Who made the browser send a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Our own pages.
    Own,
    /// The person: an address typed, a bookmark.
    Person,
    /// Another site, or another port of this host.
    Foreign,
    /// It does not say; browsers do.
    Untold,
}

pub(super) fn of(headers: &HeaderMap) -> Origin {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let site = text(FETCH_SITE);
    let origin = text(header::ORIGIN);
    // Both must agree where both are there: a proxy in between may add one, but not a page.
    let host = text(header::HOST).unwrap_or_default();
    let named = origin.map(|origin| origin.split_once("://").map_or("", |(_, rest)| rest));
    match (site, named) {
        (Some("same-origin"), _) => Origin::Own,
        (Some("none"), None) => Origin::Person,
        (Some(_), _) => Origin::Foreign,
        (None, Some(named)) if !host.is_empty() && named.eq_ignore_ascii_case(host) => Origin::Own,
        (None, Some(_)) => Origin::Foreign,
        (None, None) => Origin::Untold,
    }
}

/// Whether the request was sent to this very machine without TLS, as far as its `Host` tells.
pub(super) fn to_loopback(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    matches!(name, "127.0.0.1" | "::1") || name.eq_ignore_ascii_case("localhost")
}

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn origin_table() {
        for (pairs, want) in [
            (&[("sec-fetch-site", "same-origin")][..], Origin::Own),
            // A reverse proxy that rewrites Host.
            (
                &[("sec-fetch-site", "same-origin"), ("origin", "https://a.example"), ("host", "10.0.0.2")],
                Origin::Own,
            ),
            (&[("sec-fetch-site", "same-site")], Origin::Foreign),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://a"), ("host", "a")], Origin::Foreign),
            (&[("sec-fetch-site", "none")], Origin::Person),
            (&[("sec-fetch-site", "none"), ("origin", "null")], Origin::Foreign),
            (&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")], Origin::Own),
            (&[("origin", "http://127.0.0.1:8081"), ("host", "127.0.0.1:8080")], Origin::Foreign),
            (&[("origin", "null"), ("host", "a")], Origin::Foreign),
            (&[("origin", ""), ("host", "")], Origin::Foreign),
            (&[("host", "a")], Origin::Untold),
        ] {
            assert_eq!(of(&headers(pairs)), want, "{pairs:?}");
        }
    }

    #[test]
    fn loopback_table() {
        for (host, want) in [
            ("127.0.0.1:8080", true),
            ("127.0.0.1", true),
            ("[::1]:80", true),
            ("localhost:1", true),
            ("127.0.0.1.evil.example", false),
            ("proxy.example", false),
            ("", false),
        ] {
            assert_eq!(to_loopback(&headers(&[("host", host)])), want, "{host}");
        }
    }
}

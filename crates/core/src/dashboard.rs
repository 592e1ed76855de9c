//! The dashboard's pages and files, with headers under which no foreign script can run and no foreign page can frame
//! them. They hold nothing secret: what they show they ask the admin API for.

use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use sha2::{Digest, Sha256};

/// What a path of the dashboard names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// `/`: it is elsewhere.
    Front,
    /// A file by its plain name. Every screen is the same document; what it shows is in its address.
    File(String),
}

/// The page of a path below `/dashboard`.
pub(crate) fn find(path: &str) -> Option<Page> {
    match path.strip_prefix("/dashboard/assets/") {
        None => Some(Page::File(DOCUMENT.to_owned())),
        Some(name) => {
            let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-');
            let plain = !name.starts_with('.') && name.bytes().all(good) && kind(name).is_some();
            plain.then(|| Page::File(name.to_owned()))
        }
    }
}

/// # Errors
/// [`Problem::RouteUnknown`] for a file that is not there.
pub(crate) async fn answer<P: Platform>(
    proxy: &Proxy<P>,
    page: &Page,
    asked: &HeaderMap,
) -> Result<Response<Bytes>, Problem> {
    let Page::File(name) = page else { return Ok(elsewhere()) };
    let bytes = proxy.platform.file(name).await.ok_or(Problem::RouteUnknown)?;
    let tag = tag(&bytes);
    let known = asked.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    // What lies between may have weakened the tag.
    let unchanged =
        known.is_some_and(|tags| tags.split(',').any(|t| t.trim().trim_start_matches("W/") == tag));
    let mut response = Response::new(if unchanged { Bytes::new() } else { bytes });
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(name).unwrap_or("text/plain")));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Ok(response)
}

fn elsewhere() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::FOUND;
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/dashboard"));
    response
}

fn tag(bytes: &Bytes) -> String {
    let hash: [u8; 32] = Sha256::digest(bytes).into();
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

fn kind(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    Some(match ending {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

const DOCUMENT: &str = "index.html";

const HEADERS: [(HeaderName, &str); 8] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
         trusted-types 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    // Asked again each time, answered with 304: a new version is there at once.
    (header::CACHE_CONTROL, "no-cache"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_table() {
        let file = |name: &str| Some(Page::File(name.to_owned()));
        for (path, want) in [
            ("/dashboard", file("index.html")),
            ("/dashboard/", file("index.html")),
            ("/dashboard/machines/tok_1", file("index.html")),
            ("/dashboard/assets/app.js", file("app.js")),
            ("/dashboard/assets/style.css", file("style.css")),
            ("/dashboard/assets/", None),
            ("/dashboard/assets/app", None),
            ("/dashboard/assets/.js", None),
            ("/dashboard/assets/a/b.js", None),
            ("/dashboard/assets/..%2fa.js", None),
            ("/dashboard/assets/../a.js", None),
            ("/dashboard/assets/a.wasm", None),
        ] {
            assert_eq!(find(path), want, "{path}");
        }
    }
}

//! One HTTP request of a tool, within its limits of time and size. No redirect is followed, nothing is decoded, and what
//! a refused credential's answer says goes no further.

use super::address::{Host, Reach};
use crate::ports::{Patience, Platform, Unsent};
use crate::source::{Source, Unread};
use crate::time::Millis;
use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{HeaderValue, Request, header};
use std::pin::pin;

/// How far one request of a tool may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) reach: Reach,
    /// From connecting to the last byte.
    pub(crate) timeout: Millis,
    /// Of the answer's body.
    pub(crate) most_bytes: usize,
}

/// What came back.
pub(crate) struct Fetched {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

/// Why nothing of use came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unfetched {
    #[error("the tool's address is not one that tools may reach")]
    Forbidden,
    #[error("the tool's server could not be reached")]
    Unreachable,
    #[error("the tool's server broke off")]
    Broken,
    #[error("the tool did not answer in time")]
    Slow,
    #[error("the tool answered with a redirect, which is never followed")]
    Redirect,
    #[error("the tool's answer is larger than {0} bytes")]
    TooLarge(usize),
    #[error("the tool's answer is compressed, which is not read here")]
    Encoded,
    #[error("the tool's server refused the proxy's credential; the operator of this proxy has been told")]
    CredentialRefused,
}

impl Unfetched {
    /// The machine code, stable: in rows.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Forbidden => "tool_forbidden",
            Self::Unreachable => "tool_unreachable",
            Self::Broken => "tool_cut",
            Self::Slow => "tool_slow",
            Self::Redirect => "tool_redirect",
            Self::TooLarge(_) => "tool_too_large",
            Self::Encoded => "tool_encoded",
            Self::CredentialRefused => "tool_credential_refused",
        }
    }

    /// Whether the tool's server may have worked.
    pub(crate) fn may_have_worked(self) -> bool {
        !matches!(self, Self::Forbidden | Self::Unreachable | Self::CredentialRefused)
    }
}

/// Sends the request and reads the whole answer, whatever its status.
pub(crate) async fn fetch<P: Platform>(
    platform: &P,
    mut request: Request<Bytes>,
    limits: &Limits,
) -> Result<Fetched, Unfetched> {
    let host = request.uri().host().map(Host::parse);
    if !host.is_some_and(|host| host.is_ok_and(|host| limits.reach.permits_host(&host))) {
        return Err(Unfetched::Forbidden);
    }
    request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    request.headers_mut().insert(header::USER_AGENT, HeaderValue::from_static("proxyagent"));
    match select(pin!(exchange(platform, request, limits)), pin!(platform.sleep(limits.timeout))).await {
        Either::Left((fetched, _)) => fetched,
        Either::Right(_) => Err(Unfetched::Slow),
    }
}

async fn exchange<P: Platform>(
    platform: &P,
    request: Request<Bytes>,
    limits: &Limits,
) -> Result<Fetched, Unfetched> {
    let patience = Patience { connect: limits.timeout, first_byte: limits.timeout, idle: limits.timeout };
    let answer =
        platform.send_guarded(request, patience, limits.reach).await.map_err(|unsent| match unsent {
            Unsent::Forbidden => Unfetched::Forbidden,
            Unsent::Connect | Unsent::Tls => Unfetched::Unreachable,
            Unsent::Reset => Unfetched::Broken,
            Unsent::Slow => Unfetched::Slow,
        })?;
    let (head, body) = answer.into_parts();
    let status = head.status.as_u16();
    match status {
        300..=399 => return Err(Unfetched::Redirect),
        401 | 403 => return Err(Unfetched::CredentialRefused),
        _ => {}
    }
    if head.headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(Unfetched::Encoded);
    }
    let body =
        Source::Live(body).whole(platform, limits.most_bytes).await.map_err(|unread| match unread {
            Unread::TooLarge => Unfetched::TooLarge(limits.most_bytes),
            Unread::Severed(_) => Unfetched::Broken,
        })?;
    Ok(Fetched { status, body })
}

/// Whether a tool's answer is text that a model can read.
pub(crate) fn text(body: &[u8]) -> Option<&str> {
    std::str::from_utf8(body).ok().filter(|text| !text.contains('\0'))
}

/// `text` as a part of a query.
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A JSON request's headers.
pub(crate) fn ask_json(request: &mut Request<Bytes>) {
    request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    if !request.body().is_empty() {
        let kind = HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
}

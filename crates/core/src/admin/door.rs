//! Requests to `/admin/…` as they arrive over HTTP: whoever is no administrator stays outside, whatever was asked.

use super::{Feed, Place, entry, finish, handle, session};
use crate::ports::Platform;
use crate::problem::{self, Problem};
use crate::proxy::Proxy;
use crate::serve::{Body, BodyFault};
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response};
use std::sync::Arc;

/// Answers an administrator; every problem becomes an answer.
pub(crate) async fn answer<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    parts: Parts,
    body: Result<Bytes, BodyFault>,
    request_id: &str,
) -> Response<Body<P>> {
    let refuse = |problem: &Problem| problem::answer(problem, None, request_id).map(Body::Full);
    let body = body.map_err(|fault| fault.problem(MOST_BODY));
    // Signing in wants no proof of a right: it brings what becomes one.
    if parts.method == Method::POST && matches!(Place::of(parts.uri.path()), Place::Session) {
        return match body {
            Ok(body) => {
                let answer = session::open(proxy, &parts, &body).await;
                finish(answer, &Place::Session, request_id).map(Body::Full)
            }
            Err(problem) => refuse(&problem),
        };
    }
    let admin = match entry::admit(proxy, &parts).await {
        Ok(admin) => admin,
        Err(problem) => return refuse(&problem),
    };
    if let Some(feed) = Feed::asked_for(proxy, &admin, &parts) {
        return feed.unwrap_or_else(|problem| refuse(&problem));
    }
    match body {
        Ok(body) => handle(proxy, admin, Request::from_parts(parts, body)).await.map(Body::Full),
        Err(problem) => refuse(&problem),
    }
}

/// The longest body of a request, in bytes.
pub(crate) const MOST_BODY: usize = 1 << 20;

//! The one path a call travels, in the order it happens.

use crate::ports::Platform;
use crate::proxy::{House, Proxy};
use crate::relay::Relay;
use bytes::Bytes;
use http::Response;
use http::request::Parts;
use std::sync::Arc;

/// A request's head, understood as far as possible without its body.
pub struct Head {
    /// The most body bytes that may be read. 0: the body is not needed; do not read it.
    pub body_limit: usize,
}

/// Why the body of a request is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFault {
    TooLarge,
    /// The client broke off or framed it badly.
    Broken,
    /// The client took too long to send it.
    Slow,
}

/// An answer's body.
pub enum Body<P: Platform> {
    Full(Bytes),
    /// The home must spawn `relay.pump(sender)` as work that outlives the client and send what comes out.
    Stream(Box<Relay<P>>),
}

pub fn receive(_house: &House, _parts: Parts) -> Head {
    Head { body_limit: 0 }
}

/// Answers one request. Never fails: every problem becomes an answer in the caller's dialect.
/// The home must not drop this future when the client hangs up: spawn it.
pub async fn serve<P: Platform>(
    _proxy: &Arc<Proxy<P>>,
    _head: Head,
    _body: Result<Bytes, BodyFault>,
) -> Response<Body<P>> {
    Response::new(Body::Full(Bytes::new()))
}

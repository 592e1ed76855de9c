//! From a request to an answer: head to core, body within its limits, and work that a caller's hang-up never stops.

use crate::connection::Unread;
use crate::native::Native;
use crate::server::Limits;
use crate::streamed::Streamed;
use crate::surviving::Surviving;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderValue, StatusCode, Version};
use http_body::Body as _;
use http_body_util::BodyExt;
use proxyagent_core::door::Door;
use proxyagent_core::proxy::Proxy;
use proxyagent_core::serve::{self, BodyFault, Head};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What every request needs.
pub(crate) struct Desk {
    pub(crate) proxy: Arc<Proxy<Native>>,
    /// Every call until it is settled, whether or not anyone still listens.
    pub(crate) calls: TaskTracker,
    pub(crate) limits: Limits,
    /// Which requests are answered here.
    pub(crate) door: Door,
    /// The process is about to end.
    pub(crate) leave: CancellationToken,
}

/// The one handler.
pub(crate) async fn answer(State(desk): State<Arc<Desk>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let framing = Framing::of(&parts);
    let head = serve::receive(&desk.proxy.house, parts).through(desk.door);
    let body = match (framing, head.body_limit) {
        (Framing::Ambiguous, _) => Err(BodyFault::Broken),
        (_, 0) => Ok(Bytes::new()),
        (_, limit) => read(body, limit, desk.limits).await,
    };
    let unread = matches!(body, Err(BodyFault::TooLarge));
    let mut response = call(&desk, head, body).await;
    if unread {
        response.extensions_mut().insert(Unread);
    }
    if !matches!(framing, Framing::Plain) {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// How a request says where it ends.
#[derive(Clone, Copy)]
enum Framing {
    Plain,
    /// Correct, but the library forgets a length that stood beside it: the connection is not used again.
    Chunked,
    /// Someone between the caller and us could read it differently.
    Ambiguous,
}

impl Framing {
    fn of(parts: &Parts) -> Self {
        let chunked = parts.headers.contains_key(TRANSFER_ENCODING);
        let hosts = parts.headers.get_all(HOST).iter().count();
        match parts.version {
            _ if chunked && parts.headers.contains_key(CONTENT_LENGTH) => Self::Ambiguous,
            Version::HTTP_11 if hosts != 1 => Self::Ambiguous,
            _ if hosts > 1 => Self::Ambiguous,
            _ if chunked => Self::Chunked,
            _ => Self::Plain,
        }
    }
}

async fn read(mut body: Body, limit: usize, limits: Limits) -> Result<Bytes, BodyFault> {
    let declared = body.size_hint().exact().map_or(0, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    if declared > limit {
        return Err(BodyFault::TooLarge);
    }
    // The common case: all of it came with the head, and no clock is needed.
    let mut early = None;
    if let Some(frame) = body.frame().now_or_never() {
        match frame {
            None => return Ok(Bytes::new()),
            Some(Err(_)) => return Err(BodyFault::Broken),
            Some(Ok(frame)) => {
                let bytes = frame.into_data().unwrap_or_default();
                if declared > 0 && bytes.len() == declared {
                    return Ok(bytes);
                }
                early = Some(bytes);
            }
        }
    }
    let reading = async {
        let mut whole = BytesMut::new();
        whole.reserve(declared.min(AHEAD));
        whole.extend_from_slice(&early.unwrap_or_default());
        if whole.len() > limit {
            return Err(BodyFault::TooLarge);
        }
        loop {
            let frame = match timeout(limits.body_silence, body.frame()).await {
                Err(_) => return Err(BodyFault::Slow),
                Ok(None) => return Ok(whole.freeze()),
                Ok(Some(Err(_))) => return Err(BodyFault::Broken),
                Ok(Some(Ok(frame))) => frame,
            };
            let Ok(bytes) = frame.into_data() else { continue };
            if whole.len() + bytes.len() > limit {
                return Err(BodyFault::TooLarge);
            }
            whole.extend_from_slice(&bytes);
        }
    };
    timeout(limits.body, reading).await.unwrap_or(Err(BodyFault::Slow))
}

/// Runs the call as work of its own: it settles even if nobody waits for the answer any more.
async fn call(desk: &Arc<Desk>, head: Head, body: Result<Bytes, BodyFault>) -> Response {
    let work = {
        let desk = Arc::clone(desk);
        async move {
            let (parts, body) = serve::serve(&desk.proxy, head, body).await.into_parts();
            let body = match body {
                serve::Body::Full(bytes) => Body::from(bytes),
                serve::Body::Stream(relay) => {
                    Body::new(Streamed::new(|out| desk.calls.track_future(relay.pump(out))))
                }
                serve::Body::Conversation(turns) => {
                    Body::new(Streamed::new(|out| desk.calls.track_future(turns.pump(out))))
                }
                // Whoever listens comes back; the process need not wait for them.
                serve::Body::Feed(feed) => Body::new(Streamed::new(|out| {
                    let leave = desk.leave.clone();
                    async move {
                        tokio::select! {
                            () = feed.pump(out) => {}
                            () = leave.cancelled() => {}
                        }
                    }
                })),
            };
            Response::from_parts(parts, body)
        }
    };
    // Boxed first, or its kilobytes are moved with every wrapper.
    let work = AssertUnwindSafe(Box::pin(work)).catch_unwind();
    match Surviving::new(desk.calls.track_future(work)).await {
        Ok(response) => response,
        Err(_) => {
            desk.proxy.platform.journal().fault("a call ended in a panic; it is charged at its hold");
            let mut response = Response::new(Body::from(PANICKED));
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
    }
}

/// Memory taken on the word of a `Content-Length` alone.
const AHEAD: usize = 64 << 10;

const PANICKED: &str = r#"{"type":"error","error":{"type":"api_error","message":"internal error"}}"#;

#[cfg(test)]
mod tests;

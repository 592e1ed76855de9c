//! A request as it came in: its head at once, its body with a limit and a deadline.

use crate::header_map;
use crate::platform::delay;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use http::Request;
use http::request::Parts;
use js_sys::Uint8Array;
use proxyagent_core::serve::BodyFault;
use proxyagent_core::time::Millis;
use std::pin::pin;
use wasm_bindgen::JsCast;
use wasm_streams::ReadableStream;
use worker::web_sys;

/// The head, with the path and query as the request's address (as it stands in a request line). `None`: the runtime let
/// something through that is no HTTP.
pub(crate) fn parts(request: &web_sys::Request) -> Option<Parts> {
    let head = Request::builder().method(request.method().as_str()).uri(path_and_query(&request.url()));
    let (mut parts, ()) = head.body(()).ok()?.into_parts();
    parts.headers = header_map::from_js(&request.headers());
    Some(parts)
}

/// The whole body, of at most `limit` bytes; `limit` 0 reads nothing.
pub(crate) async fn body(request: &web_sys::Request, limit: usize) -> Result<Bytes, BodyFault> {
    let Some(stream) = request.body().filter(|_| limit > 0) else { return Ok(Bytes::new()) };
    let declared = request.headers().get("content-length").ok().flatten().and_then(|n| n.parse().ok());
    if declared.is_some_and(|n: usize| n > limit) {
        return Err(BodyFault::TooLarge);
    }
    let reading = collect(stream, limit, declared.unwrap_or(0).min(UP_FRONT));
    match select(pin!(reading), pin!(delay(DEADLINE))).await {
        Either::Left((body, _)) => body,
        Either::Right(((), _)) => Err(BodyFault::Slow),
    }
}

async fn collect(stream: web_sys::ReadableStream, limit: usize, up_front: usize) -> Result<Bytes, BodyFault> {
    let mut chunks = ReadableStream::from_raw(stream).into_stream();
    let mut body = Vec::with_capacity(up_front);
    while let Some(chunk) = chunks.next().await {
        let chunk: Uint8Array = chunk.and_then(JsCast::dyn_into).map_err(|_| BodyFault::Broken)?;
        let filled = body.len();
        let longer = filled.saturating_add(usize::try_from(chunk.length()).unwrap_or(usize::MAX));
        if longer > limit {
            return Err(BodyFault::TooLarge);
        }
        body.resize(longer, 0);
        if let Some(room) = body.get_mut(filled..) {
            chunk.copy_to(room);
        }
    }
    Ok(body.into())
}

/// `/path?query` of an absolute URL in the runtime's normal form, in which a path is never empty.
fn path_and_query(url: &str) -> &str {
    url.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..))).unwrap_or("/")
}

/// The most memory taken on a client's word.
const UP_FRONT: usize = 256 << 10;
/// To send the whole body.
const DEADLINE: Millis = Millis::seconds(60);

//! The core's answer as a response of the runtime. Streams are pumped by the event, not by the client, so that a call
//! is settled even if nobody reads its answer to the end.

use crate::header_map;
use crate::platform::Edge;
use bytes::Bytes;
use futures_channel::mpsc;
use futures_util::StreamExt;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use js_sys::{Function, Reflect, Uint8Array};
use proxyagent_core::ports::Severed;
use proxyagent_core::proxy::Proxy;
use proxyagent_core::serve::Body;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::web_sys::{self, ResponseInit, TransformStream, WritableStreamDefaultWriter};

/// Turns an answer into a response, and starts pumping it if it is a stream.
pub(crate) fn response(
    proxy: &Arc<Proxy<Edge>>,
    answer: Response<Body<Edge>>,
) -> worker::Result<web_sys::Response> {
    let (mut parts, body) = answer.into_parts();
    let init = ResponseInit::new();
    init.set_status(parts.status.as_u16());
    if !matches!(body, Body::Full(_)) {
        never_hold_back(&mut parts.headers);
    }
    init.set_headers(header_map::to_js(&parts.headers)?.as_ref());
    match body {
        Body::Full(bytes) if bytes.is_empty() || has_no_body(parts.status) => {
            Ok(web_sys::Response::new_with_opt_str_and_init(None, &init)?)
        }
        Body::Full(bytes) => Ok(web_sys::Response::new_with_opt_js_u8_array_and_init(
            Some(&Uint8Array::from(bytes.as_ref())),
            &init,
        )?),
        Body::Stream(relay) => streamed(proxy, parts.status, &init, |out| relay.pump(out)),
        Body::Conversation(turns) => streamed(proxy, parts.status, &init, |out| turns.pump(out)),
        Body::Feed(feed) => streamed(proxy, parts.status, &init, |out| feed.pump(out)),
    }
}

/// A response whose body is pumped, and delivered, by the event.
fn streamed<F: Future<Output = ()> + 'static>(
    proxy: &Arc<Proxy<Edge>>,
    status: StatusCode,
    init: &ResponseInit,
    pump: impl FnOnce(mpsc::Sender<Result<Bytes, Severed>>) -> F,
) -> worker::Result<web_sys::Response> {
    let pipe = identity_stream()?;
    let writer = pipe.writable().get_writer()?;
    let (out, chunks) = mpsc::channel(AHEAD);
    // Two tasks: when pumping panics, delivery is still there to break the connection.
    let whole = Rc::new(Cell::new(false));
    let pumped = Rc::clone(&whole);
    let pumping = pump(out);
    proxy.platform.later(async move {
        pumping.await;
        pumped.set(true);
    });
    proxy.platform.later(deliver(chunks, writer, whole));
    let readable = (!has_no_body(status)).then(|| pipe.readable());
    Ok(web_sys::Response::new_with_opt_readable_stream_and_init(readable.as_ref(), init)?)
}

/// An answer that the core had no part in.
pub(crate) fn plain(status: u16, message: &str) -> worker::Result<web_sys::Response> {
    let init = ResponseInit::new();
    init.set_status(status);
    let headers = web_sys::Headers::new()?;
    headers.set(CONTENT_TYPE.as_str(), "application/json")?;
    init.set_headers(&headers);
    let kind = if status < 500 { "invalid_request_error" } else { "api_error" };
    let body = serde_json::json!({"type": "error", "error": {"type": kind, "message": message}});
    Ok(web_sys::Response::new_with_opt_str_and_init(Some(&body.to_string()), &init)?)
}

/// Writes chunks as they come; each waits until the runtime has taken it. Returns early when the caller is gone, which
/// closes the channel and so tells the relay.
async fn deliver(
    mut chunks: mpsc::Receiver<Result<Bytes, Severed>>,
    writer: WritableStreamDefaultWriter,
    whole: Rc<Cell<bool>>,
) {
    while let Some(Ok(chunk)) = chunks.next().await {
        let written = writer.write_with_chunk(&Uint8Array::from(chunk.as_ref()));
        if JsFuture::from(written).await.is_err() {
            return;
        }
    }
    // A stream that was cut must not look complete: an abort breaks the connection.
    let last = if whole.get() {
        writer.close()
    } else {
        writer.abort_with_reason(&JsValue::from_str("the answer was cut off"))
    };
    drop(JsFuture::from(last).await);
}

/// The runtime compresses what it takes for text, and holds a stream back until it ends. It leaves event streams alone,
/// and what says that it is encoded already.
fn never_hold_back(headers: &mut HeaderMap) {
    let kind = headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    if !kind.starts_with(b"text/event-stream") {
        headers.entry(CONTENT_ENCODING).or_insert(HeaderValue::from_static("identity"));
    }
}

/// Statuses for which the runtime refuses a body.
fn has_no_body(status: StatusCode) -> bool {
    matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED)
}

/// The runtime's byte pipe without a buffer. (`TransformStream` would queue, and costs a script call per chunk.)
fn identity_stream() -> Result<TransformStream, JsValue> {
    let class = Reflect::get(&js_sys::global(), &JsValue::from_str("IdentityTransformStream"))?;
    Reflect::construct(&class.dyn_into::<Function>()?, &js_sys::Array::new()).map(JsCast::unchecked_into)
}

/// Chunks that may wait between the relay and a slow reader.
const AHEAD: usize = 8;

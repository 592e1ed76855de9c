//! The way out: `fetch`, with deadlines for the head and between chunks. Errors of the runtime may carry addresses, so
//! none is passed on as text.

use crate::header_map;
use crate::platform::{Edge, delay};
use bytes::Bytes;
use futures_core::Stream;
use futures_util::future::{Either, select};
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, HeaderValue};
use http::{Request, Response};
use js_sys::Uint8Array;
use proxyagent_core::ports::{Patience, Severed, Unsent, Upstream};
use proxyagent_core::time::Millis;
use proxyagent_core::tool::address::Reach;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_streams::ReadableStream;
use wasm_streams::readable::IntoStream;
use worker::web_sys::{self, AbortController, RequestInit, RequestRedirect, WorkerGlobalScope};
use worker::{Date, Delay};

impl Upstream for Edge {
    type Body = Incoming;

    async fn send(&self, request: Request<Bytes>, patience: Patience) -> Result<Response<Incoming>, Unsent> {
        let controller = AbortController::new().map_err(|_| Unsent::Connect)?;
        let fetching = JsFuture::from(start(request, &controller).map_err(|_| Unsent::Connect)?);
        // The runtime does not tell when it has connected; both spans are one here.
        let head = Millis(patience.connect.0.saturating_add(patience.first_byte.0));
        match select(fetching, delay(head)).await {
            Either::Left((Ok(response), _)) => accept(response.unchecked_into(), controller, patience.idle),
            Either::Left((Err(thrown), _)) => Err(classify(&thrown)),
            Either::Right(((), _)) => {
                controller.abort();
                Err(Unsent::Slow)
            }
        }
    }

    /// The runtime resolves names and shows no address; its network reaches no private one of anybody's, and core has
    /// judged the host as written.
    async fn send_guarded(
        &self,
        request: Request<Bytes>,
        patience: Patience,
        _reach: Reach,
    ) -> Result<Response<Incoming>, Unsent> {
        self.send(request, patience).await
    }
}

/// An answer's body as it arrives.
pub(crate) struct Incoming {
    /// `None`: there is no body, or it has ended.
    chunks: Option<IntoStream<'static>>,
    controller: AbortController,
    idle: Millis,
    /// Since when a chunk is waited for, in Unix milliseconds.
    waiting: Option<u64>,
    alarm: Delay,
    waiter: Option<Waker>,
}

impl Stream for Incoming {
    type Item = Result<Bytes, Severed>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let Some(chunks) = &mut this.chunks else { return Poll::Ready(None) };
        if let Poll::Ready(read) = Pin::new(chunks).poll_next(cx) {
            this.waiting = None;
            let item = read.map(|chunk| chunk.and_then(JsCast::dyn_into::<Uint8Array>));
            return Poll::Ready(match item {
                Some(Ok(chunk)) => Some(Ok(chunk.to_vec().into())),
                Some(Err(_)) => this.end(Some(Err(Severed::Reset))),
                None => this.end(None),
            });
        }
        // A slow caller is no silence of the upstream: only waiting counts.
        this.waiting.get_or_insert_with(|| Date::now().as_millis());
        // A timer wakes who polled it first, and a body changes hands when it becomes a stream.
        if !this.waiter.as_ref().is_some_and(|waiter| waiter.will_wake(cx.waker())) {
            this.waiter = Some(cx.waker().clone());
            this.alarm = delay(this.patience_left());
        }
        // One timer serves many chunks: when it rings, it is set again for what is left of the wait for the latest.
        while Pin::new(&mut this.alarm).poll(cx).is_ready() {
            let left = this.patience_left();
            if left == Millis(0) {
                this.controller.abort();
                return Poll::Ready(this.end(Some(Err(Severed::Idle))));
            }
            this.alarm = delay(left);
        }
        Poll::Pending
    }
}

impl Incoming {
    fn patience_left(&self) -> Millis {
        let silence = self.waiting.map_or(0, |since| Date::now().as_millis().saturating_sub(since));
        Millis(self.idle.0.saturating_sub(silence))
    }

    fn end<T>(&mut self, last: T) -> T {
        self.chunks = None;
        last
    }
}

fn start(request: Request<Bytes>, controller: &AbortController) -> Result<js_sys::Promise, JsValue> {
    let (mut parts, body) = request.into_parts();
    // The runtime would ask for gzip by itself.
    parts.headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("identity"));
    let init = RequestInit::new();
    init.set_method(parts.method.as_str());
    init.set_headers(header_map::to_js(&parts.headers)?.as_ref());
    // A redirect that is followed takes the real key with it.
    init.set_redirect(RequestRedirect::Manual);
    init.set_signal(Some(&controller.signal()));
    if !body.is_empty() {
        init.set_body(&Uint8Array::from(body.as_ref()));
    }
    let global: WorkerGlobalScope = js_sys::global().unchecked_into();
    Ok(global.fetch_with_str_and_init(&parts.uri.to_string(), &init))
}

fn accept(
    response: web_sys::Response,
    controller: AbortController,
    idle: Millis,
) -> Result<Response<Incoming>, Unsent> {
    let chunks = response.body().map(|body| ReadableStream::from_raw(body).into_stream());
    let body = Incoming { chunks, controller, idle, waiting: None, alarm: delay(idle), waiter: None };
    let mut answer = Response::new(body);
    *answer.status_mut() = response.status().try_into().map_err(|_| Unsent::Reset)?;
    *answer.headers_mut() = header_map::from_js(&response.headers());
    forget_decoded(answer.headers_mut());
    Ok(answer)
}

/// The runtime has undone these encodings by the time the body is read, though the headers still name them.
fn forget_decoded(headers: &mut HeaderMap) {
    if headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding == "gzip" || encoding == "br") {
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
    }
}

/// The runtime only says in words why there is no answer. In doubt the request may have arrived.
fn classify(thrown: &JsValue) -> Unsent {
    let text =
        thrown.dyn_ref::<js_sys::Error>().map_or_else(String::new, |e| e.message().into()).to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["tls", "ssl", "certificate"]) {
        Unsent::Tls
    } else if says(&["refused", "dns", "resolve", "unreachable", "invalid url"]) {
        Unsent::Connect
    } else {
        Unsent::Reset
    }
}

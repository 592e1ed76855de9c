//! One client connection: strict HTTP/1.1 framing, bounded heads, and an end that does not cut an answer.

use crate::server::Limits;
use crate::socket::{Phase, Socket, Vigil};
use crate::wire::Wire;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::STRICT_TRANSPORT_SECURITY;
use http::{HeaderValue, Request};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tower_service::Service;

/// Serves requests until either side closes. `leave`: finish the answer under way, take no further request.
pub(crate) async fn serve<A>(stream: Wire, app: A, limits: Limits, leave: CancellationToken)
where
    A: Service<Request<Incoming>, Response = Response, Error = Infallible> + Clone + Unpin,
{
    let secure = stream.is_tls();
    if stream.set_nodelay().is_err() {
        return; // already gone
    }
    let phase = Arc::new(Phase::default());
    let unread = Arc::new(AtomicBool::new(false));
    let leftover = Arc::clone(&unread);
    let mut vigil = Vigil::new(Arc::clone(&phase), limits.head, limits.quiet);
    let socket = Socket::new(stream, Arc::clone(&phase), limits.stall);
    let service = service_fn(move |request: Request<Incoming>| {
        phase.answering();
        let phase = Arc::clone(&phase);
        let answer = app.clone().call(request);
        let unread = Arc::clone(&leftover);
        Box::pin(async move {
            answer.await.map(|mut response| {
                if secure {
                    response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, A_YEAR);
                }
                unread.fetch_or(response.extensions().get::<Unread>().is_some(), Ordering::Relaxed);
                response.map(|body| Outgoing { body, phase })
            })
        })
    });
    let mut connection = http1::Builder::new()
        .header_read_timeout(None) // would not end connections that merely wait; the vigil does
        .max_buf_size(BUFFER)
        .max_header_size(HEAD)
        .serve_connection(TokioIo::new(socket), service);
    let mut leaving = false;
    let mut leave = pin!(leave.cancelled());
    let orderly = poll_fn(|context| {
        if !leaving && leave.as_mut().poll(context).is_ready() {
            leaving = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        match connection.poll_without_shutdown(context) {
            Poll::Ready(ended) => Poll::Ready(ended.is_ok()),
            Poll::Pending => vigil.poll(context).map(|()| false),
        }
    })
    .await;
    if orderly {
        let mut socket = connection.into_parts().io.into_inner();
        let _ = socket.shutdown().await;
        if unread.load(Ordering::Relaxed) {
            let _ = timeout(LINGER, discard(&mut socket)).await;
        }
    }
}

/// Marks an answer that was given without reading the request's body.
#[derive(Clone)]
pub(crate) struct Unread;

/// Closing a socket with unread bytes resets it, and a caller still sending would lose the answer.
async fn discard(socket: &mut Socket) {
    let mut sink = vec![0; BUFFER];
    while socket.read(&mut sink).await.is_ok_and(|bytes| bytes > 0) {}
}

/// An answer's body that says when it is over.
struct Outgoing {
    body: Body,
    phase: Arc<Phase>,
}

impl http_body::Body for Outgoing {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.phase.answered();
    }
}

/// For how long the rest of a refused body is read and thrown away.
const LINGER: Duration = Duration::from_secs(5);

/// Per direction. Also what a caller that reads slowly can make the connection hold.
const BUFFER: usize = 64 << 10;

/// Whoever came over TLS is not to come without.
const A_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The request line and all headers together; 100 headers at most (hyper's own limit).
const HEAD: usize = 32 << 10;

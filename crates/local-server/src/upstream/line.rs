//! One connection to an upstream. Whoever uses it also keeps it going, in the task they are in: no message between two
//! tasks, and what has arrived is read in one go.

use super::dial::Wire;
use super::nudge::Nudge;
use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, Connection, SendRequest};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

/// A connection that is free, or whose answer is being read.
pub(super) struct Line {
    sender: SendRequest<Full<Bytes>>,
    connection: Pin<Box<Connection<Wire, Full<Bytes>>>>,
    nudge: Arc<Nudge>,
    waker: Waker,
    over: bool,
}

/// The answer broke off.
pub(super) struct Broken;

/// Why there is no answer.
pub(super) enum Unanswered {
    /// The connection was closed before anything was sent: here is the request again.
    Unsent(Box<Request<Full<Bytes>>>),
    /// The upstream may have seen it.
    Broken,
}

impl Line {
    /// HTTP/1.1 on a connection. Nothing is sent yet.
    pub(super) async fn new(wire: Wire) -> Option<Self> {
        let mut builder = http1::Builder::new();
        // What one answer may hold in memory while its caller reads slowly, and the most its headers may take.
        builder.max_buf_size(READ_BUFFER);
        let (sender, connection) = builder.handshake(wire).await.ok()?;
        let (nudge, waker) = Nudge::new();
        Some(Self { sender, connection: Box::pin(connection), nudge, waker, over: false })
    }

    /// Whether it can take a request now.
    pub(super) fn is_free(&mut self) -> bool {
        let _ = self.drive(&Context::from_waker(Waker::noop()), |_| Poll::<()>::Pending);
        !self.over && self.sender.is_ready()
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn ask(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Unanswered> {
        let mut answer = pin!(self.sender.try_send_request(request));
        let answered = poll_fn(|context| self.drive(context, |inner| answer.as_mut().poll(inner))).await;
        match answered {
            Some(Ok(response)) => Ok(response),
            Some(Err(mut error)) => Err(match error.take_message() {
                Some(request) => Unanswered::Unsent(Box::new(request)),
                None => Unanswered::Broken,
            }),
            None => Err(Unanswered::Broken),
        }
    }

    /// The next piece of the answer's body; `None` at its orderly end.
    pub(super) fn poll_piece(
        &mut self,
        body: &mut Incoming,
        context: &Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let piece = ready!(self.drive(context, |inner| Pin::new(&mut *body).poll_frame(inner)));
        Poll::Ready(match piece {
            Some(piece) => piece.map(|piece| piece.map_err(|_| Broken)),
            None => Some(Err(Broken)),
        })
    }

    /// Lets the connection work until `part` has what it waits for, or the connection is over (`None`).
    fn drive<T>(
        &mut self,
        context: &Context<'_>,
        mut part: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<Option<T>> {
        let Self { connection, nudge, waker, over, .. } = self;
        let mut inner = Context::from_waker(waker);
        nudge.rounds(context, || {
            if let Poll::Ready(outcome) = part(&mut inner) {
                return Poll::Ready(Some(outcome));
            }
            if !*over {
                *over = connection.as_mut().poll(&mut inner).is_ready();
            }
            match part(&mut inner) {
                Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
                Poll::Pending if *over => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        })
    }
}

const READ_BUFFER: usize = 64 << 10;

//! An answer's body as it arrives, with a limit on silence. It carries its connection, which is free again when all has
//! arrived and closed when not all is wanted.

use super::line::{Broken, Line};
use super::pool::{Origin, Pool};
use bytes::Bytes;
use futures_core::Stream;
use http_body::Body;
use hyper::body::Incoming;
use proxyagent_core::ports::Severed;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// The bytes as the upstream sent them.
pub struct Arriving {
    body: Incoming,
    /// `None` once the body is over.
    line: Option<Line>,
    home: (Arc<Pool>, Arc<Origin>),
    idle: Duration,
    /// The end of patience. Armed only while nothing is there to read: most reads never touch a timer.
    silence: Option<Pin<Box<Sleep>>>,
    waiting: bool,
    severed: Severance,
}

/// Nothing is registered for an answer that arrives at once.
enum Severance {
    Unasked(CancellationToken),
    Awaited(Pin<Box<WaitForCancellationFutureOwned>>),
}

impl Arriving {
    pub(super) fn new(
        body: Incoming,
        line: Line,
        home: (Arc<Pool>, Arc<Origin>),
        idle: Duration,
        severed: CancellationToken,
    ) -> Self {
        let severed = Severance::Unasked(severed);
        Self { body, line: Some(line), home, idle, silence: None, waiting: false, severed }
    }

    fn silent(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let (idle, waiting) = (self.idle, std::mem::replace(&mut self.waiting, true));
        let silence = self.silence.get_or_insert_with(|| Box::pin(sleep(idle)));
        if !waiting {
            silence.as_mut().reset(Instant::now() + idle);
        }
        silence.as_mut().poll(context)
    }

    /// All has arrived: the connection may be used again.
    fn release(&mut self) {
        if let Some(mut line) = self.line.take()
            && line.is_free()
        {
            self.home.0.keep(&self.home.1, line);
        }
    }
}

impl Severance {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Self::Unasked(token) = self {
            *self = Self::Awaited(Box::pin(token.clone().cancelled_owned()));
        }
        match self {
            Self::Awaited(severed) => severed.as_mut().poll(context),
            Self::Unasked(_) => Poll::Pending,
        }
    }
}

impl Stream for Arriving {
    type Item = Result<Bytes, Severed>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Self { body, line, .. } = &mut *self;
            let Some(line) = line else { return Poll::Ready(None) };
            match line.poll_piece(body, context) {
                Poll::Ready(piece) => {
                    self.waiting = false;
                    match piece {
                        None => {
                            self.release();
                            return Poll::Ready(None);
                        }
                        Some(Err(Broken)) => {
                            self.line = None;
                            return Poll::Ready(Some(Err(Severed::Reset)));
                        }
                        Some(Ok(frame)) => {
                            if let Ok(bytes) = frame.into_data() {
                                if self.body.is_end_stream() {
                                    self.release();
                                }
                                return Poll::Ready(Some(Ok(bytes)));
                            } // trailers end nothing and say nothing
                        }
                    }
                }
                Poll::Pending => {
                    if self.severed.poll(context).is_ready() {
                        return Poll::Ready(Some(Err(Severed::Reset)));
                    }
                    ready!(self.silent(context));
                    return Poll::Ready(Some(Err(Severed::Idle)));
                }
            }
        }
    }
}

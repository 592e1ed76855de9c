//! An answer's body as it arrives, with a limit on silence.

use bytes::Bytes;
use futures_core::Stream;
use http_body::Body;
use hyper::body::Incoming;
use proxyagent_core::ports::Severed;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// The bytes as the upstream sent them.
pub struct Arriving {
    body: Incoming,
    idle: Duration,
    /// The end of patience. Armed only while nothing is there to read: most reads never touch a timer.
    silence: Option<Pin<Box<Sleep>>>,
    waiting: bool,
    severed: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Arriving {
    pub(crate) fn new(body: Incoming, idle: Duration, severed: CancellationToken) -> Self {
        Self { body, idle, silence: None, waiting: false, severed: Box::pin(severed.cancelled_owned()) }
    }

    fn silent(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let (idle, waiting) = (self.idle, std::mem::replace(&mut self.waiting, true));
        let silence = self.silence.get_or_insert_with(|| Box::pin(sleep(idle)));
        if !waiting {
            silence.as_mut().reset(Instant::now() + idle);
        }
        silence.as_mut().poll(context)
    }
}

impl Stream for Arriving {
    type Item = Result<Bytes, Severed>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Ready(frame) => {
                    self.waiting = false;
                    match frame {
                        None => return Poll::Ready(None),
                        Some(Err(_)) => return Poll::Ready(Some(Err(Severed::Reset))),
                        Some(Ok(frame)) => {
                            if let Ok(bytes) = frame.into_data() {
                                return Poll::Ready(Some(Ok(bytes)));
                            } // trailers end nothing and say nothing
                        }
                    }
                }
                Poll::Pending => {
                    if self.severed.as_mut().poll(context).is_ready() {
                        return Poll::Ready(Some(Err(Severed::Reset)));
                    }
                    ready!(self.silent(context));
                    return Poll::Ready(Some(Err(Severed::Idle)));
                }
            }
        }
    }
}

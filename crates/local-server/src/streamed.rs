//! A streamed answer's body. The relay is a part of the connection's task, so that all events that are there leave in
//! one write; when the caller hangs up, it goes on as a task of its own.

use crate::surviving::Surviving;
use bytes::Bytes;
use futures_channel::mpsc::{Receiver, Sender, channel};
use http_body::{Body, Frame};
use proxyagent_core::ports::Severed;
use std::pin::Pin;
use std::task::{Context, Poll};

type Piece = Result<Bytes, Severed>;

/// What a pump puts into its channel, pumped as it is asked for.
pub(crate) struct Streamed<F: Future<Output = ()> + Send + 'static> {
    pump: Option<Surviving<F>>,
    pieces: Receiver<Piece>,
}

impl<F: Future<Output = ()> + Send + 'static> Streamed<F> {
    pub(crate) fn new(pump: impl FnOnce(Sender<Piece>) -> F) -> Self {
        let (out, pieces) = channel(PIECES);
        Self { pump: Some(Surviving::new(pump(out))), pieces }
    }
}

impl<F: Future<Output = ()> + Send + 'static> Body for Streamed<F> {
    type Data = Bytes;
    type Error = Severed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Severed>>> {
        let mut pumped = false;
        loop {
            match self.pieces.try_recv() {
                Ok(piece) => return Poll::Ready(Some(piece.map(Frame::data))),
                Err(empty) if empty.is_closed() => return Poll::Ready(None),
                // Only the pump puts something in, and it waits with this very context.
                Err(_) if pumped => return Poll::Pending,
                Err(_) => {}
            }
            if let Some(pump) = &mut self.pump {
                pumped = Pin::new(pump).poll(context).is_pending();
                if !pumped {
                    self.pump = None;
                }
            } else {
                return Poll::Pending;
            }
        }
    }
}

/// Pieces of an answer that may wait for a slow caller; beyond that the upstream is not read.
const PIECES: usize = 8;

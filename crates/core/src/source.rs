//! An answer's body on its way in: from the network, turned into another form, read already, or made here.

use crate::kind::Inbound;
use crate::mock;
use crate::ports::Severed;
use crate::problem::Problem;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use std::collections::VecDeque;

/// An answer's body, from the network or from the offline model.
pub(crate) enum Source<B> {
    Live(B),
    /// In another form than the endpoint's dialect.
    Turned {
        body: B,
        machine: Box<dyn Inbound>,
        over: bool,
    },
    /// Read already.
    Whole(Option<Bytes>),
    Canned {
        pieces: VecDeque<mock::Piece>,
        cut: bool,
    },
}

impl<B: futures_core::Stream<Item = Result<Bytes, Severed>> + Unpin> Source<B> {
    pub(crate) async fn next(&mut self, timer: &impl crate::ports::Timer) -> Option<Result<Bytes, Severed>> {
        match self {
            Self::Live(body) => body.next().await,
            Self::Turned { body, machine, over } => turn(body, machine.as_mut(), over).await,
            Self::Whole(body) => body.take().filter(|body| !body.is_empty()).map(Ok),
            Self::Canned { pieces, cut } => match pieces.pop_front() {
                Some(piece) => {
                    if piece.wait.0 > 0 {
                        timer.sleep(piece.wait).await;
                    }
                    Some(Ok(piece.bytes))
                }
                None if *cut => {
                    *cut = false;
                    Some(Err(Severed::Reset))
                }
                None => None,
            },
        }
    }

    /// The whole body, if it is not longer than `limit` bytes.
    pub(crate) async fn whole(
        &mut self,
        timer: &impl crate::ports::Timer,
        limit: usize,
    ) -> Result<Bytes, Unread> {
        let mut first: Option<Bytes> = None;
        let mut rest = BytesMut::new();
        while let Some(chunk) = self.next(timer).await {
            let chunk = chunk.map_err(Unread::Severed)?;
            if first.as_ref().map_or(0, Bytes::len) + rest.len() + chunk.len() > limit {
                return Err(Unread::TooLarge);
            }
            match &first {
                None => first = Some(chunk),
                Some(start) => {
                    if rest.is_empty() {
                        rest.reserve(start.len() + chunk.len());
                        rest.extend_from_slice(start);
                        first = Some(Bytes::new());
                    }
                    rest.extend_from_slice(&chunk);
                }
            }
        }
        Ok(if rest.is_empty() { first.unwrap_or_default() } else { rest.freeze() })
    }
}

/// Why a body could not be read whole.
pub(crate) enum Unread {
    Severed(Severed),
    TooLarge,
}

impl Unread {
    /// What the caller is told.
    pub(crate) fn problem(self, provider: &'static str, limit: usize) -> Problem {
        match self {
            Self::Severed(cause) => Problem::UpstreamCut { provider, cause },
            Self::TooLarge => Problem::UpstreamTooLarge { provider, limit },
        }
    }
}

/// The next bytes in the endpoint's own dialect.
async fn turn<B: futures_core::Stream<Item = Result<Bytes, Severed>> + Unpin>(
    body: &mut B,
    machine: &mut dyn Inbound,
    over: &mut bool,
) -> Option<Result<Bytes, Severed>> {
    let mut out = Vec::new();
    while !*over {
        let turned = match body.next().await {
            Some(Ok(bytes)) => machine.push(&bytes, &mut out),
            Some(Err(severed)) => {
                *over = true;
                return Some(Err(severed));
            }
            None => {
                *over = true;
                machine.finish(&mut out)
            }
        };
        if turned.is_err() {
            *over = true;
            return Some(Err(Severed::Reset));
        }
        if !out.is_empty() {
            return Some(Ok(out.into()));
        }
    }
    None
}

//! A client's socket, and patience with it: with a head that does not arrive, a connection that is not used, and a
//! reader that does not read. Timers are armed only while there is something to wait for.

use crate::wire::Wire;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Where a connection is in its request: counts up, so that two heads are never taken for one.
/// The remainder by three: 0 a head is arriving, 1 a request is being answered, 2 nothing is asked.
#[derive(Default)]
pub(crate) struct Phase(AtomicU64);

impl Phase {
    /// The head is complete.
    pub(crate) fn answering(&self) {
        self.reach(ANSWERING);
    }

    /// The answer is sent, or given up.
    pub(crate) fn answered(&self) {
        self.reach(QUIET);
    }

    fn reach(&self, step: u64) {
        let now = self.0.load(Ordering::Relaxed);
        self.0.store(now + (step + 3 - now % 3) % 3, Ordering::Relaxed);
    }
}

/// Runs out when a head does not arrive or nothing is asked for too long.
pub(crate) struct Vigil {
    phase: Arc<Phase>,
    head: Duration,
    quiet: Duration,
    alarm: Alarm,
}

impl Vigil {
    pub(crate) fn new(phase: Arc<Phase>, head: Duration, quiet: Duration) -> Self {
        Self { phase, head, quiet, alarm: Alarm::default() }
    }

    /// To be polled whenever the connection made no progress.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let phase = self.phase.0.load(Ordering::Relaxed);
        match phase % 3 {
            ARRIVING => self.alarm.poll(phase, self.head, context),
            QUIET => self.alarm.poll(phase, self.quiet, context),
            _ => Poll::Pending,
        }
    }
}

/// The socket itself. Fails when its peer reads nothing for too long.
pub(crate) struct Socket {
    stream: Wire,
    phase: Arc<Phase>,
    stall: Duration,
    alarm: Alarm,
}

impl Socket {
    pub(crate) fn new(stream: Wire, phase: Arc<Phase>, stall: Duration) -> Self {
        Self { stream, phase, stall, alarm: Alarm::default() }
    }

    fn wrote<T>(&mut self, context: &mut Context<'_>, progress: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if progress.is_ready() {
            self.alarm.armed_for = None;
            return progress;
        }
        self.alarm.poll(0, self.stall, context).map(|()| Err(ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, into);
        if into.filled().len() > before && self.phase.0.load(Ordering::Relaxed) % 3 == QUIET {
            self.phase.reach(ARRIVING);
        }
        read
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(context, progress)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.wrote(context, progress)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// A timer that is made when first needed and kept for the next time. A later deadline costs it nothing: it looks at the
/// deadline when it rings.
#[derive(Default)]
struct Alarm {
    timer: Option<Pin<Box<Sleep>>>,
    armed_for: Option<(u64, Instant)>,
}

impl Alarm {
    /// Ready once `span` has passed since the first poll for this `cause`.
    fn poll(&mut self, cause: u64, span: Duration, context: &mut Context<'_>) -> Poll<()> {
        let deadline = match self.armed_for {
            Some((armed, deadline)) if armed == cause => deadline,
            _ => Instant::now() + span,
        };
        self.armed_for = Some((cause, deadline));
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        loop {
            ready!(timer.as_mut().poll(context));
            if timer.deadline() >= deadline {
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline);
        }
    }
}

const ARRIVING: u64 = 0;
const ANSWERING: u64 = 1;
const QUIET: u64 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_follow_each_other_and_never_repeat() {
        let phase = Phase::default();
        let mut seen = vec![phase.0.load(Ordering::Relaxed)];
        for _ in 0..3 {
            for step in [ANSWERING, QUIET, ARRIVING] {
                phase.reach(step);
                let now = phase.0.load(Ordering::Relaxed);
                assert_eq!(now % 3, step);
                assert!(!seen.contains(&now));
                seen.push(now);
            }
        }
        let before = phase.0.load(Ordering::Relaxed);
        phase.reach(ARRIVING);
        assert_eq!(phase.0.load(Ordering::Relaxed), before);
    }
}

//! Work that outlives whoever waits for it. A call is settled even if its caller hangs up.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Work that goes on as a task of its own when the one that waits for it is gone. While someone waits, it is part of
/// their task: most calls never cost a task.
pub(crate) struct Surviving<F: Future + Send + 'static>(Option<Pin<Box<F>>>);

impl<F: Future + Send + 'static> Surviving<F> {
    pub(crate) fn new(work: F) -> Self {
        Self(Some(Box::pin(work)))
    }
}

impl<F: Future + Send + 'static> Future for Surviving<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Some(work) = &mut self.0 else { return Poll::Pending };
        let output = ready!(work.as_mut().poll(context));
        self.0 = None;
        Poll::Ready(output)
    }
}

impl<F: Future + Send + 'static> Drop for Surviving<F> {
    fn drop(&mut self) {
        if let Some(work) = self.0.take() {
            tokio::spawn(async move { drop(work.await) });
        }
    }
}

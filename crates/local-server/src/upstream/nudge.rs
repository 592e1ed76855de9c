//! A waker for work that is polled inside a task: what it wakes while it is being polled only means "once more". Without
//! it the halves of one connection would schedule the whole task for every message between them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Wakes the task that polled last, or asks for another round of the poll that is under way.
pub(super) struct Nudge {
    again: AtomicBool,
    polling: AtomicBool,
    task: Mutex<Option<Waker>>,
}

impl Nudge {
    /// A nudge and its waker.
    pub(super) fn new() -> (Arc<Self>, Waker) {
        let nudge = Arc::new(Self {
            again: AtomicBool::new(false),
            polling: AtomicBool::new(false),
            task: Mutex::new(None),
        });
        (Arc::clone(&nudge), Waker::from(nudge))
    }

    /// Repeats `round` until it is ready or nothing asked for more, or until other tasks should have their turn.
    pub(super) fn rounds<T>(&self, context: &Context<'_>, mut round: impl FnMut() -> Poll<T>) -> Poll<T> {
        {
            let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
            if !task.as_ref().is_some_and(|task| task.will_wake(context.waker())) {
                *task = Some(context.waker().clone());
            }
        }
        for _ in 0..ROUNDS {
            self.polling.store(true, Ordering::SeqCst);
            self.again.store(false, Ordering::SeqCst);
            let outcome = round();
            self.polling.store(false, Ordering::SeqCst);
            if outcome.is_ready() {
                return outcome;
            }
            // Whatever woke after this line wakes the task.
            if !self.again.load(Ordering::SeqCst) {
                return Poll::Pending;
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Wake for Nudge {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.again.store(true, Ordering::SeqCst);
        if !self.polling.load(Ordering::SeqCst) {
            let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(task) = task {
                task.wake();
            }
        }
    }
}

/// Tokio too asks for another round, of the whole task, when it wants others to run.
const ROUNDS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[derive(Default)]
    struct Counter(AtomicUsize);
    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn inside_it_repeats_and_outside_it_wakes() {
        let counter = Arc::new(Counter::default());
        let task = Waker::from(Arc::clone(&counter));
        let (nudge, waker) = Nudge::new();
        let mut rounds = 0;
        let outcome: Poll<()> = nudge.rounds(&Context::from_waker(&task), || {
            rounds += 1;
            if rounds < 3 {
                waker.wake_by_ref();
            }
            Poll::Pending
        });
        assert_eq!((outcome, rounds, counter.0.load(Ordering::SeqCst)), (Poll::Pending, 3, 0));
        waker.wake_by_ref();
        assert_eq!(counter.0.load(Ordering::SeqCst), 1);
        waker.wake_by_ref();
        assert_eq!(nudge.rounds(&Context::from_waker(&task), || Poll::Ready(7)), Poll::Ready(7));
    }
}

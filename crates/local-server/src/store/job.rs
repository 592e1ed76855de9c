//! A batch on its way to a store thread, and the answer on its way back. Either the thread takes the batch, or it is
//! given up; never both, so that "unavailable" means "not written".

use proxyagent_core::ports::{Rows, Statement, StoreError};
use std::mem::replace;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

type Outcome = Result<Vec<Rows>, StoreError>;

/// The thread's side. Dropped without an answer, it answers "unavailable".
pub(crate) struct Job {
    pub(crate) statements: Vec<Statement>,
    reply: Arc<Reply>,
}

/// The caller's side: what became of the batch.
pub(crate) struct Ticket(Arc<Reply>);

/// What both sides share.
pub(crate) struct Reply {
    put: Instant,
    stage: Mutex<Stage>,
}

enum Stage {
    /// Nobody works on it; the waker is the caller's.
    Waiting(Option<Waker>),
    Taken(Option<Waker>),
    Answered(Outcome),
    /// The caller has the answer.
    Over,
}

impl Job {
    pub(crate) fn new(statements: Vec<Statement>) -> (Self, Ticket) {
        let reply = Arc::new(Reply { put: Instant::now(), stage: Mutex::new(Stage::Waiting(None)) });
        (Self { statements, reply: Arc::clone(&reply) }, Ticket(reply))
    }

    /// Claims the job for execution; `false` when it was given up.
    pub(crate) fn take(&self) -> bool {
        let mut stage = self.reply.lock();
        let Stage::Waiting(caller) = &mut *stage else { return false };
        *stage = Stage::Taken(caller.take());
        true
    }

    pub(crate) fn answer(&self, outcome: Outcome) {
        self.reply.answer(outcome);
    }

    pub(crate) fn reply(&self) -> &Arc<Reply> {
        &self.reply
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.reply.answer(Err(StoreError::Unavailable));
    }
}

impl Reply {
    /// Answers "unavailable" when it is `now` too late for anything else: when nobody took the job within `patience`,
    /// or when it is still being executed after `last_wait`. Before that only its own end tells the truth.
    pub(crate) fn give_up(&self, now: Instant, patience: Duration, last_wait: Duration) {
        let waited = now.saturating_duration_since(self.put);
        let too_late = match *self.lock() {
            Stage::Waiting(_) => waited >= patience,
            Stage::Taken(_) => waited >= last_wait,
            Stage::Answered(_) | Stage::Over => false,
        };
        if too_late {
            self.answer(Err(StoreError::Unavailable));
        }
    }

    /// The first answer counts.
    fn answer(&self, outcome: Outcome) {
        let mut stage = self.lock();
        let (Stage::Waiting(caller) | Stage::Taken(caller)) = &mut *stage else { return };
        let caller = caller.take();
        *stage = Stage::Answered(outcome);
        drop(stage);
        if let Some(caller) = caller {
            caller.wake();
        }
    }

    /// Nothing that holds the lock can panic half way.
    fn lock(&self) -> std::sync::MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Future for Ticket {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        let mut stage = self.0.lock();
        match &mut *stage {
            Stage::Waiting(caller) | Stage::Taken(caller) => {
                if !caller.as_ref().is_some_and(|known| known.will_wake(context.waker())) {
                    *caller = Some(context.waker().clone());
                }
                Poll::Pending
            }
            Stage::Answered(_) => match replace(&mut *stage, Stage::Over) {
                Stage::Answered(outcome) => Poll::Ready(outcome),
                _ => Poll::Pending,
            },
            Stage::Over => Poll::Pending,
        }
    }
}

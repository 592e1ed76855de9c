//! A batch on its way to a connection, and the answer on its way back. Either a connection takes the batch, or its
//! caller gives it up; never both, so that "unavailable" means "not written".

use proxyagent_core::ports::{Rows, Statement, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::time::timeout;

type Outcome = Result<Vec<Rows>, StoreError>;

/// The connection's side. Dropped without an answer, it answers "unavailable".
pub(crate) struct Job {
    pub(crate) statements: Vec<Statement>,
    put: Instant,
    claim: Arc<AtomicU8>,
    answer: oneshot::Sender<Outcome>,
}

/// The caller's side.
pub(crate) struct Ticket {
    claim: Arc<AtomicU8>,
    answer: oneshot::Receiver<Outcome>,
}

impl Job {
    pub(crate) fn new(statements: Vec<Statement>) -> (Self, Ticket) {
        let claim = Arc::new(AtomicU8::new(WAITING));
        let (answer, answered) = oneshot::channel();
        let job = Self { statements, put: Instant::now(), claim: Arc::clone(&claim), answer };
        (job, Ticket { claim, answer: answered })
    }

    /// Claims the job for execution; `false` when it was given up. A job may be taken again, by whoever has it.
    pub(crate) fn take(&self) -> bool {
        let before = self.claim.compare_exchange(WAITING, TAKEN, Ordering::Relaxed, Ordering::Relaxed);
        before != Err(GIVEN_UP)
    }

    /// Its caller has waited for as long as a caller waits: it is not tried again.
    pub(crate) fn is_late(&self) -> bool {
        self.put.elapsed() >= PATIENCE
    }

    pub(crate) fn answer(self, outcome: Outcome) {
        let _ = self.answer.send(outcome);
    }
}

impl Ticket {
    pub(crate) async fn outcome(mut self) -> Outcome {
        if let Ok(answer) = timeout(PATIENCE, &mut self.answer).await {
            return answer.unwrap_or(Err(StoreError::Unavailable));
        }
        let gone = self.claim.compare_exchange(WAITING, GIVEN_UP, Ordering::Relaxed, Ordering::Relaxed);
        if gone.is_ok() {
            return Err(StoreError::Unavailable);
        }
        // It is being executed, and only its own end tells the truth; that has a limit of its own.
        self.answer.await.unwrap_or(Err(StoreError::Unavailable))
    }
}

const WAITING: u8 = 0;
const TAKEN: u8 = 1;
const GIVEN_UP: u8 = 2;

/// How long a batch may wait for a connection.
const PATIENCE: Duration = Duration::from_secs(2);

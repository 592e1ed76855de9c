//! A batch on its way to a store thread. Either the thread takes it, or its caller gives it up; never both, so that
//! "unavailable" means "not written".

use proxyagent_core::ports::{Rows, Statement, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;

type Outcome = Result<Vec<Rows>, StoreError>;

/// The thread's side.
pub(crate) struct Job {
    pub(crate) statements: Vec<Statement>,
    claimed: Arc<AtomicBool>,
    reply: oneshot::Sender<Outcome>,
}

/// The caller's side.
pub(crate) struct Ticket {
    claimed: Arc<AtomicBool>,
    reply: oneshot::Receiver<Outcome>,
}

impl Job {
    pub(crate) fn new(statements: Vec<Statement>) -> (Self, Ticket) {
        let claimed = Arc::new(AtomicBool::new(false));
        let (send, receive) = oneshot::channel();
        (Self { statements, claimed: Arc::clone(&claimed), reply: send }, Ticket { claimed, reply: receive })
    }

    /// Claims the job for execution; `false` when its caller no longer waits.
    pub(crate) fn take(&self) -> bool {
        claim(&self.claimed)
    }

    pub(crate) fn answer(self, outcome: Outcome) {
        let _ = self.reply.send(outcome);
    }
}

impl Ticket {
    /// Waits up to `patience` for the job to be taken, then for what became of it.
    pub(crate) async fn outcome(mut self, patience: Duration) -> Outcome {
        match tokio::time::timeout(patience, &mut self.reply).await {
            Ok(answer) => answer.unwrap_or(Err(StoreError::Unavailable)),
            Err(_) if claim(&self.claimed) => Err(StoreError::Unavailable),
            // It is being executed: only its own end tells the truth. A disk that hangs even then is given up.
            Err(_) => match tokio::time::timeout(LAST_WAIT, self.reply).await {
                Ok(answer) => answer.unwrap_or(Err(StoreError::Unavailable)),
                Err(_) => Err(StoreError::Unavailable),
            },
        }
    }
}

fn claim(flag: &AtomicBool) -> bool {
    !flag.swap(true, Ordering::AcqRel)
}

/// For a batch that is already executing when its patience ends.
const LAST_WAIT: Duration = Duration::from_secs(8);

//! What waits for a store thread. Putting something in does not wake the thread: the bell is rung once the tasks that are
//! ready to run have run, so that what they put in is written together. A wake costs more than a batch.

use super::job::{Job, Reply};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What a store thread is asked to do.
pub(crate) enum Errand {
    Batch(Job),
    /// Answer when everything before is done and the log is moved into the main file.
    Flush(SyncSender<()>),
}

/// Errands in the order they came.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<Errand>,
    /// What the thread took last. Answered, unless it is at work.
    in_hand: Vec<Arc<Reply>>,
    rung: bool,
    asleep: bool,
    watched: bool,
    closed: bool,
}

/// What is left to do for whoever put something in.
pub(crate) struct Put {
    /// It is the first errand since the thread last took some: the bell must be rung.
    pub(crate) first: bool,
    /// Nobody watches the queue any more: someone must.
    pub(crate) unwatched: bool,
}

/// There is no room.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Queue {
    pub(crate) fn put(&self, errand: Errand) -> Result<Put, Full> {
        let mut state = self.lock();
        if state.closed || state.waiting.len() >= MOST {
            drop(state);
            return Err(Full);
        }
        state.waiting.push(errand);
        let unwatched = !std::mem::replace(&mut state.watched, true);
        Ok(Put { first: state.waiting.len() == 1, unwatched })
    }

    /// Whether more waits than `before`, which is brought up to date.
    pub(crate) fn has_grown(&self, before: &mut usize) -> bool {
        let now = self.lock().waiting.len();
        now > std::mem::replace(before, now)
    }

    pub(crate) fn ring(&self) {
        let mut state = self.lock();
        state.rung = true;
        if state.asleep {
            self.bell.notify_one();
        }
    }

    /// Nothing more is put in; what waits is still taken.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.ring();
    }

    /// Sleeps until the bell rings, then moves everything into `taken`. `false`: closed and empty.
    pub(crate) fn take(&self, taken: &mut Vec<Errand>) -> bool {
        let mut locked = self.lock();
        loop {
            let state = &mut *locked;
            state.in_hand.clear();
            if (state.rung || state.closed) && !state.waiting.is_empty() {
                state.rung = false;
                for errand in state.waiting.drain(..) {
                    if let Errand::Batch(job) = &errand {
                        state.in_hand.push(Arc::clone(job.reply()));
                    }
                    taken.push(errand);
                }
                return true;
            }
            if state.closed {
                return false;
            }
            // Rung with nothing there: it was taken already.
            state.rung = false;
            state.asleep = true;
            locked = self.bell.wait(locked).unwrap_or_else(PoisonError::into_inner);
            locked.asleep = false;
        }
    }

    /// Gives up what has waited too long. `false`: nothing waits, and whoever watches may go.
    pub(crate) fn look(&self, now: Instant) -> bool {
        let mut state = self.lock();
        let waiting = state.waiting.iter().filter_map(|errand| match errand {
            Errand::Batch(job) => Some(job.reply()),
            Errand::Flush(_) => None,
        });
        for reply in waiting.chain(&state.in_hand) {
            reply.give_up(now, PATIENCE, LAST_WAIT);
        }
        state.watched = !(state.waiting.is_empty() && state.in_hand.is_empty());
        state.watched
    }

    pub(crate) fn unwatch(&self) {
        self.lock().watched = false;
    }

    /// Nothing that holds the lock can panic half way.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// More means that the disk does not keep up, and new calls must hear so at once.
const MOST: usize = 4096;

/// How long a batch may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(2);

/// For a batch that is being executed when its patience ends. A disk that hangs even then is given up.
const LAST_WAIT: Duration = Duration::from_secs(10);

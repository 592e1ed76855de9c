//! What waits for the writing thread. Putting something in does not wake the thread: the bell is rung once the tasks
//! that are ready to run have run, so that what they put in is written together. A wake costs more than a batch.

use super::writer::Errand;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Errands in the order they came.
#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<Errand>,
    rung: bool,
    asleep: bool,
    closed: bool,
}

/// There is no room.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Queue {
    /// Says whether this is the first errand since the thread last took some: then the bell must be rung.
    pub(crate) fn put(&self, errand: Errand) -> Result<bool, Full> {
        let mut state = self.lock();
        if state.closed || state.waiting.len() >= MOST {
            return Err(Full);
        }
        state.waiting.push(errand);
        Ok(state.waiting.len() == 1)
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
        let mut state = self.lock();
        loop {
            if (state.rung || state.closed) && !state.waiting.is_empty() {
                state.rung = false;
                taken.append(&mut state.waiting);
                return true;
            }
            if state.closed {
                return false;
            }
            // Rung with nothing there: it was taken already.
            state.rung = false;
            state.asleep = true;
            state = self.bell.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.asleep = false;
        }
    }

    /// Nothing that holds the lock can panic half way.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// More means that the disk does not keep up, and new calls must hear so at once.
const MOST: usize = 4096;

//! Which credential pays a call, and in which order the others follow when it fails. Knows how each one fares; sends
//! nothing.

mod health;
mod judge;

use crate::credential::Credential;
use crate::time::UnixMs;
pub(crate) use health::Ailment;
use health::Health;
pub(crate) use judge::{Trouble, judge};
use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How the credentials of one process (or isolate) fare.
#[derive(Default)]
pub(crate) struct Pool {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Of those that have failed; a credential that is not here is well.
    ailing: BTreeMap<String, Health>,
    /// The next turn of each provider.
    turns: BTreeMap<&'static str, usize>,
    /// Which credential a session has used: its prompt cache is there.
    kept: HashMap<u64, String>,
}

/// A caller's session, as far as it can be told apart: the same token and the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Session(u64);

impl Session {
    pub(crate) fn of(token: &str, name: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        (token, name).hash(&mut hasher);
        Self(hasher.finish())
    }
}

impl Pool {
    /// The candidates in the order to try them: the session's own, then by priority, taking turns within one. Those that
    /// are cooling down come last. One that was refused for good is not among them, unless nothing else is there: then
    /// the one whose park ends first is tried all the same, because no answer is worse than its refusal.
    pub(crate) fn order(
        &self,
        candidates: &[Arc<Credential>],
        session: Option<Session>,
        now: UnixMs,
    ) -> Vec<Arc<Credential>> {
        if let [only] = candidates {
            return vec![only.clone()];
        }
        let mut state = lock(&self.state);
        let kept = session.and_then(|Session(key)| state.kept.get(&key).cloned());
        let mut well = Vec::new();
        let mut cooling = Vec::new();
        let mut parked = Vec::new();
        for credential in candidates {
            match state.ailing.get(&credential.id).filter(|health| health.is_of(credential)) {
                None => well.push(credential.clone()),
                Some(health) if health.may_be_tried(now) => well.push(credential.clone()),
                Some(health) if health.is_parked() => parked.push((health.until, credential.clone())),
                Some(health) => cooling.push((health.until, credential.clone())),
            }
        }
        well.sort_by_key(|credential| credential.priority);
        if let Some(first) = well.first() {
            let level = first.priority;
            let equal = well.iter().take_while(|credential| credential.priority == level).count();
            let turn = state.turns.entry(first.provider.name).or_default();
            let start = *turn % equal;
            *turn = turn.wrapping_add(1);
            if let Some(equals) = well.get_mut(..equal) {
                equals.rotate_left(start);
            }
        }
        if let Some(at) = well.iter().position(|credential| kept.as_deref() == Some(&*credential.id)) {
            let own = well.remove(at);
            well.insert(0, own);
        }
        // One call finds out whether the first is well again; the others wait for what it finds.
        if let Some(health) = well.first().and_then(|first| state.ailing.get_mut(&first.id)) {
            health.begin_probe(now);
        }
        cooling.sort_by_key(|(until, _)| *until);
        well.extend(cooling.into_iter().map(|(_, credential)| credential));
        if well.is_empty() {
            parked.sort_by_key(|(until, _)| *until);
            well.extend(parked.into_iter().map(|(_, credential)| credential).take(1));
        }
        well
    }

    /// It has answered. `true`: it had been parked in the store, which must hear of it.
    pub(crate) fn well(&self, credential: &Credential, session: Option<Session>) -> bool {
        let mut state = lock(&self.state);
        if let Some(Session(key)) = session {
            if state.kept.len() >= MOST_SESSIONS {
                state.kept.clear();
            }
            state.kept.insert(key, credential.id.clone());
        }
        state.ailing.remove(&credential.id).is_some_and(|health| health.is_parked())
    }

    /// It has failed.
    pub(crate) fn ails(&self, credential: &Credential, trouble: Trouble, now: UnixMs) -> Ailment {
        let mut state = lock(&self.state);
        let health = state.ailing.entry(credential.id.clone()).or_insert_with(|| Health::new(credential));
        health.worsen(credential, trouble, now)
    }

    /// What the store knows of a credential, where this process knows nothing of that version yet.
    pub(crate) fn recall(&self, credential: &Credential, until: UnixMs, why: &str, failures: u32) {
        let mut state = lock(&self.state);
        let known = state.ailing.get(&credential.id).is_some_and(|health| health.is_of(credential));
        if !known {
            state
                .ailing
                .insert(credential.id.clone(), Health::recalled(credential, until, why.to_owned(), failures));
        }
    }

    /// The operator has changed it: what was known of it counts no more.
    pub(crate) fn forget(&self, id: &str) {
        lock(&self.state).ailing.remove(id);
    }

    /// How it fares, for lists. `None`: well.
    pub(crate) fn fares(&self, credential: &Credential) -> Option<Fares> {
        let state = lock(&self.state);
        let health = state.ailing.get(&credential.id).filter(|health| health.is_of(credential))?;
        let Health { until, why, failures, .. } = health;
        Some(Fares { until: *until, why: why.clone(), failures: *failures, parked: health.is_parked() })
    }
}

/// What is known of a credential that has failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fares {
    pub(crate) until: UnixMs,
    pub(crate) why: String,
    pub(crate) failures: u32,
    pub(crate) parked: bool,
}

/// A panic elsewhere leaves a wrong opinion of a credential at worst, and opinions are corrected by the next answer.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Then all are forgotten: a session that lost its credential pays for a cold cache once.
const MOST_SESSIONS: usize = 20_000;

#[cfg(test)]
mod tests;

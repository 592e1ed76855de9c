//! The secrets this process has had in its hands, those it no longer uses included: an answer under way may still hold
//! one.

use super::Scrubber;
use crate::secret::Secret;
use std::sync::{Arc, PoisonError, RwLock};

/// What is searched for, shared by all calls.
#[derive(Default)]
pub(crate) struct KnownSecrets(RwLock<Known>);

#[derive(Default)]
struct Known {
    secrets: Vec<Secret>,
    scrubber: Arc<Scrubber>,
}

impl KnownSecrets {
    pub(crate) fn scrubber(&self) -> Arc<Scrubber> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).scrubber.clone()
    }

    /// From here on these are searched for too. Cheap when all are known already.
    pub(crate) fn learn<'a>(&self, secrets: impl IntoIterator<Item = &'a Secret>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = known.secrets.len();
        for secret in secrets {
            if !known.secrets.iter().any(|other| other.expose() == secret.expose()) {
                known.secrets.push(secret.clone());
            }
        }
        if known.secrets.len() == before {
            return;
        }
        // Short-lived tokens would pile up for ever; the oldest have long expired.
        let surplus = known.secrets.len().saturating_sub(MOST);
        known.secrets.drain(..surplus);
        known.scrubber = Arc::new(Scrubber::new(known.secrets.iter()));
    }
}

const MOST: usize = 1024;

//! How one credential fares: how long it is left alone after a failure, and how it comes back.

use super::judge::Trouble;
use crate::credential::Credential;
use crate::time::{Millis, UnixMs};

/// A credential that has failed and not answered since.
pub(super) struct Health {
    /// Of which secret this is known.
    version: i64,
    /// It is left alone until then.
    pub(super) until: UnixMs,
    pub(super) why: String,
    /// In a row.
    pub(super) failures: u32,
    /// It was refused, or is used up: waiting alone does not help.
    parked: bool,
    /// A call is finding out whether it is well again; another may from then on.
    probing_until: UnixMs,
}

/// What one more failure means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ailment {
    pub(crate) until: UnixMs,
    pub(crate) why: &'static str,
    pub(crate) failures: u32,
    /// The store must remember it, and the operator be told.
    pub(crate) parked: bool,
}

impl Health {
    pub(super) fn new(credential: &Credential) -> Self {
        Self {
            version: credential.version,
            until: UnixMs(i64::MIN),
            why: String::new(),
            failures: 0,
            parked: false,
            probing_until: UnixMs(i64::MIN),
        }
    }

    pub(super) fn recalled(credential: &Credential, until: UnixMs, why: String, failures: u32) -> Self {
        Self { until, why, failures, parked: true, ..Self::new(credential) }
    }

    pub(super) fn is_of(&self, credential: &Credential) -> bool {
        self.version == credential.version
    }

    pub(super) fn is_parked(&self) -> bool {
        self.parked
    }

    /// Its time is over, and no other call is finding out how it is.
    pub(super) fn may_be_tried(&self, now: UnixMs) -> bool {
        self.until <= now && self.probing_until <= now
    }

    pub(super) fn begin_probe(&mut self, now: UnixMs) {
        self.probing_until = now + LONGEST_PROBE;
    }

    pub(super) fn worsen(&mut self, credential: &Credential, trouble: Trouble, now: UnixMs) -> Ailment {
        if !self.is_of(credential) {
            *self = Self::new(credential);
        }
        // A limit that was reached says nothing about whether the credential works.
        if !matches!(trouble, Trouble::Limited(_)) {
            self.failures = self.failures.saturating_add(1);
        }
        let doubled = |first: Millis, longest: Millis| {
            Millis(first.0.saturating_mul(1 << self.failures.saturating_sub(1).min(20)).min(longest.0))
        };
        let (span, parked) = match trouble {
            Trouble::Limited(wait) => (clamped(wait.unwrap_or(LIMITED)), false),
            Trouble::Overloaded(Some(wait)) => (clamped(wait), false),
            Trouble::Overloaded(None) | Trouble::Unreachable | Trouble::Slow => {
                (doubled(BRIEFLY, LONGEST_BRIEFLY), false)
            }
            Trouble::Forbidden => (FORBIDDEN, false),
            Trouble::Refused => (doubled(REFUSED, LONGEST_REFUSED), true),
            Trouble::UsedUp => (USED_UP, true),
            Trouble::Ended => (ENDED, true),
        };
        self.until = now + span;
        self.why = trouble.name().to_owned();
        self.parked = parked;
        self.probing_until = now;
        Ailment { until: self.until, why: trouble.name(), failures: self.failures, parked }
    }
}

/// An upstream may ask for patience, but not for ever and not for none.
fn clamped(wait: Millis) -> Millis {
    Millis(wait.0.clamp(SHORTEST.0, LONGEST.0))
}

const SHORTEST: Millis = Millis::seconds(1);
const LONGEST: Millis = Millis::seconds(15 * 60);
/// Where a limit was reached and the upstream does not say for how long.
const LIMITED: Millis = Millis::seconds(15);
/// After the first failure to answer; doubled by each one that follows.
const BRIEFLY: Millis = Millis::seconds(1);
const LONGEST_BRIEFLY: Millis = Millis::seconds(60);
/// A 403 often speaks of one model or one region only, which callers choose: they must not be able to park a credential.
const FORBIDDEN: Millis = Millis::seconds(5);
/// After the first 401; doubled by each one that follows.
const REFUSED: Millis = Millis::seconds(60);
const LONGEST_REFUSED: Millis = Millis::seconds(60 * 60);
/// A quota or a balance that is used up comes back by the hour at best.
const USED_UP: Millis = Millis::seconds(30 * 60);
/// Only the operator can help; asking twice a day does no harm.
const ENDED: Millis = Millis::seconds(12 * 60 * 60);
/// A call that finds out whether a credential is well again, and dies doing it, keeps others from it for so long.
const LONGEST_PROBE: Millis = Millis::seconds(60);

//! Which answers are being fetched right now, so that a second call for the same waits instead of paying again.

use crate::proxy::House;
use crate::time::{Millis, UnixMs};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// All calls under way whose answers may be kept, by key.
#[derive(Default)]
pub(crate) struct Flights(Mutex<Under>);

#[derive(Default)]
struct Under {
    way: BTreeMap<String, Flight>,
    begun: u64,
}

/// One call under way; a later one for the same key is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flight {
    number: u64,
    since: UnixMs,
}

/// The right to keep the answer. Others stop waiting when it is dropped.
pub(crate) struct Lead {
    house: Arc<House>,
    key: String,
    number: u64,
}

impl Flights {
    /// The call that is under way for this key. One from so long ago is not: an event of the Worker may be gone without a
    /// word.
    pub(super) fn of(&self, key: &str, now: UnixMs) -> Option<Flight> {
        self.lock().way.get(key).copied().filter(|flight| now.since(flight.since) < LOST)
    }

    /// Goes ahead, unless another does already.
    pub(super) fn begin(house: &Arc<House>, key: &str, now: UnixMs) -> Option<Lead> {
        if house.flights.of(key, now).is_some() {
            return None;
        }
        let mut under = house.flights.lock();
        under.begun += 1;
        let number = under.begun;
        under.way.insert(key.to_owned(), Flight { number, since: now });
        Some(Lead { house: Arc::clone(house), key: key.to_owned(), number })
    }

    /// A panic elsewhere leaves a flight that counts as lost in time.
    fn lock(&self) -> MutexGuard<'_, Under> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lead {
    pub(super) fn key(&self) -> &str {
        &self.key
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        let mut under = self.house.flights.lock();
        if under.way.get(&self.key).is_some_and(|flight| flight.number == self.number) {
            under.way.remove(&self.key);
        }
    }
}

const LOST: Millis = Millis::seconds(15 * 60);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Config;

    #[test]
    fn one_leads_until_it_is_over_or_lost() {
        let house = House::new(Config::resolve(&BTreeMap::new()).ok().unwrap());
        let at = UnixMs(0);
        let first = Flights::begin(&house, "k", at).unwrap();
        let flight = house.flights.of("k", at);
        assert!(flight.is_some() && Flights::begin(&house, "k", at).is_none());
        assert!(Flights::begin(&house, "other", at).is_some());
        drop(first);
        assert_eq!(house.flights.of("k", at), None);
        // One that was never heard of again neither blocks a later one nor ends it.
        let lost = Flights::begin(&house, "k", at).unwrap();
        let later = at + LOST;
        let next = Flights::begin(&house, "k", later).unwrap();
        assert_ne!(house.flights.of("k", later), flight);
        drop(lost);
        assert!(house.flights.of("k", later).is_some());
        drop(next);
        assert!(house.flights.of("k", later).is_none());
    }
}

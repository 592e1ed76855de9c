//! The proxy as a value: a platform, and what was decided at start and remembered since.

use crate::admin::Throttle;
use crate::credential::Credential;
use crate::memory::Memory;
use crate::ports::Platform;
use crate::price::{PriceBook, Stored};
use crate::scrub::Scrubber;
use crate::settings::Config;
use std::sync::{Arc, PoisonError, RwLock};

/// Everything a call needs. Natively one for the life of the process; on the edge one per event, around a shared
/// [`House`].
pub struct Proxy<P> {
    pub platform: P,
    pub house: Arc<House>,
}

impl<P: Platform> Proxy<P> {
    pub fn new(platform: P, house: Arc<House>) -> Arc<Self> {
        Arc::new(Self { platform, house })
    }
}

/// What does not belong to one event: configuration, prices, and what the store said.
pub struct House {
    pub config: Config,
    prices: RwLock<Arc<PriceBook>>,
    pub(crate) memory: Memory,
    pub(crate) throttle: Throttle,
    pub(crate) scrubber: Scrubber,
}

impl House {
    pub fn new(config: Config) -> Arc<Self> {
        let scrubber = Scrubber::new(config.credentials().iter().flat_map(Credential::secrets));
        // The settings were read when they were resolved.
        let prices = PriceBook::open(&config.prices, &Stored::default(), 0).unwrap_or_default();
        let prices = RwLock::new(Arc::new(prices));
        let (memory, throttle) = (Memory::default(), Throttle::default());
        Arc::new(Self { config, prices, memory, throttle, scrubber })
    }

    /// The prices in force. A call keeps what it was held at.
    pub fn prices(&self) -> Arc<PriceBook> {
        self.prices.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on these.
    pub(crate) fn set_prices(&self, book: PriceBook) {
        *self.prices.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(book);
    }
}

//! The proxy as a value: a platform, and what was decided at start and remembered since.

use crate::cache::Flights;
use crate::credential::Credential;
use crate::memory::Memory;
use crate::ports::Platform;
use crate::price::PriceTable;
use crate::scrub::Scrubber;
use crate::settings::Config;
use crate::tally::Tally;
use std::sync::Arc;

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
    pub prices: PriceTable,
    pub(crate) memory: Memory,
    pub(crate) scrubber: Scrubber,
    pub(crate) tally: Tally,
    pub(crate) flights: Flights,
}

impl House {
    pub fn new(config: Config) -> Arc<Self> {
        let scrubber = Scrubber::new(config.credentials().iter().flat_map(Credential::secrets));
        Arc::new(Self {
            config,
            prices: PriceTable::builtin(),
            memory: Memory::default(),
            scrubber,
            tally: Tally::default(),
            flights: Flights::default(),
        })
    }
}

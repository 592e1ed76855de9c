//! The proxy as a value: a platform, and what was decided at start and remembered since.

use crate::memory::Memory;
use crate::pool::Pool;
use crate::ports::Platform;
use crate::price::{PriceBook, Stored};
use crate::scrub::Scrubber;
use crate::settings::Config;
use crate::vault::Vault;
use crate::wallet::Wallet;
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

/// What does not belong to one event: configuration, prices, what the store said, and how credentials fare.
pub struct House {
    pub config: Config,
    prices: RwLock<Arc<PriceBook>>,
    pub(crate) memory: Memory,
    pub(crate) pool: Pool,
    vault: RwLock<Option<Arc<Vault>>>,
    scrubber: RwLock<Arc<Scrubber>>,
}

impl House {
    pub fn new(mut config: Config) -> Arc<Self> {
        let scrubber = Scrubber::new(config.credentials().iter().flat_map(|c| c.secrets()));
        // The settings were read when they were resolved.
        let prices = PriceBook::open(&config.prices, &Stored::default(), 0).unwrap_or_default();
        Arc::new(Self {
            vault: RwLock::new(config.vault.take().map(Arc::new)),
            config,
            prices: RwLock::new(Arc::new(prices)),
            memory: Memory::default(),
            pool: Pool::default(),
            scrubber: RwLock::new(Arc::new(scrubber)),
        })
    }

    /// What opens and seals stored credentials; `None`: none can be.
    pub(crate) fn vault(&self) -> Option<Arc<Vault>> {
        self.vault.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Other master keys have come. `false`: they are the ones that were there.
    pub(crate) fn change_keys(&self, vault: Vault) -> bool {
        let mut current = self.vault.write().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|known| known.key_ids().eq(vault.key_ids())) {
            return false;
        }
        *current = Some(Arc::new(vault));
        true
    }

    /// What keeps the secrets that are loaded now out of answers.
    pub(crate) fn scrubber(&self) -> Arc<Scrubber> {
        self.scrubber.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From here on these are searched for, beside the settings' and those that calls under way were paid with.
    pub(crate) fn learn(&self, now: &Wallet, before: Option<&Wallet>) {
        let own = self.config.credentials().iter().flat_map(|c| c.secrets());
        let all = own.chain(now.secrets()).chain(before.into_iter().flat_map(Wallet::secrets));
        let scrubber = Arc::new(Scrubber::new(all));
        *self.scrubber.write().unwrap_or_else(PoisonError::into_inner) = scrubber;
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

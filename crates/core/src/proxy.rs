//! The proxy as a value: a platform, and what was decided at start and remembered since.

use crate::admin::Throttle;
use crate::cache::Flights;
use crate::memory::Memory;
use crate::pool::Pool;
use crate::ports::Platform;
use crate::price::{PriceBook, Stored};
use crate::redact;
use crate::scrub::{KnownSecrets, Scrubber};
use crate::secret::Secret;
use crate::settings::Config;
use crate::tally::Tally;
use crate::vault::Vault;
use bytes::Bytes;
use std::borrow::Cow;
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

    /// Tells the operator.
    pub(crate) fn fault(&self, text: &str) {
        self.platform.fault(&self.house.redacted(text));
    }
}

/// What does not belong to one event: configuration, prices, what the store said, and how credentials fare.
pub struct House {
    pub config: Config,
    prices: RwLock<Arc<PriceBook>>,
    pub(crate) memory: Memory,
    pub(crate) throttle: Throttle,
    pub(crate) secrets: KnownSecrets,
    pub(crate) tally: Tally,
    pub(crate) flights: Flights,
    pub(crate) pool: Pool,
    vault: RwLock<Option<Arc<Vault>>>,
}

impl House {
    pub fn new(mut config: Config) -> Arc<Self> {
        let secrets = KnownSecrets::default();
        secrets.learn(config.credentials().iter().flat_map(|credential| credential.secrets()));
        secrets.learn(config.tools.secrets());
        // The settings were read when they were resolved.
        let prices = PriceBook::open(&config.prices, &Stored::default(), 0).unwrap_or_default();
        let prices = RwLock::new(Arc::new(prices));
        let vault = RwLock::new(config.vault.take().map(Arc::new));
        let (memory, throttle, pool) = (Memory::default(), Throttle::default(), Pool::default());
        Arc::new(Self {
            config,
            prices,
            memory,
            throttle,
            secrets,
            pool,
            vault,
            tally: Tally::default(),
            flights: Flights::default(),
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

    /// The prices in force. A call keeps what it was held at.
    pub fn prices(&self) -> Arc<PriceBook> {
        self.prices.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on these.
    pub(crate) fn set_prices(&self, book: PriceBook) {
        *self.prices.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(book);
    }

    /// From here on these never leave in an answer, and never stand in a line or a row. Whoever loads, mints or is
    /// given a secret calls this before it is used.
    pub fn learn_secrets<'a>(&self, secrets: impl IntoIterator<Item = &'a Secret>) {
        self.secrets.learn(secrets);
    }

    /// Text as it may be logged or stored.
    pub(crate) fn redacted<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let scrubber = self.scrubber();
        if scrubber.is_clean(text.as_bytes()) {
            return redact::text(text);
        }
        let clean = scrubber.clean(Bytes::copy_from_slice(text.as_bytes()));
        Cow::Owned(redact::text(&String::from_utf8_lossy(&clean)).into_owned())
    }

    pub(crate) fn scrubber(&self) -> Arc<Scrubber> {
        self.secrets.scrubber()
    }
}

//! The ports of core, answered by this machine. Nothing here decides anything.

use crate::answer_cache::AnswerCache;
use crate::entropy::Entropy;
use crate::journal::Journal;
use crate::signer;
use crate::store::Store;
use crate::upstream::{Arriving, Outbound};
use bytes::Bytes;
use http::{Request, Response};
use proxyagent_core::call::CallRecord;
use proxyagent_core::cloud::vertex::service_account::pkcs8;
use proxyagent_core::ports::{self, Patience, Rows, Statement, StoreError, Unsent};
use proxyagent_core::secret::Secret;
use proxyagent_core::time::{Micros, Millis, UnixMs};
use proxyagent_core::tool::address::Reach;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The platform of a native process.
pub struct Native {
    store: Store,
    outbound: Outbound,
    journal: Journal,
    entropy: Entropy,
    answers: AnswerCache,
    began: Instant,
    /// The file of the master keys, unless a variable holds them.
    keys: Option<PathBuf>,
}

impl Native {
    pub(crate) fn new(store: Store, outbound: Outbound, journal: Journal, cache_bytes: usize) -> Self {
        Self {
            store,
            outbound,
            journal,
            entropy: Entropy::default(),
            answers: AnswerCache::new(cache_bytes),
            began: Instant::now(),
            keys: None,
        }
    }

    pub(crate) fn with_keys_in(self, file: Option<PathBuf>) -> Self {
        Self { keys: file, ..self }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn outbound(&self) -> &Outbound {
        &self.outbound
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }
}

impl ports::Clock for Native {
    fn now(&self) -> UnixMs {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
    fn stopwatch(&self) -> Micros {
        Micros(u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX))
    }
}

impl ports::Entropy for Native {
    fn fill(&self, out: &mut [u8]) {
        self.entropy.fill(out);
    }
}

/// When everything is cut, nothing is worth waiting for any more: every wait ends.
impl ports::Timer for Native {
    async fn sleep(&self, span: Millis) {
        tokio::select! {
            biased;
            () = tokio::time::sleep(Duration::from_millis(span.0)) => {}
            () = self.outbound.severed() => {}
        }
    }
}

impl ports::Sql for Native {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
        self.store.batch(statements).await
    }
    fn backend(&self) -> &'static str {
        self.store.backend()
    }
}

/// The store is in the same process; a cache before it would save nothing.
impl ports::ReadCache for Native {
    async fn recall(&self, _key: &str) -> Option<String> {
        None
    }
    fn keep(&self, _key: &str, _value: &str, _ttl: Millis) {}
}

impl ports::AnswerCache for Native {
    async fn kept_answer(&self, key: &str) -> Option<Bytes> {
        self.answers.get(key, Instant::now())
    }
    async fn keep_answer(&self, key: &str, answer: Bytes, ttl: Millis) {
        self.answers.put(key, answer, Duration::from_millis(ttl.0), Instant::now());
    }
    fn answers_kept(&self) -> Option<usize> {
        Some(self.answers.len())
    }
}

impl ports::Upstream for Native {
    type Body = Arriving;
    async fn send(&self, request: Request<Bytes>, patience: Patience) -> Result<Response<Arriving>, Unsent> {
        self.outbound.send(request, patience).await
    }
    async fn send_guarded(
        &self,
        request: Request<Bytes>,
        patience: Patience,
        reach: Reach,
    ) -> Result<Response<Arriving>, Unsent> {
        self.outbound.send_guarded(request, patience, reach).await
    }
}

impl ports::Signer for Native {
    async fn rs256(&self, key: &Secret, message: &[u8]) -> Option<Vec<u8>> {
        signer::rs256(&pkcs8(key)?, message)
    }
}

impl ports::Keys for Native {
    fn reread(&self) -> Option<String> {
        self.keys.as_ref().and_then(|file| std::fs::read_to_string(file).ok())
    }
}

impl ports::Journal for Native {
    fn call(&self, record: &CallRecord) {
        self.journal.call(record);
    }
    fn fault(&self, text: &str) {
        self.journal.fault(text);
    }
}

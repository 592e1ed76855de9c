//! A platform in memory: real SQLite with the real migrations, scripted upstreams, a clock that stands still until it
//! is moved. It also refuses what D1 would refuse, so that a statement that passes here passes there.

mod portable;
mod script;
mod sql;

pub(crate) use script::{Reply, Sent};

use bytes::Bytes;
use http::Request;
use proxyagent_core::call::CallRecord;
use proxyagent_core::ports::{
    AnswerCache, Clock, Entropy, Journal, Keys, ReadCache, Row, Shelf, Signer, Statement, Timer,
};
use proxyagent_core::proxy::{House, Proxy};
use proxyagent_core::secret::Secret;
use proxyagent_core::settings::Config;
use proxyagent_core::time::{Millis, UnixMs};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// 2026-11-24T08:00:00.000Z, when every world begins.
pub(crate) const DAWN: UnixMs = UnixMs(1_795_507_200_000);

pub(crate) struct World {
    now: AtomicI64,
    entropy: AtomicU64,
    database: Mutex<rusqlite::Connection>,
    batches: AtomicI64,
    store_down: AtomicBool,
    cache: Mutex<Option<BTreeMap<String, String>>>,
    answers: Mutex<BTreeMap<String, Bytes>>,
    replies: Mutex<VecDeque<Reply>>,
    sent: Mutex<Vec<Sent>>,
    slept: Mutex<Vec<Millis>>,
    sleepless: AtomicBool,
    records: Mutex<Vec<CallRecord>>,
    faults: Mutex<Vec<String>>,
    settings: BTreeMap<String, String>,
    answering: Mutex<Option<Answering>>,
    keys: Mutex<Option<String>>,
}

/// An upstream that looks at what it is asked.
type Answering = Box<dyn Fn(&Request<Bytes>) -> Reply + Send>;

impl World {
    pub(crate) fn new() -> Self {
        Self {
            now: AtomicI64::new(DAWN.0),
            entropy: AtomicU64::new(0),
            database: Mutex::new(sql::open()),
            batches: AtomicI64::new(0),
            store_down: AtomicBool::new(false),
            cache: Mutex::new(None),
            answers: Mutex::default(),
            replies: Mutex::default(),
            sent: Mutex::default(),
            slept: Mutex::default(),
            sleepless: AtomicBool::new(false),
            records: Mutex::default(),
            faults: Mutex::default(),
            settings: BTreeMap::new(),
            answering: Mutex::default(),
            keys: Mutex::default(),
        }
    }

    /// A proxy in a new world, with these settings.
    pub(crate) fn proxy(settings: &[(&str, &str)]) -> Arc<Proxy<Self>> {
        Self::new().proxied(settings)
    }

    /// A proxy in this world.
    fn proxied(mut self, settings: &[(&str, &str)]) -> Arc<Proxy<Self>> {
        self.settings =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let config = Config::resolve(&self.settings).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
        Proxy::new(self, House::new(config))
    }

    /// The process ends and another begins: what it remembered is gone, the world goes on.
    pub(crate) fn restarted(proxy: Arc<Proxy<Self>>) -> Arc<Proxy<Self>> {
        let settings = proxy.platform.settings.clone();
        let settings: Vec<(&str, &str)> = settings.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        Self::restarted_with(proxy, &settings)
    }

    /// As [`Self::restarted`], with other settings.
    pub(crate) fn restarted_with(proxy: Arc<Proxy<Self>>, settings: &[(&str, &str)]) -> Arc<Proxy<Self>> {
        let Ok(Proxy { platform, .. }) = Arc::try_unwrap(proxy) else { panic!("it is still in use") };
        platform.proxied(settings)
    }

    pub(crate) fn pass(&self, span: Millis) {
        self.now.fetch_add(i64::try_from(span.0).unwrap(), Ordering::Relaxed);
    }

    pub(crate) fn set_now(&self, at: UnixMs) {
        self.now.store(at.0, Ordering::Relaxed);
    }

    /// The next upstream call gets this answer; calls beyond the script fail the test.
    pub(crate) fn script(&self, reply: Reply) {
        lock(&self.replies).push_back(reply);
    }

    /// The master keys, as whoever reads them again finds them.
    pub(crate) fn set_keys(&self, keys: &str) {
        *lock(&self.keys) = Some(keys.to_owned());
    }

    /// From here on every upstream call gets what this makes of it.
    pub(crate) fn answer_by(&self, answering: impl Fn(&Request<Bytes>) -> Reply + Send + 'static) {
        *lock(&self.answering) = Some(Box::new(answering));
    }

    /// What was sent upstream since the last look.
    pub(crate) fn take_sent(&self) -> Vec<Sent> {
        std::mem::take(&mut lock(&self.sent))
    }

    pub(crate) fn take_slept(&self) -> Vec<Millis> {
        std::mem::take(&mut lock(&self.slept))
    }

    /// From here on no sleep ends: whatever is waited for beside it comes first.
    pub(crate) fn set_sleepless(&self) {
        self.sleepless.store(true, Ordering::Relaxed);
    }

    pub(crate) fn take_records(&self) -> Vec<CallRecord> {
        std::mem::take(&mut lock(&self.records))
    }

    pub(crate) fn take_faults(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.faults))
    }

    /// From here on every batch fails, or works again.
    pub(crate) fn set_store_down(&self, down: bool) {
        self.store_down.store(down, Ordering::Relaxed);
    }

    /// How often the store was asked, failed batches included.
    pub(crate) fn batches(&self) -> i64 {
        self.batches.load(Ordering::Relaxed)
    }

    /// From here on the read cache remembers everything and never forgets: as stale as a cache can be.
    pub(crate) fn with_stale_cache(&self) {
        *lock(&self.cache) = Some(BTreeMap::new());
    }

    /// Looks into the store past the proxy, or prepares it.
    pub(crate) fn query(&self, sql: &'static str) -> Vec<Row> {
        let rows = sql::run(&mut lock(&self.database), vec![Statement::new(sql, vec![])]).unwrap();
        rows.into_iter().next().unwrap()
    }
}

/// Runs a future to its end. Nothing in this world waits for anything outside the future, so polling it again is all
/// there is to do; a future that still makes no progress is a bug.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..1_000_000 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
    panic!("the future never ends");
}

impl Clock for World {
    fn now(&self) -> UnixMs {
        UnixMs(self.now.load(Ordering::Relaxed))
    }
}

/// Bytes of a counter that never repeats: as repeatable as they are unfit for anything else.
impl Entropy for World {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(8) {
            // The finaliser of SplitMix64, a bijection.
            let mut n = self.entropy.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let bytes = (n ^ (n >> 31)).to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}

/// Sleeping moves the clock, unless the world is sleepless.
impl Timer for World {
    async fn sleep(&self, span: Millis) {
        if self.sleepless.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        self.pass(span);
        lock(&self.slept).push(span);
    }
}

impl ReadCache for World {
    async fn recall(&self, key: &str) -> Option<String> {
        lock(&self.cache).as_ref()?.get(key).cloned()
    }
    fn keep(&self, key: &str, value: &str, _ttl: Millis) {
        if let Some(kept) = lock(&self.cache).as_mut() {
            kept.insert(key.to_owned(), value.to_owned());
        }
    }
}

/// No signature, but what was signed can be seen.
impl Signer for World {
    async fn rs256(&self, _: &Secret, message: &[u8]) -> Option<Vec<u8>> {
        Some([b"signed ", message].concat())
    }
}

/// Keeps every answer for ever: what is stale must be found out by whoever asks.
impl AnswerCache for World {
    async fn kept_answer(&self, key: &str) -> Option<Bytes> {
        lock(&self.answers).get(key).cloned()
    }
    async fn keep_answer(&self, key: &str, answer: Bytes, _ttl: Millis) {
        lock(&self.answers).insert(key.to_owned(), answer);
    }
    fn answers_kept(&self) -> Option<usize> {
        Some(lock(&self.answers).len())
    }
}

impl Keys for World {
    fn reread(&self) -> Option<String> {
        lock(&self.keys).clone()
    }
}

impl Shelf for World {
    async fn file(&self, name: &str) -> Option<Bytes> {
        (name == "index.html").then(|| Bytes::from_static(b"<!doctype html>"))
    }
}

impl Journal for World {
    fn call(&self, record: &CallRecord) {
        lock(&self.records).push(record.clone());
    }
    fn fault(&self, text: &str) {
        lock(&self.faults).push(text.to_owned());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

mod tests;

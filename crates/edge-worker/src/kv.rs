//! The read cache in Workers KV. It lags by a minute and more, so nothing that it says is final. Without a `CACHE`
//! binding every read simply goes to D1.

use crate::platform::Edge;
use proxyagent_core::ports::{Journal, ReadCache};
use proxyagent_core::time::Millis;

impl ReadCache for Edge {
    async fn recall(&self, key: &str) -> Option<String> {
        let cache = self.env.kv(BINDING).ok()?;
        cache.get(key).cache_ttl(SHORTEST).text().await.ok().flatten()
    }

    fn keep(&self, key: &str, value: &str, ttl: Millis) {
        let Ok(cache) = self.env.kv(BINDING) else { return };
        match cache.put(key, value) {
            Ok(put) => {
                let writing = put.expiration_ttl(ttl.ceil_seconds().max(SHORTEST)).execute();
                // A write lost to KV's limit of one a second per key costs a later read of D1, nothing else.
                self.later(async { drop(writing.await) });
            }
            Err(_) => self.fault("KV: a value could not be prepared"),
        }
    }
}

const BINDING: &str = "CACHE";
/// KV's least time to live, in seconds, both of a value and of a cached read.
const SHORTEST: u64 = 60;

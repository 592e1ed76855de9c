//! Kept answers in Cloudflare's cache of the data centre (KV would show an answer only a minute after it was first asked
//! for). It is bounded by the platform. On a workers.dev address it keeps nothing; that costs a hit, nothing else.

use crate::platform::Edge;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use proxyagent_core::ports::{AnswerCache, Journal};
use proxyagent_core::time::Millis;
use worker::{Cache, Headers, Response};

impl AnswerCache for Edge {
    async fn kept_answer(&self, key: &str) -> Option<Bytes> {
        let mut found = Cache::default().get(address(key), true).await.ok()??;
        found.bytes().await.ok().map(Bytes::from)
    }

    async fn keep_answer(&self, key: &str, answer: Bytes, ttl: Millis) {
        let kept = match entry(answer, ttl) {
            Ok(entry) => Cache::default().put(address(key), entry).await,
            Err(error) => Err(error),
        };
        if kept.is_err() {
            self.fault("the cache did not take an answer");
        }
    }
}

fn entry(answer: Bytes, ttl: Millis) -> worker::Result<Response> {
    let headers = Headers::new();
    headers.set(CACHE_CONTROL.as_str(), &format!("public, max-age={}", ttl.ceil_seconds()))?;
    headers.set(CONTENT_TYPE.as_str(), "application/octet-stream")?;
    Ok(Response::from_bytes(answer.into())?.with_headers(headers))
}

/// The cache knows addresses only. Nobody can ask for this one: it is no address of the Worker.
fn address(key: &str) -> String {
    format!("https://answers.invalid/{key}")
}

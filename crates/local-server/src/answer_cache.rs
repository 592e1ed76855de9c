//! Kept answers in this process's memory, bounded by bytes; what was used least recently goes first.

use bytes::Bytes;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(crate) struct AnswerCache {
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    answers: HashMap<String, Answer>,
    /// Keys by when they were last used, the oldest first.
    order: BTreeMap<u64, String>,
    uses: u64,
    bytes: usize,
}

struct Answer {
    bytes: Bytes,
    used: u64,
    until: Instant,
}

impl AnswerCache {
    /// Holds at most `most` bytes, keys and bookkeeping counted.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, kept: Mutex::default() }
    }

    pub(crate) fn get(&self, key: &str, now: Instant) -> Option<Bytes> {
        let mut kept = self.lock();
        if kept.answers.get(key)?.until <= now {
            kept.remove(key);
            return None;
        }
        kept.uses += 1;
        let used = kept.uses;
        let answer = kept.answers.get_mut(key)?;
        let (before, bytes) = (std::mem::replace(&mut answer.used, used), answer.bytes.clone());
        if let Some(key) = kept.order.remove(&before) {
            kept.order.insert(used, key);
        }
        Some(bytes)
    }

    pub(crate) fn put(&self, key: &str, bytes: Bytes, ttl: Duration, now: Instant) {
        let mut kept = self.lock();
        kept.remove(key);
        let Some(until) = now.checked_add(ttl) else { return };
        let weight = weight(key, &bytes);
        if weight > self.most {
            return;
        }
        while kept.bytes + weight > self.most {
            let Some((_, oldest)) = kept.order.pop_first() else { break };
            kept.remove(&oldest);
        }
        kept.uses += 1;
        let used = kept.uses;
        kept.bytes += weight;
        kept.order.insert(used, key.to_owned());
        kept.answers.insert(key.to_owned(), Answer { bytes, used, until });
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().answers.len()
    }

    /// A panic elsewhere leaves at worst an answer that is not found.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn remove(&mut self, key: &str) {
        if let Some(answer) = self.answers.remove(key) {
            self.order.remove(&answer.used);
            self.bytes = self.bytes.saturating_sub(weight(key, &answer.bytes));
        }
    }
}

/// The key is there twice; the rest is what maps and allocations take.
fn weight(key: &str, bytes: &Bytes) -> usize {
    bytes.len() + 2 * key.len() + 256
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_secs(60);

    #[test]
    fn ten_thousand_answers_stay_within_the_bound() {
        let (cache, now) = (AnswerCache::new(100_000), Instant::now());
        for n in 0..10_000 {
            cache.put(&format!("key{n}"), Bytes::from(vec![0; n % 700]), TTL, now);
            assert!(cache.lock().bytes <= 100_000);
        }
        let kept = cache.lock();
        assert!(kept.answers.len() > 50 && kept.answers.len() == kept.order.len());
        let really: usize = kept.answers.iter().map(|(key, answer)| weight(key, &answer.bytes)).sum();
        assert_eq!(really, kept.bytes);
    }

    #[test]
    fn what_was_used_least_recently_goes_first() {
        let one = weight("a", &Bytes::new());
        let (cache, now) = (AnswerCache::new(2 * one), Instant::now());
        cache.put("a", Bytes::new(), TTL, now);
        cache.put("b", Bytes::new(), TTL, now);
        assert!(cache.get("a", now).is_some());
        cache.put("c", Bytes::new(), TTL, now);
        assert_eq!([cache.get("a", now), cache.get("b", now)].map(|found| found.is_some()), [true, false]);
        // One that is larger than everything replaces nothing, but is not given in its old form either.
        cache.put("a", Bytes::from(vec![0; 10_000]), TTL, now);
        assert_eq!((cache.get("a", now), cache.len()), (None, 1));
    }

    #[test]
    fn an_answer_ends_with_its_time() {
        let (cache, now) = (AnswerCache::new(10_000), Instant::now());
        cache.put("a", Bytes::from_static(b"x"), TTL, now);
        assert!(cache.get("a", now + TTL - Duration::from_millis(1)).is_some());
        assert!(cache.get("a", now + TTL).is_none());
        assert_eq!((cache.len(), cache.lock().bytes), (0, 0));
    }
}

//! Randomness from the system, fetched ahead: a call needs ten bytes, and asking for them costs as much as for a page.
//! No byte is given out twice.

use std::sync::{Mutex, PoisonError};

/// Random bytes that nobody has had yet.
#[derive(Default)]
pub(crate) struct Entropy(Mutex<Vec<u8>>);

impl Entropy {
    pub(crate) fn fill(&self, out: &mut [u8]) {
        if out.len() > AHEAD {
            return fetch(out);
        }
        let mut unused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if unused.len() < out.len() {
            unused.resize(AHEAD, 0);
            fetch(&mut unused);
        }
        let rest = unused.len().saturating_sub(out.len());
        for (byte, fresh) in out.iter_mut().zip(unused.iter_mut().skip(rest)) {
            *byte = std::mem::take(fresh);
        }
        unused.truncate(rest);
    }
}

fn fetch(out: &mut [u8]) {
    if getrandom::fill(out).is_err() {
        // A token made from anything else could be guessed; no answer is safer than a wrong one.
        crate::journal::warn("the system gives no random bytes");
        std::process::abort();
    }
}

const AHEAD: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_bytes_are_given_out_twice() {
        let entropy = Entropy::default();
        let mut seen = BTreeSet::new();
        for _ in 0..1000 {
            let mut id = [0; 10];
            entropy.fill(&mut id);
            assert!(seen.insert(id));
        }
        let mut large = vec![0; AHEAD + 1];
        entropy.fill(&mut large);
        assert!(large.iter().any(|byte| *byte != 0));
    }
}

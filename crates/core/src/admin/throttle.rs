//! How often somebody may be wrong about the admin token. Kept in the process, so that a guesser writes nothing into
//! the store.

use crate::problem::Problem;
use crate::time::{Millis, UnixMs};
use std::sync::{Mutex, PoisonError};

/// The wrong tries of this minute, from whomever.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<Minute>);

#[derive(Debug, Default)]
struct Minute {
    began: UnixMs,
    wrong: u32,
}

impl Throttle {
    /// Makes a try. `Ok(false)` counts against the limit of `most` in a minute.
    ///
    /// # Errors
    /// [`Problem::AdminThrottled`] when the limit is reached: the try is not made, right or wrong.
    pub(crate) fn attempt(
        &self,
        now: UnixMs,
        most: u32,
        attempt: impl FnOnce() -> bool,
    ) -> Result<bool, Problem> {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now.since(minute.began) >= MINUTE || now < minute.began {
            *minute = Minute { began: now, wrong: 0 };
        }
        if minute.wrong >= most {
            let retry_after = Millis(MINUTE.0.saturating_sub(now.since(minute.began).0));
            return Err(Problem::AdminThrottled { retry_after });
        }
        let right = attempt();
        minute.wrong += u32::from(!right);
        Ok(right)
    }
}

const MINUTE: Millis = Millis::seconds(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_tries_run_out_and_come_back() {
        let throttle = Throttle::default();
        let at = |ms: i64| UnixMs(1_000_000 + ms);
        for ms in 0..3 {
            assert_eq!(throttle.attempt(at(ms), 3, || false), Ok(false));
        }
        let wait = Problem::AdminThrottled { retry_after: Millis(59_900) };
        assert_eq!(throttle.attempt(at(100), 3, || panic!("not tried")), Err(wait));
        assert_eq!(throttle.attempt(at(100), 30, || true), Ok(true), "another limit, the same count");
        assert_eq!(throttle.attempt(at(60_000), 3, || true), Ok(true));
        for _ in 0..9 {
            assert_eq!(throttle.attempt(at(60_001), 3, || true), Ok(true), "right ones are not counted");
        }
    }

    #[test]
    fn a_clock_that_goes_back_locks_nobody_out() {
        let throttle = Throttle::default();
        assert_eq!(throttle.attempt(UnixMs(9_000_000), 1, || false), Ok(false));
        assert_eq!(throttle.attempt(UnixMs(1_000_000), 1, || true), Ok(true));
    }
}

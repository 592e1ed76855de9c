//! The Workers runtime as the core's platform: the clock, randomness, waiting, and work that outlives the response.
//! D1, KV and `fetch` have files of their own.

use proxyagent_core::ports::{Clock, Entropy, Keys, Timer};
use proxyagent_core::time::{Millis, UnixMs};
use std::time::Duration;
use worker::{Context, Date, Delay, Env, ScheduleContext};

/// The platform during one event.
pub(crate) struct Edge {
    pub(crate) env: Env,
    event: Event,
}

/// What the runtime called us for.
pub(crate) enum Event {
    Fetch(Context),
    Scheduled(ScheduleContext),
}

impl Edge {
    pub(crate) fn new(env: Env, event: Event) -> Self {
        Self { env, event }
    }

    /// Runs `work` to its end, whether or not the caller is still there.
    pub(crate) fn later(&self, work: impl Future<Output = ()> + 'static) {
        match &self.event {
            Event::Fetch(ctx) => ctx.wait_until(work),
            Event::Scheduled(ctx) => ctx.wait_until(work),
        }
    }
}

impl Clock for Edge {
    fn now(&self) -> UnixMs {
        UnixMs(i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX))
    }
}

impl Entropy for Edge {
    fn fill(&self, out: &mut [u8]) {
        if getrandom::fill(out).is_err() {
            // Guessable tokens are worse than a lost isolate.
            std::process::abort();
        }
    }
}

impl Keys for Edge {}

impl Timer for Edge {
    async fn sleep(&self, span: Millis) {
        delay(span).await;
    }
}

/// A timer; dropping it cancels it. `setTimeout` takes at most 2³¹ − 1 ms.
pub(crate) fn delay(span: Millis) -> Delay {
    Delay::from(Duration::from_millis(span.0.min(i32::MAX.unsigned_abs().into())))
}

//! What is left of a token's limits per minute, in the headers that the caller's program reads. Names: Anthropic
//! "Rate limits" (resets are instants), OpenAI "Rate limits" (resets are spans).

use crate::dialect::Dialect;
use crate::limit::Limit;
use crate::ports::{Row, StoreError};
use crate::time::{Millis, UnixMs};
use http::{HeaderMap, HeaderName, HeaderValue};

/// A token's limits per minute as an admission left them.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Remaining {
    calls: Option<Gauge>,
    tokens: Option<Gauge>,
    now: UnixMs,
}

#[derive(Debug, Clone, Copy)]
struct Gauge {
    limit: i64,
    left: i64,
    /// Until all of it is there again.
    full_in: Millis,
}

impl Remaining {
    /// Reads the last row of an admission.
    pub(crate) fn from_row(row: &Row, now: UnixMs) -> Result<Self, StoreError> {
        // Lateness is measured against the instant that the admission went by.
        let now_us = row.maybe_int(4)?.unwrap_or(now.0).max(now.0).saturating_mul(1000);
        let gauge = |limit: i64, tat_us: i64, held: i64| {
            let late = tat_us.saturating_sub(now_us).max(0);
            // What is used in part is used.
            let used = (i128::from(late) * i128::from(limit) + MINUTE_US - 1) / MINUTE_US + i128::from(held);
            let left = i64::try_from(i128::from(limit) - used).unwrap_or(0).clamp(0, limit);
            Gauge { limit, left, full_in: Millis(late.unsigned_abs().div_ceil(1000)) }
        };
        let calls = match row.maybe_int(2)? {
            Some(limit) => Some(gauge(limit, row.int(3)?, 0)),
            None => None,
        };
        let tokens = match row.maybe_int(5)? {
            Some(limit) => Some(gauge(limit, row.int(6)?, row.int(7)?)),
            None => None,
        };
        Ok(Self { calls, tokens, now })
    }

    /// Nothing of this limit is left.
    pub(crate) fn nothing(limit: Limit, retry_after: Millis, now: UnixMs) -> Self {
        let gauge = |n: u32| Some(Gauge { limit: i64::from(n), left: 0, full_in: retry_after });
        match limit {
            Limit::Calls(n) => Self { calls: gauge(n), tokens: None, now },
            Limit::Tokens(n) => Self { calls: None, tokens: gauge(n), now },
            Limit::AtOnce(_) | Limit::Provider(..) => Self::default(),
        }
    }

    /// Writes them in the dialect's words.
    pub(crate) fn show(&self, dialect: Dialect, headers: &mut HeaderMap) {
        for (gauge, names) in [(self.calls, &CALLS), (self.tokens, &TOKENS)] {
            let Some(Gauge { limit, left, full_in }) = gauge else { continue };
            let (names, reset) = match dialect {
                Dialect::Messages => (&names.0, (self.now + full_in).rfc3339()),
                Dialect::Chat | Dialect::Responses | Dialect::Gemini => (&names.1, span(full_in)),
            };
            for (name, value) in names.iter().zip([limit.to_string(), left.to_string(), reset]) {
                if let Ok(value) = HeaderValue::from_str(&value) {
                    headers.insert(HeaderName::from_static(name), value);
                }
            }
        }
    }
}

/// `6ms`, `1.5s`, `1m30s`.
fn span(span: Millis) -> String {
    match span.0 {
        ms @ 0..1000 => format!("{ms}ms"),
        ms if ms < 60_000 => format!("{}s", decimal(ms)),
        ms => format!("{}m{}s", ms / 60_000, decimal(ms % 60_000)),
    }
}

fn decimal(ms: u64) -> String {
    let text = format!("{}.{:03}", ms / 1000, ms % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Anthropic's names, OpenAI's: the limit, what is left, the reset.
type Names = ([&'static str; 3], [&'static str; 3]);
const CALLS: Names = (
    [
        "anthropic-ratelimit-requests-limit",
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    ],
    ["x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
);
const TOKENS: Names = (
    [
        "anthropic-ratelimit-tokens-limit",
        "anthropic-ratelimit-tokens-remaining",
        "anthropic-ratelimit-tokens-reset",
    ],
    ["x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
);
const MINUTE_US: i128 = 60_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::Value;

    #[test]
    fn remaining_table() {
        let row = |rate: Option<i64>, tat: i64, tokens: Option<i64>, token_tat: i64, held: i64| {
            Row(vec![
                Value::Int(0),
                Value::Null,
                rate.into(),
                Value::Int(tat),
                Value::Int(10_000),
                tokens.into(),
                Value::Int(token_tat),
                Value::Int(held),
            ])
        };
        let now = UnixMs(10_000);
        let got = |row: &Row, dialect| {
            let mut headers = HeaderMap::new();
            Remaining::from_row(row, now).unwrap().show(dialect, &mut headers);
            let mut all: Vec<String> =
                headers.iter().map(|(k, v)| format!("{k}: {}", v.to_str().unwrap())).collect();
            all.sort();
            all
        };
        assert!(got(&row(None, 99_999_999, None, 99_999_999, 5), Dialect::Chat).is_empty());
        // Two of four calls are used: 30 s late.
        assert_eq!(
            got(&row(Some(4), 40_000_000, None, 0, 0), Dialect::Chat),
            [
                "x-ratelimit-limit-requests: 4",
                "x-ratelimit-remaining-requests: 2",
                "x-ratelimit-reset-requests: 30s"
            ]
        );
        assert_eq!(
            got(&row(None, 0, Some(1000), 25_000_000, 100), Dialect::Messages),
            [
                "anthropic-ratelimit-tokens-limit: 1000",
                "anthropic-ratelimit-tokens-remaining: 650",
                "anthropic-ratelimit-tokens-reset: 1970-01-01T00:00:25.000Z"
            ]
        );
    }

    #[test]
    fn spans_table() {
        for (ms, text) in
            [(6, "6ms"), (0, "0ms"), (1000, "1s"), (1500, "1.5s"), (90_000, "1m30s"), (60_001, "1m0.001s")]
        {
            assert_eq!(span(Millis(ms)), text);
        }
    }
}

//! What a failed attempt says about its credential, and whether another one may do better.

use crate::time::{Millis, UnixMs};
use http::{HeaderMap, StatusCode};

/// Why the next credential is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No connection, no TLS, or broken before an answer.
    Unreachable,
    /// No answer in time.
    Slow,
    /// 401: this credential is wrong.
    Refused,
    /// Its refresh token is worth nothing any more (`invalid_grant`).
    Ended,
    /// 403: this credential may not do this.
    Forbidden,
    /// 429, and how long to wait if it says so.
    Limited(Option<Millis>),
    /// The account's quota or balance is used up.
    UsedUp,
    /// 408, 5xx and 529.
    Overloaded(Option<Millis>),
}

impl Trouble {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Slow => "slow",
            Self::Refused => "refused",
            Self::Ended => "ended",
            Self::Forbidden => "forbidden",
            Self::Limited(_) => "rate_limited",
            Self::UsedUp => "used_up",
            Self::Overloaded(_) => "overloaded",
        }
    }
}

/// Reads an answer that is no success. `None`: it is about the call, and another credential would be told the same.
pub(crate) fn judge(status: StatusCode, headers: &HeaderMap, body: &[u8], now: UnixMs) -> Option<Trouble> {
    match status.as_u16() {
        401 => Some(Trouble::Refused),
        402 => Some(Trouble::UsedUp),
        403 => Some(Trouble::Forbidden),
        400 | 429 if is_used_up(body) => Some(Trouble::UsedUp),
        429 => Some(Trouble::Limited(wait(headers, body, now))),
        408 | 500..=599 => Some(Trouble::Overloaded(wait(headers, body, now))),
        _ => None,
    }
}

/// Whether an error says that the account has no more credit: OpenAI's code with a 429, Anthropic's sentence with a 400.
fn is_used_up(body: &[u8]) -> bool {
    SPENT.iter().any(|words| memchr::memmem::find(body, words).is_some())
}

/// How long to wait, by the most specific thing that says it.
fn wait(headers: &HeaderMap, body: &[u8], now: UnixMs) -> Option<Millis> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let after_ms = || text("retry-after-ms")?.parse().ok().map(Millis);
    let after = || seconds(text("retry-after")?);
    let until = |name: &str| {
        let at = text(name)?.parse::<i64>().ok()?.checked_mul(1000)?;
        Some(UnixMs(at).since(now))
    };
    after_ms()
        .or_else(after)
        .or_else(|| until("anthropic-ratelimit-unified-reset"))
        .or_else(|| exhausted(headers, now))
        .or_else(|| retry_delay(body))
}

/// The reset of the limits of which nothing is left: `…-remaining…: 0` beside `…-reset…`.
fn exhausted(headers: &HeaderMap, now: UnixMs) -> Option<Millis> {
    let resets = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str();
        if !name.contains("ratelimit") || !name.contains("remaining") || value.as_bytes() != b"0" {
            return None;
        }
        let reset = headers.get(name.replacen("remaining", "reset", 1))?.to_str().ok()?.trim();
        span(reset).or_else(|| UnixMs::parse_rfc3339(reset).map(|at| at.since(now)))
    });
    resets.max()
}

/// Google says it in the body: `"retryDelay": "17s"`.
fn retry_delay(body: &[u8]) -> Option<Millis> {
    let body: serde_json::Value = serde_json::from_slice(body).ok()?;
    let details = body.pointer("/error/details")?.as_array()?;
    details.iter().find_map(|detail| span(detail.get("retryDelay")?.as_str()?))
}

/// Whole or broken seconds.
fn seconds(text: &str) -> Option<Millis> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
    let whole: u64 = whole.parse().ok()?;
    let first = rest.bytes().all(|byte| byte.is_ascii_digit()).then(|| rest.as_bytes().first())?;
    let tenths = first.map_or(0, |digit| u64::from(digit - b'0'));
    Some(Millis(whole.checked_mul(1000)? + tenths * 100))
}

/// `6m0s`, `1.5s`, `20ms`, `1h2m`, as OpenAI and Google write spans.
fn span(text: &str) -> Option<Millis> {
    let mut rest = text;
    let mut total = 0_u64;
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at_checked(unit_at)?;
        let unit_end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, after) = tail.split_at_checked(unit_end)?;
        let thousandths = seconds(number)?.0;
        let ms = match unit {
            "ms" => thousandths / 1000,
            "s" => thousandths,
            "m" => thousandths.checked_mul(60)?,
            "h" => thousandths.checked_mul(3600)?,
            "d" => thousandths.checked_mul(86_400)?,
            _ => return None,
        };
        total = total.checked_add(ms)?;
        rest = after;
    }
    (!text.is_empty()).then_some(Millis(total))
}

const SPENT: &[&[u8]] = &[
    b"insufficient_quota",
    b"credit balance is too low",
    b"billing_hard_limit_reached",
    b"usage_not_included",
];

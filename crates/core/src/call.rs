//! The record of one call: what the log line, the row and the metrics are made of. Holds no secret and no body.

use crate::dialect::{Dialect, Operation};
use crate::envelope::Envelope;
use crate::money::Nano;
use crate::proxy::House;
use crate::route::CallRoute;
use crate::time::{Micros, Millis, UnixMs};
use crate::usage::Usage;
use std::borrow::Cow;

/// A provider and one of its models, as in `anthropic:claude-opus-5-5`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModelRef {
    pub provider: &'static str,
    pub model: String,
}

impl std::fmt::Display for ModelRef {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{}", self.provider, self.model)
    }
}

/// How a call ended, as far as the caller saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Refused by the proxy before anything was sent.
    Refused,
    /// The upstream's answer arrived whole, whatever its status.
    Complete,
    /// The upstream broke off, or answered nothing usable.
    Truncated,
    /// The caller hung up; the answer was read on and charged all the same.
    ClientGone,
}

impl End {
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Complete => "complete",
            Self::Truncated => "truncated",
            Self::ClientGone => "client_gone",
        }
    }
}

/// How sure the cost is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pricing {
    /// From the upstream's final usage.
    Exact,
    /// The usage was incomplete: the larger of what was seen and what was held.
    Estimated,
    /// The model has no known price (only tokens without a budget get this far).
    Unpriced,
    /// Nothing was consumed, or the operation is free.
    Free,
    /// The answer had been kept.
    Cached,
}

impl Pricing {
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Estimated => "estimated",
            Self::Unpriced => "unpriced",
            Self::Free => "free",
            Self::Cached => "cached",
        }
    }
}

/// One call, as it is settled and recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// Time-ordered and unique; the key of the row.
    pub id: String,
    /// `x-proxyagent-request-id`: the caller's if it sent one, else equal to `id`.
    pub request_id: String,
    pub started: UnixMs,
    pub token_id: Option<String>,
    pub dialect: Dialect,
    pub operation: Operation,
    /// What the caller asked for.
    pub asked: Option<ModelRef>,
    /// Where the call went after the aliases.
    pub target: Option<ModelRef>,
    /// The alias that matched, as written.
    pub rule: Option<String>,
    /// Which credential paid, e.g. `env:anthropic`. An id, never the secret.
    pub credential: Option<String>,
    pub streamed: bool,
    /// Requests sent upstream.
    pub attempts: u32,
    /// The status the caller saw.
    pub status: u16,
    pub usage: Usage,
    pub cost: Nano,
    pub pricing: Pricing,
    pub end: End,
    /// The machine code of the problem, if there was one.
    pub error: Option<&'static str>,
    /// From the request being understood to the first byte of the answer.
    pub first_byte: Option<Millis>,
    pub duration: Millis,
    /// The stopwatch when the request was there.
    pub began: Micros,
    /// What the proxy itself added until the caller's first byte: that span, less all waiting for the upstream.
    pub overhead: Option<Micros>,
}

impl CallRecord {
    /// What the request says of itself.
    pub(crate) fn describe(&mut self, route: &CallRoute, envelope: &Envelope) {
        self.streamed = envelope.stream || envelope.array;
        self.asked = Some(ModelRef { provider: route.provider.name, model: envelope.model.clone() });
    }

    /// The record as it may be logged and stored: what the caller or the operator wrote may hold a credential by mistake.
    pub(crate) fn redacted<'a>(&'a self, house: &House) -> Cow<'a, Self> {
        let mut record = Cow::Borrowed(self);
        if self.request_id != self.id
            && let Cow::Owned(text) = house.redacted(&self.request_id)
        {
            record.to_mut().request_id = text;
        }
        if let Some(Cow::Owned(text)) = self.rule.as_deref().map(|rule| house.redacted(rule)) {
            record.to_mut().rule = Some(text);
        }
        let model =
            |given: &Option<ModelRef>| match given.as_ref().map(|m| (m.provider, house.redacted(&m.model))) {
                Some((provider, Cow::Owned(model))) => Some(ModelRef { provider, model }),
                _ => None,
            };
        if let Some(asked) = model(&self.asked) {
            record.to_mut().asked = Some(asked);
        }
        if let Some(target) = model(&self.target) {
            record.to_mut().target = Some(target);
        }
        record
    }

    /// A call of which nothing is known yet but its route.
    pub(crate) fn begin(
        id: String,
        request_id: String,
        started: UnixMs,
        began: Micros,
        dialect: Dialect,
        operation: Operation,
    ) -> Self {
        Self {
            id,
            request_id,
            started,
            token_id: None,
            dialect,
            operation,
            asked: None,
            target: None,
            rule: None,
            credential: None,
            streamed: false,
            attempts: 0,
            status: 0,
            usage: Usage::default(),
            cost: Nano::ZERO,
            pricing: Pricing::Free,
            end: End::Truncated,
            error: None,
            first_byte: None,
            duration: Millis(0),
            began,
            overhead: None,
        }
    }
}

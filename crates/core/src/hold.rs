//! What a call may cost before it is sent, and what it did cost afterwards. Any doubt costs the caller.

use crate::call::{ModelRef, Pricing};
use crate::dialect::{Dialect, Operation};
use crate::envelope::Envelope;
use crate::money::Nano;
use crate::price::{Ask, Price, PriceTable};
use crate::problem::Problem;
use crate::time::UnixMs;
use crate::usage::{Reading, Usage};

/// The price a call is held and settled at.
#[derive(Clone, Copy)]
pub(crate) enum Terms<'a> {
    Priced(&'a Price),
    /// Counting tokens.
    Free,
    /// No price is known, and no budget depends on it.
    Unpriced,
}

/// Whether an upstream may have worked on a call that got no usable answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// Nothing that costs can have happened: the connection failed, or the upstream refused.
    Nothing,
    /// The upstream may have worked.
    Perhaps,
}

/// What is known of a call when it is settled.
pub(crate) struct Outcome<'a> {
    pub(crate) reading: &'a Reading,
    pub(crate) hold: Nano,
    /// The bytes of the request's body.
    pub(crate) request_bytes: usize,
    pub(crate) sent: Sent,
    /// When the call was admitted: it is settled at the prices it was held at.
    pub(crate) when: UnixMs,
}

impl<'a> Terms<'a> {
    /// # Errors
    /// [`Problem::PriceUnknown`] where a budget depends on a price that is not known.
    pub(crate) fn of(
        prices: &'a PriceTable,
        target: &ModelRef,
        operation: Operation,
        budgeted: bool,
    ) -> Result<Self, Problem> {
        if operation == Operation::CountTokens {
            return Ok(Self::Free);
        }
        match prices.find(target.provider, &target.model) {
            Some(price) => Ok(Self::Priced(price)),
            None if budgeted => Err(Problem::PriceUnknown(target.clone())),
            None => Ok(Self::Unpriced),
        }
    }

    /// The most the call may cost. A token of input is at least one byte of the body; what the provider adds itself
    /// (tool instructions, message framing) is covered by [`FRAMING`]. No model reads more than its context.
    pub(crate) fn worst(self, envelope: &Envelope, dialect: Dialect, body: usize, when: UnixMs) -> Nano {
        let Self::Priced(price) = self else { return Nano::ZERO };
        let input = (body as u64).saturating_add(FRAMING).min(price.context().unwrap_or(u64::MAX));
        price.worst_of(&Ask {
            input_tokens: input,
            output_tokens: envelope.max_output.or_else(|| price.max_output()).unwrap_or(LONGEST_OUTPUT),
            // Messages writes caches only where it is told to; the others do so on their own.
            caching: dialect != Dialect::Messages || envelope.may_cache,
            variant: envelope.variant.as_deref(),
            when,
        })
    }

    /// The true cost of a complete reading; of an incomplete one the larger of what was seen and what the seen bytes
    /// suggest; the whole hold when nothing is known of a call that may have been served.
    pub(crate) fn settle(
        self,
        prices: &PriceTable,
        target: &ModelRef,
        outcome: &Outcome<'_>,
    ) -> (Nano, Pricing) {
        let Outcome { reading, hold, sent, when, .. } = *outcome;
        if matches!(self, Self::Free) || sent == Sent::Nothing {
            return (Nano::ZERO, Pricing::Free);
        }
        let Self::Priced(price) = self else { return (Nano::ZERO, Pricing::Unpriced) };
        // Tokens of further models that an answer reports have their own prices; one without is charged as a doubt.
        let seen = prices.cost(target.provider, &target.model, reading, when);
        if let (Some(seen), true) = (seen, reading.complete) {
            return (seen, Pricing::Exact);
        }
        let seen = seen.unwrap_or(hold);
        if reading.usage == Usage::default() && reading.output_bytes == 0 {
            return (hold.max(seen), Pricing::Estimated);
        }
        let mut guess = reading.clone();
        if guess.usage.total_input() == 0 {
            guess.usage.input = (outcome.request_bytes as u64).div_ceil(BYTES_PER_TOKEN);
        }
        guess.usage.output = guess.usage.output.max(reading.output_bytes.div_ceil(BYTES_PER_TOKEN));
        (seen.max(price.cost(&guess, when)), Pricing::Estimated)
    }
}

/// Tokens that providers add to a request: up to about 800 for tool use, a few for each message.
const FRAMING: u64 = 1024;
/// For a model whose limit is not known.
const LONGEST_OUTPUT: u64 = 128_000;
/// For estimates; English prose has about four, code and JSON about three.
const BYTES_PER_TOKEN: u64 = 3;

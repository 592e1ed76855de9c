//! What a call may cost before it is sent, and what it did cost afterwards. Any doubt costs the caller.

use crate::call::{ModelRef, Pricing};
use crate::dialect::Operation;
use crate::envelope::Envelope;
use crate::money::Nano;
use crate::price::{Price, PriceTable};
use crate::problem::Problem;
use crate::time::UnixMs;
use crate::usage::{Reading, Usage};

/// The price a call is held and settled at.
#[derive(Clone, Copy)]
pub(crate) enum Terms<'a> {
    Priced(&'a Price),
    /// Counting tokens; offline models.
    Free,
    /// No price is known, and no budget depends on it.
    Unpriced,
}

/// How certain it is that the upstream did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// Nothing that costs can have happened: the connection failed, or the upstream refused.
    Nothing,
    /// The upstream may have worked.
    Perhaps,
}

impl<'a> Terms<'a> {
    /// # Errors
    /// [`Problem::PriceUnknown`] where a budget depends on a price that is not known.
    pub(crate) fn of(
        prices: &'a PriceTable,
        target: &ModelRef,
        operation: Operation,
        budgeted: bool,
        offline: bool,
    ) -> Result<Self, Problem> {
        if operation == Operation::CountTokens || offline {
            return Ok(Self::Free);
        }
        match prices.find(target.provider, &target.model) {
            Some(price) => Ok(Self::Priced(price)),
            None if budgeted => Err(Problem::PriceUnknown(target.clone())),
            None => Ok(Self::Unpriced),
        }
    }

    /// The most the call may cost. A token of input is at least one byte of the body; what the provider adds itself
    /// (tool instructions, message framing) is covered by [`FRAMING`].
    pub(crate) fn worst(self, envelope: &Envelope, body: usize, now: UnixMs) -> Nano {
        let Self::Priced(price) = self else { return Nano::ZERO };
        let input = (body as u64).saturating_add(FRAMING);
        let output = envelope.max_output.or_else(|| price.max_output()).unwrap_or(LONGEST_OUTPUT);
        price.worst(input, output, envelope.may_cache, now)
    }

    /// The true cost of a complete reading; of an incomplete one the larger of what was seen and what the seen bytes
    /// suggest; the whole hold when nothing is known of a call that may have been served.
    pub(crate) fn settle(
        self,
        reading: &Reading,
        hold: Nano,
        body: usize,
        sent: Sent,
        now: UnixMs,
    ) -> (Nano, Pricing) {
        let price = match self {
            Self::Free => return (Nano::ZERO, Pricing::Free),
            Self::Unpriced => return (Nano::ZERO, Pricing::Unpriced),
            Self::Priced(price) => price,
        };
        if sent == Sent::Nothing {
            return (Nano::ZERO, Pricing::Free);
        }
        let seen = price.cost(reading, now);
        if reading.complete {
            return (seen, Pricing::Exact);
        }
        if reading.usage == Usage::default() && reading.output_bytes == 0 {
            return (hold.max(seen), Pricing::Estimated);
        }
        let mut guess = reading.clone();
        if guess.usage.total_input() == 0 {
            guess.usage.input = (body as u64).div_ceil(BYTES_PER_TOKEN);
        }
        guess.usage.output = guess.usage.output.max(reading.output_bytes.div_ceil(BYTES_PER_TOKEN));
        (seen.max(price.cost(&guess, now)), Pricing::Estimated)
    }
}

/// Tokens that providers add to a request: up to about 800 for tool use, a few for each message.
const FRAMING: u64 = 1024;
/// For a model whose limit is not known.
const LONGEST_OUTPUT: u64 = 128_000;
/// For estimates; English prose has about four, code and JSON about three.
const BYTES_PER_TOKEN: u64 = 3;

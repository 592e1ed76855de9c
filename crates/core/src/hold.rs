//! What a call may cost before it is sent, and what it did cost afterwards. Any doubt costs the caller.

use crate::call::{ModelRef, Pricing};
use crate::dialect::{Dialect, Operation};
use crate::envelope::Envelope;
use crate::money::Nano;
use crate::price::{Ask, Price, PriceBook};
use crate::problem::Problem;
use crate::time::UnixMs;
use crate::usage::{Reading, Usage};

/// The price a call is held and settled at.
#[derive(Clone, Copy)]
pub(crate) enum Terms<'a> {
    Priced(&'a Price),
    /// Counting tokens, and whatever else the provider or the operator says is free.
    Free,
    /// No price is known, and no budget depends on it.
    Unpriced,
}

/// What a call may take, before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Worst {
    pub(crate) cost: Nano,
    /// Model tokens, for a limit per minute: what is likely, not the worst.
    pub(crate) tokens: u64,
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
    /// The provider bills what its answers say.
    pub(crate) trust_reported: bool,
    /// A budget depends on it: more than was held is never charged, whatever the upstream says that it used.
    pub(crate) bounded: bool,
    /// When the call was admitted: it is settled at the prices it was held at.
    pub(crate) when: UnixMs,
}

impl<'a> Terms<'a> {
    /// # Errors
    /// [`Problem::PriceUnknown`] where a budget depends on a price that is not known.
    pub(crate) fn of(
        prices: &'a PriceBook,
        target: &ModelRef,
        free: bool,
        budgeted: bool,
    ) -> Result<Self, Problem> {
        if free {
            return Ok(Self::Free);
        }
        match prices.find(target.provider, &target.model) {
            Some(price) => Ok(Self::Priced(price)),
            None if budgeted => Err(Problem::PriceUnknown(target.clone())),
            None => Ok(Self::Unpriced),
        }
    }

    /// The most the call may cost. A token of input is at least one byte of the body; what the provider adds itself
    /// (tool instructions, message framing) is covered by [`FRAMING`]. No model reads more than its context, but many
    /// texts may be embedded at once.
    pub(crate) fn worst(
        self,
        envelope: &Envelope,
        dialect: Dialect,
        operation: Operation,
        body: usize,
        when: UnixMs,
    ) -> Worst {
        let tokens = likely_tokens(envelope, body);
        let Self::Priced(price) = self else { return Worst { cost: Nano::ZERO, tokens } };
        let at_once =
            matches!(operation, Operation::Embeddings | Operation::Moderations | Operation::ImageEdits);
        let context = price.context().filter(|_| !at_once).unwrap_or(u64::MAX);
        let images = if operation == Operation::ImageEdits { envelope.files.max(1) } else { 0 };
        let beyond = envelope.beyond;
        let input = [
            body as u64,
            FRAMING,
            (images.saturating_add(beyond.images)).saturating_mul(IMAGE),
            beyond.files.saturating_mul(FILE),
            beyond.searches.saturating_mul(PAGE),
        ];
        let input = input.into_iter().fold(0, u64::saturating_add);
        let cost = price.worst_of(&Ask {
            input_tokens: input.min(context),
            output_tokens: longest_output(price, envelope, operation, body as u64),
            searches: beyond.searches,
            // Messages writes caches only where it is told to; the others do so on their own.
            caching: dialect != Dialect::Messages || envelope.may_cache,
            variant: envelope.variant.as_deref(),
            when,
        });
        Worst { cost, tokens }
    }

    /// The true cost of a complete reading, within a budget never more than was held; of an incomplete one the larger of what was seen and what the seen bytes
    /// suggest; the whole hold when nothing is known of a call that may have been served.
    pub(crate) fn settle(
        self,
        prices: &PriceBook,
        target: &ModelRef,
        outcome: &Outcome<'_>,
    ) -> (Nano, Pricing) {
        match self.cost(prices, target, outcome) {
            (cost, _) if outcome.bounded && cost > outcome.hold => (outcome.hold, Pricing::Estimated),
            settled => settled,
        }
    }

    fn cost(self, prices: &PriceBook, target: &ModelRef, outcome: &Outcome<'_>) -> (Nano, Pricing) {
        let Outcome { reading, hold, sent, when, .. } = *outcome;
        if matches!(self, Self::Free) || sent == Sent::Nothing {
            return (Nano::ZERO, Pricing::Free);
        }
        let Self::Priced(price) = self else {
            // A provider that says what its answers cost is believed where nobody else knows.
            let reported = reading.reported_cost.filter(|_| outcome.trust_reported && reading.complete);
            return reported.map_or((Nano::ZERO, Pricing::Unpriced), |cost| (cost, Pricing::Exact));
        };
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

/// The model tokens that a call will probably use, for a limit per minute; corrected when it is settled.
fn likely_tokens(envelope: &Envelope, body: usize) -> u64 {
    let input = (body as u64).div_ceil(BYTES_PER_TOKEN);
    input.saturating_add(envelope.max_output.unwrap_or(USUAL_OUTPUT))
}

/// The most output tokens of one call.
fn longest_output(price: &Price, envelope: &Envelope, operation: Operation, body: u64) -> u64 {
    let longest = price.max_output().unwrap_or(LONGEST_OUTPUT);
    match operation {
        Operation::Images | Operation::ImageEdits => IMAGE.saturating_mul(envelope.choices),
        Operation::Speech => longest.min(body.saturating_mul(SPOKEN)),
        _ => envelope.max_output.unwrap_or(longest),
    }
}

/// Tokens that providers add to a request: up to about 800 for tool use, a few for each message.
const FRAMING: u64 = 1024;
/// Tokens of one image, read or made: gpt-image's largest at high quality is 6240, and partial ones may be streamed.
const IMAGE: u64 = 8192;
/// Tokens of a file that a call only names, or whose bytes are packed: a hundred pages or so.
const FILE: u64 = 200_000;
/// Tokens of what one search or fetch of the provider's own adds.
const PAGE: u64 = 16_000;
/// Tokens of speech for a byte of text: about 1.5 at an ordinary speed, which may be asked to be a quarter.
const SPOKEN: u64 = 8;
/// For a limit per minute, where the caller names no limit.
const USUAL_OUTPUT: u64 = 4096;
/// For a model whose limit is not known.
const LONGEST_OUTPUT: u64 = 128_000;
/// For estimates; English prose has about four, code and JSON about three.
const BYTES_PER_TOKEN: u64 = 3;

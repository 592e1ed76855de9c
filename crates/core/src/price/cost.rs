//! What a call cost, and the most it may cost.

use super::rates::{Kind, Rates};
use super::row::{Price, Tiers};
use crate::money::Nano;
use crate::time::UnixMs;
use crate::usage::{Reading, Usage};

/// A call before it is made.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ask<'a> {
    /// An upper bound of all input tokens, cached or not.
    pub input_tokens: u64,
    /// An upper bound of all output tokens, reasoning included.
    pub output_tokens: u64,
    /// An upper bound of the web searches.
    pub searches: u64,
    /// Cache writes are possible: asked for, or made by the provider on its own (OpenAI).
    pub caching: bool,
    /// The price variant that was asked for: `batch`, `flex`, `priority`, `fast`, …
    pub variant: Option<&'a str>,
    /// When; give the same instant to [`Price::cost`].
    pub when: UnixMs,
}

impl Price {
    /// What the read usage costs at that time, rounded half up once. Its `asides` have their own prices:
    /// [`PriceTable::cost`](super::PriceTable::cost).
    pub fn cost(&self, reading: &Reading, when: UnixMs) -> Nano {
        self.usage_cost(&reading.usage, reading.variant.as_deref(), reading.geo.as_deref(), when)
    }

    pub(super) fn usage_cost(
        &self,
        usage: &Usage,
        variant: Option<&str>,
        geo: Option<&str>,
        when: UnixMs,
    ) -> Nano {
        let (base, tiers) = self.effective(variant, when);
        // A cliff: beyond the threshold every token of the call costs the tier's rate.
        let rates = tiers.range(..usage.total_input()).next_back().map_or(base, |(_, rates)| *rates);
        let pico = parts(usage).iter().fold(0u128, |sum, (kind, count)| {
            sum.saturating_add(u128::from(rates.charged(*kind)).saturating_mul(u128::from(*count)))
        });
        let listed = variant.is_some_and(|variant| self.variants.contains_key(variant));
        let factor = |name: Option<&str>| name.and_then(|name| self.factors.get(name)).copied();
        let factors = [factor(geo), factor(variant).filter(|_| !listed)];
        nano(pico, factors.into_iter().flatten())
    }

    /// [`Price::worst_of`] without a variant.
    pub fn worst(&self, input_tokens: u64, output_tokens: u64, caching: bool, when: UnixMs) -> Nano {
        self.worst_of(&Ask { input_tokens, output_tokens, searches: 0, caching, variant: None, when })
    }

    /// The most such a call may cost: every token at the dearest rate it can meet, in the dearest tier its input can
    /// reach and the dearest region, by the higher of the two data sets.
    pub fn worst_of(&self, ask: &Ask<'_>) -> Nano {
        let (base, tiers) = self.effective(ask.variant, ask.when);
        let reachable = tiers.range(..ask.input_tokens).fold(base, |worst, (_, tier)| worst.higher(tier));
        let rates = match self.alt {
            Some(alt) => reachable.higher(&self.rates.overlay(&alt)),
            None => reachable,
        };
        let (plain, cached): (&[Kind], &[Kind]) = (&INPUTS, &CACHED_INPUTS);
        let input = rates.dearest(if ask.caching { cached } else { plain });
        let pico = [
            (input, ask.input_tokens),
            (rates.dearest(&OUTPUTS), ask.output_tokens),
            (rates.charged(Kind::Search), ask.searches),
            (rates.charged(Kind::Request), 1),
        ]
        .into_iter()
        .fold(0u128, |sum, (rate, count)| {
            sum.saturating_add(u128::from(rate).saturating_mul(u128::from(count)))
        });
        let listed = ask.variant.is_some_and(|variant| self.variants.contains_key(variant));
        let own = ask.variant.filter(|_| !listed).and_then(|variant| self.factors.get(variant)).copied();
        let region = self.factors.iter().filter(|(name, _)| !SPEEDS.contains(&name.as_str()));
        let region = region.map(|(_, factor)| *factor).max().filter(|factor| *factor > ONE);
        nano(pico, [own, region].into_iter().flatten())
    }

    /// The rates in force, below the first tier and per tier. A variant without tiers of its own, and a variant or
    /// tier whose plain rates have changed by date or time of day, moves as the plain rates do.
    fn effective(&self, variant: Option<&str>, when: UnixMs) -> (Rates, Tiers) {
        let plain = &self.rates;
        let plain_tiers: Tiers =
            self.tiers.iter().map(|(above, over)| (*above, plain.overlay(over))).collect();
        let (base, tiers) = match variant.and_then(|name| self.variants.get(name)) {
            None => (*plain, plain_tiers),
            Some(variant) => {
                let base = plain.overlay(&variant.rates);
                let tiers = if variant.tiers.is_empty() {
                    plain_tiers.into_iter().map(|(above, tier)| (above, tier.moved(plain, &base))).collect()
                } else {
                    variant.tiers.iter().map(|(above, over)| (*above, base.overlay(over))).collect()
                };
                (base, tiers)
            }
        };
        match self.plain_at(when) {
            Some(now) => {
                let moved = |rates: Rates| rates.moved(plain, &now);
                (moved(base), tiers.into_iter().map(|(above, tier)| (above, moved(tier))).collect())
            }
            None => (base, tiers),
        }
    }

    /// The plain rates at that time, where they are not the row's own.
    fn plain_at(&self, when: UnixMs) -> Option<Rates> {
        let dated = if self.from.is_empty() {
            None
        } else {
            let now = when.rfc3339();
            let today = now.split('T').next().unwrap_or_default().to_owned();
            self.from.range(..=today).next_back().map(|(_, over)| self.rates.overlay(over))
        };
        let minute = u32::try_from(when.0.div_euclid(60_000).rem_euclid(24 * 60)).unwrap_or(0);
        let window = self.windows.iter().find(|window| window.contains(minute));
        window.map(|window| dated.unwrap_or(self.rates).overlay(&window.rates)).or(dated)
    }
}

/// The usage, cut into what is priced apart. No token is counted twice, none is left out.
fn parts(usage: &Usage) -> [(Kind, u64); 12] {
    let audio_in = usage.audio_in.min(usage.input);
    let image_in = usage.image_in.min(usage.input - audio_in);
    let audio_out = usage.audio_out.min(usage.output);
    let image_out = usage.image_out.min(usage.output - audio_out);
    let reasoning = usage.reasoning.min(usage.output - audio_out - image_out);
    [
        (Kind::Input, usage.input - audio_in - image_in),
        (Kind::AudioIn, audio_in),
        (Kind::ImageIn, image_in),
        (Kind::CacheRead, usage.cache_read),
        (Kind::CacheWrite, usage.cache_write),
        (Kind::CacheWriteLong, usage.cache_write_long),
        (Kind::Output, usage.output - audio_out - image_out - reasoning),
        (Kind::Reasoning, reasoning),
        (Kind::AudioOut, audio_out),
        (Kind::ImageOut, image_out),
        (Kind::Search, usage.web_search),
        (Kind::Request, 1),
    ]
}

/// Pico-dollars times factors (in millionths), rounded half up to nano-dollars; at most what a ledger holds.
fn nano(pico: u128, factors: impl Iterator<Item = u64>) -> Nano {
    let (mut amount, mut unit) = (pico, 1000u128);
    for factor in factors {
        amount = amount.saturating_mul(u128::from(factor));
        unit = unit.saturating_mul(u128::from(ONE));
    }
    let rounded = amount.saturating_add(unit / 2) / unit;
    Nano(i64::try_from(rounded).unwrap_or(i64::MAX)).min(Nano::MAX)
}

const ONE: u64 = 1_000_000;
/// Factors that are asked for, not met.
const SPEEDS: [&str; 5] = ["batch", "flex", "priority", "fast", "ultrafast"];
const INPUTS: [Kind; 4] = [Kind::Input, Kind::AudioIn, Kind::ImageIn, Kind::CacheRead];
const CACHED_INPUTS: [Kind; 6] =
    [Kind::Input, Kind::AudioIn, Kind::ImageIn, Kind::CacheRead, Kind::CacheWrite, Kind::CacheWriteLong];
const OUTPUTS: [Kind; 4] = [Kind::Output, Kind::Reasoning, Kind::AudioOut, Kind::ImageOut];

#[cfg(test)]
mod tests;

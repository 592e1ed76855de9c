//! One row of the price table.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::rates::{Kind, Object, Rates};
use crate::decimal::{Rounding, scaled};
use crate::money::Nano;

/// One model's price.
#[derive(Debug, Clone, Default)]
pub struct Price {
    pub(super) rates: Rates,
    /// The other data set's rates, where the two disagree.
    pub(super) alt: Option<Rates>,
    /// Rates from a UTC date (`2027-01-01`) on, by date.
    pub(super) from: BTreeMap<String, Rates>,
    /// Rates inside a daily UTC window.
    pub(super) windows: Vec<Window>,
    pub(super) tiers: Tiers,
    pub(super) variants: BTreeMap<String, Variant>,
    /// Factors on the whole cost in millionths, by `inference_geo` or variant.
    pub(super) factors: BTreeMap<String, u64>,
    context: Option<u64>,
    max_output: Option<u64>,
    mode: Option<String>,
    retires: Option<String>,
}

/// Rates by the input tokens above which they hold.
pub(super) type Tiers = BTreeMap<u64, Rates>;

#[derive(Debug, Clone, Default)]
pub(super) struct Variant {
    pub(super) rates: Rates,
    pub(super) tiers: Tiers,
}

/// Minutes of the UTC day: from, up to but not including. It may run over midnight.
#[derive(Debug, Clone)]
pub(super) struct Window {
    from: u32,
    to: u32,
    pub(super) rates: Rates,
}

/// The plain rates of a model in nano-dollars per million tokens, for display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerMillion {
    pub input: Nano,
    pub output: Nano,
    pub cache_read: Nano,
    pub cache_write: Nano,
}

impl Price {
    /// Input tokens the model takes, where known.
    pub fn context(&self) -> Option<u64> {
        self.context
    }

    /// The most output tokens the model can make, where known.
    pub fn max_output(&self) -> Option<u64> {
        self.max_output
    }

    /// `embedding`, `image_generation`, …; `None` for text generation.
    pub fn mode(&self) -> Option<&str> {
        self.mode.as_deref()
    }

    /// The announced shutdown date, `2027-01-20`.
    pub fn retires(&self) -> Option<&str> {
        self.retires.as_deref()
    }

    /// The plain rates, without tier, variant or date.
    pub fn rates_per_million(&self) -> PerMillion {
        // Pico-dollars per token × 10⁶ tokens ÷ 10³ pico-dollars per nano-dollar.
        let rate =
            |kind| Nano(i64::try_from(self.rates.charged(kind).saturating_mul(1000)).unwrap_or(i64::MAX));
        PerMillion {
            input: rate(Kind::Input),
            output: rate(Kind::Output),
            cache_read: rate(Kind::CacheRead),
            cache_write: rate(Kind::CacheWrite),
        }
    }

    /// Reads a row. `Ok(None)`: the row names no price per token that could be charged. `search` is what a web search
    /// costs where the row does not say.
    pub(super) fn read(raw: &RawValue, search: Option<u64>) -> Result<Option<Self>, String> {
        let row = object(raw)?;
        let mode = text(&row, "mode")?;
        let mut rates = Rates::read(&row)?;
        let generated = row.contains_key("src");
        if !is_charged(&rates, generated, mode.as_deref()) {
            return if generated { Ok(None) } else { Err("neither in nor out".to_owned()) };
        }
        fill(&mut rates, mode.as_deref());
        if rates.get(Kind::Search).is_none() {
            rates.set(Kind::Search, search);
        }
        Ok(Some(Self {
            rates,
            alt: row.get("alt").map(|raw| Rates::read(&object(raw)?)).transpose()?,
            from: list(&row, "from")?
                .iter()
                .map(|entry| Ok((date(entry)?, Rates::read(entry)?)))
                .collect::<Result<_, String>>()?,
            windows: list(&row, "tod")?.iter().map(window).collect::<Result<_, _>>()?,
            tiers: tiers(&row)?,
            variants: map(&row, "variants")?
                .into_iter()
                .map(|(name, raw)| {
                    let variant = object(raw)?;
                    Ok((name.to_owned(), Variant { rates: Rates::read(&variant)?, tiers: tiers(&variant)? }))
                })
                .collect::<Result<_, String>>()?,
            factors: map(&row, "mult")?
                .into_iter()
                .map(|(name, raw)| {
                    let factor = scaled(raw.get(), 6, Rounding::Up);
                    Ok((
                        name.to_owned(),
                        factor.ok_or_else(|| format!("mult is not a factor: {}", raw.get()))?,
                    ))
                })
                .collect::<Result<_, String>>()?,
            context: count(&row, "ctx")?,
            max_output: count(&row, "max_out")?,
            mode,
            retires: text(&row, "retires")?,
        }))
    }
}

impl Window {
    pub(super) fn contains(&self, minute: u32) -> bool {
        if self.from <= self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }
}

/// Whether the row says what tokens cost. The data sets write zero where a model is billed otherwise (per image, per
/// query) or where nobody knows: their zero is no price. An operator's zero is meant.
fn is_charged(rates: &Rates, generated: bool, mode: Option<&str>) -> bool {
    let inputs = [Kind::Input, Kind::AudioIn, Kind::ImageIn].map(|kind| rates.get(kind));
    if !generated {
        return rates.get(Kind::Input).or(rates.get(Kind::Output)).is_some();
    }
    inputs.iter().any(|rate| rate.is_some_and(|rate| rate > 0))
        && (rates.get(Kind::Output) != Some(0) || mode.is_some())
}

/// Puts something into the two rates that everything else falls back to.
fn fill(rates: &mut Rates, mode: Option<&str>) {
    let first = |kinds: &[Kind]| kinds.iter().find_map(|kind| rates.get(*kind));
    let input = first(&[Kind::Input, Kind::AudioIn, Kind::ImageIn]);
    // An embedding has no output; a completion without a price of its own costs what the prompt costs.
    let output = match mode {
        Some("embedding") => Some(0),
        _ => first(&[Kind::ImageOut, Kind::AudioOut]).or(input),
    };
    let output = rates.get(Kind::Output).or(output);
    rates.set(Kind::Input, input.or(Some(0)));
    rates.set(Kind::Output, output);
}

fn object(raw: &RawValue) -> Result<Object<'_>, String> {
    serde_json::from_str(raw.get()).map_err(|error| error.to_string())
}

fn map<'a>(row: &Object<'a>, key: &str) -> Result<Object<'a>, String> {
    row.get(key).map_or(Ok(Object::new()), |raw| object(raw))
}

fn list<'a>(row: &Object<'a>, key: &str) -> Result<Vec<Object<'a>>, String> {
    let Some(raw) = row.get(key) else { return Ok(Vec::new()) };
    serde_json::from_str(raw.get()).map_err(|error| format!("{key}: {error}"))
}

fn text(row: &Object<'_>, key: &str) -> Result<Option<String>, String> {
    let parse = |raw: &&RawValue| serde_json::from_str(raw.get()).map_err(|error| format!("{key}: {error}"));
    row.get(key).map(parse).transpose()
}

fn count(row: &Object<'_>, key: &str) -> Result<Option<u64>, String> {
    let parse =
        |raw: &&RawValue| scaled(raw.get(), 0, Rounding::Up).ok_or_else(|| format!("{key}: not a count"));
    row.get(key).map(parse).transpose()
}

fn tiers(row: &Object<'_>) -> Result<Tiers, String> {
    list(row, "tiers")?
        .iter()
        .map(|tier| Ok((count(tier, "above")?.ok_or("a tier without above")?, Rates::read(tier)?)))
        .collect()
}

fn date(entry: &Object<'_>) -> Result<String, String> {
    let date = text(entry, "date")?.unwrap_or_default();
    let fits = date.len() == 10
        && date.bytes().zip("0000-00-00".bytes()).all(|(have, want)| match want {
            b'0' => have.is_ascii_digit(),
            _ => have == want,
        });
    if fits { Ok(date) } else { Err(format!("not a date: {date:?}")) }
}

fn window(entry: &Object<'_>) -> Result<Window, String> {
    let bounds: [String; 2] = match entry.get("utc") {
        Some(raw) => serde_json::from_str(raw.get()).map_err(|error| format!("utc: {error}"))?,
        None => return Err("a window without utc".to_owned()),
    };
    let [from, to] = bounds.map(|text| minute(&text).ok_or_else(|| format!("not a time of day: {text:?}")));
    Ok(Window { from: from?, to: to?, rates: Rates::read(entry)? })
}

fn minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (hour.parse::<u32>().ok()?, minute.parse::<u32>().ok()?);
    (hour <= 24 && minute < 60).then_some(hour * 60 + minute)
}

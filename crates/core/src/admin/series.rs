//! What happened over a span of time, in slots for charts.

use super::Admin;
use super::answer::Answer;
use crate::money::Nano;
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::store::series::{DAY, LADDER, Report, Share, Slot, Span, report};
use crate::time::UnixMs;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Series<'a> {
    range: &'a str,
    from_ms: i64,
    slot_ms: i64,
    slots: Vec<Point>,
    /// The dearest models; the rest together is what is missing from a slot's cost.
    models: Vec<Model<'a>>,
    machines: Vec<Machine<'a>>,
    errors: Vec<Failure<'a>>,
    totals: Point,
    /// The same span before.
    before: Point,
}

#[derive(Serialize)]
struct Point {
    at_ms: i64,
    requests: i64,
    refused: i64,
    failed: i64,
    cost_nano: i64,
    /// Milliseconds to the first byte, between the marks of a ladder; `null` where nothing was answered.
    first_byte_p50_ms: Option<i64>,
    first_byte_p95_ms: Option<i64>,
}

#[derive(Serialize)]
struct Model<'a> {
    provider: &'a str,
    model: &'a str,
    requests: i64,
    cost_nano: i64,
    /// Per slot.
    costs_nano: Vec<i64>,
}

#[derive(Serialize)]
struct Machine<'a> {
    token_id: &'a str,
    token_label: Option<&'a str>,
    requests: i64,
    cost_nano: i64,
}

#[derive(Serialize)]
struct Failure<'a> {
    error: &'a str,
    count: i64,
}

/// `?range=` one of `1h`, `24h`, `7d`, `30d`.
pub(super) async fn series<P: Platform>(proxy: &Proxy<P>, _: &Admin, query: &str) -> Result<Answer, Problem> {
    let range = query.strip_prefix("range=").unwrap_or(if query.is_empty() { "24h" } else { query });
    let span = span(range, proxy.platform.now())
        .ok_or_else(|| Problem::AdminInvalid("range is one of 1h, 24h, 7d and 30d".to_owned()))?;
    let found = Report::from_rows(&span, &proxy.platform.batch(report(&span)).await?)?;
    let mut slots: Vec<Slot> = (0..span.slots).map(|slot| Slot { slot, ..Slot::default() }).collect();
    for slot in &found.slots {
        if let Some(place) = usize::try_from(slot.slot).ok().and_then(|at| slots.get_mut(at)) {
            place.clone_from(slot);
        }
    }
    let point = |slot: &Slot| point(slot, span.from.0 + slot.slot * span.slot_ms);
    Answer::of(&Series {
        range,
        from_ms: span.from.0,
        slot_ms: span.slot_ms,
        slots: slots.iter().map(point).collect(),
        models: models(&found.models, span.slots),
        machines: found
            .machines
            .iter()
            .map(|share| Machine {
                token_id: &share.first,
                token_label: share.second.as_deref(),
                requests: share.requests,
                cost_nano: share.cost.0,
            })
            .collect(),
        errors: found.errors.iter().map(|(error, count)| Failure { error, count: *count }).collect(),
        totals: point(&sum(&found.slots)),
        before: point(&found.before),
    })
}

fn span(range: &str, now: UnixMs) -> Option<Span> {
    let (slot_ms, slots) = match range {
        "1h" => (60_000, 60),
        "24h" => (1_800_000, 48),
        "7d" => (DAY, 7),
        "30d" => (DAY, 30),
        _ => return None,
    };
    // The slot that now is in is the last one.
    let until = (now.0.div_euclid(slot_ms) + 1) * slot_ms;
    Some(Span { from: UnixMs(until - slot_ms * slots), slot_ms, slots })
}

fn point(slot: &Slot, at_ms: i64) -> Point {
    Point {
        at_ms,
        requests: slot.requests,
        refused: slot.refused,
        failed: slot.failed,
        cost_nano: slot.cost.0,
        first_byte_p50_ms: quantile(slot, 50),
        first_byte_p95_ms: quantile(slot, 95),
    }
}

/// Between the two marks that the wanted call lies between, in proportion.
fn quantile(slot: &Slot, percent: i64) -> Option<i64> {
    if slot.answered == 0 || slot.first_bytes.is_empty() {
        return None;
    }
    let wanted = (slot.answered * percent).div_euclid(100) + i64::from(slot.answered * percent % 100 > 0);
    let (mut below, mut mark) = (0, 0);
    for (count, edge) in slot.first_bytes.iter().zip(LADDER) {
        if *count >= wanted {
            let (within, width) = ((*count - below).max(1), edge - mark);
            return Some(mark + width * (wanted - below) / within);
        }
        (below, mark) = (*count, edge);
    }
    Some(mark)
}

fn sum(slots: &[Slot]) -> Slot {
    slots.iter().fold(Slot::default(), |mut sum, slot| {
        sum.requests += slot.requests;
        sum.refused += slot.refused;
        sum.failed += slot.failed;
        sum.answered += slot.answered;
        sum.cost = Nano(sum.cost.0.saturating_add(slot.cost.0));
        sum.first_bytes.resize(slot.first_bytes.len().max(sum.first_bytes.len()), 0);
        sum.first_bytes.iter_mut().zip(&slot.first_bytes).for_each(|(sum, one)| *sum += one);
        sum
    })
}

fn models(shares: &[Share], slots: i64) -> Vec<Model<'_>> {
    let mut all: BTreeMap<(&str, &str), Model<'_>> = BTreeMap::new();
    for share in shares {
        let (provider, model) = (share.first.as_str(), share.second.as_deref().unwrap_or_default());
        let entry = all.entry((provider, model)).or_insert_with(|| Model {
            provider,
            model,
            requests: 0,
            cost_nano: 0,
            costs_nano: vec![0; usize::try_from(slots).unwrap_or(0)],
        });
        entry.requests += share.requests;
        entry.cost_nano += share.cost.0;
        if let Some(cost) = usize::try_from(share.slot).ok().and_then(|at| entry.costs_nano.get_mut(at)) {
            *cost += share.cost.0;
        }
    }
    let mut all: Vec<Model<'_>> = all.into_values().collect();
    all.sort_by_key(|model| (-model.cost_nano, -model.requests));
    all.truncate(SHOWN_MODELS);
    all
}

const SHOWN_MODELS: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantile_table() {
        let slot = |answered, first: &[i64]| {
            let mut first_bytes = first.to_vec();
            first_bytes.resize(LADDER.len(), first.last().copied().unwrap_or(0));
            Slot { answered, first_bytes, ..Slot::default() }
        };
        for (answered, ladder, percent, want) in [
            (0, &[0][..], 50, None),
            (1, &[1], 50, Some(25)),
            // Half within 25 ms, all within 50.
            (100, &[50, 100], 50, Some(25)),
            (100, &[50, 100], 95, Some(47)),
            // None within the longest mark.
            (3, &[0], 95, Some(60_000)),
        ] {
            assert_eq!(quantile(&slot(answered, ladder), percent), want, "{answered} {ladder:?} {percent}");
        }
    }

    #[test]
    fn a_span_ends_with_the_slot_of_now() {
        let now = UnixMs(1_795_507_200_001);
        for range in ["1h", "24h", "7d", "30d"] {
            let span = span(range, now).unwrap();
            assert!(span.until() > now && span.until().0 - span.slot_ms <= now.0, "{range}");
        }
        assert_eq!(span("2h", now), None);
    }
}

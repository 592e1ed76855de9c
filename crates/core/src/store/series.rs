//! What happened over a span of time, for charts. Spans of up to a day are read from the calls themselves, of which the
//! newest [`MOST_CALLS`] count; longer ones from the counters per day.

use crate::money::Nano;
use crate::ports::{Row, Rows, Statement, StoreError};
use crate::time::UnixMs;

/// A span cut into equal slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: UnixMs,
    pub slot_ms: i64,
    pub slots: i64,
}

impl Span {
    /// Where it ends; not part of it.
    pub fn until(&self) -> UnixMs {
        UnixMs(self.from.0 + self.slot_ms * self.slots)
    }

    /// As long, and ending where this one begins.
    pub fn before(&self) -> Self {
        Self { from: UnixMs(self.from.0 - self.slot_ms * self.slots), ..*self }
    }

    fn by_day(&self) -> bool {
        self.slot_ms == DAY
    }
}

/// One slot's counters. Of refused and failed calls only whole days tell nothing but the refused.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Slot {
    pub slot: i64,
    pub requests: i64,
    pub refused: i64,
    pub failed: i64,
    pub cost: Nano,
    /// How many first bytes came within each of [`LADDER`]; the rest took longer. Empty for whole days.
    pub first_bytes: Vec<i64>,
    /// How many calls had a first byte.
    pub answered: i64,
}

/// Something with a cost: a model in one slot, or a machine over the span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub slot: i64,
    pub first: String,
    pub second: Option<String>,
    pub requests: i64,
    pub cost: Nano,
}

/// Everything about a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub slots: Vec<Slot>,
    /// (provider, model) per slot, the dearest first.
    pub models: Vec<Share>,
    /// (token id, label) over the whole span, the dearest first.
    pub machines: Vec<Share>,
    /// (code, how often), the most frequent first. Empty for spans of days.
    pub errors: Vec<(String, i64)>,
    /// One slot: the span before.
    pub before: Slot,
}

/// One batch for [`Report::from_rows`].
pub fn report(span: &Span) -> Vec<Statement> {
    if span.by_day() { days(span) } else { calls(span) }
}

/// D1 binds every number as a float, so a quotient is cut to a whole number here.
fn calls(span: &Span) -> Vec<Statement> {
    let params = |span: &Span| {
        vec![
            first_id(span.from).into(),
            first_id(span.until()).into(),
            span.from.0.into(),
            span.slot_ms.into(),
            MOST_CALLS.into(),
        ]
    };
    let within = || params(span);
    let before = span.before();
    let whole = Span { slot_ms: before.slot_ms * before.slots, slots: 1, ..before };
    vec![
        Statement::new(
            concat!("SELECT ", slot!(), ", ", ladder!(), " FROM ", recent!(), " GROUP BY slot ORDER BY slot"),
            within(),
        ),
        Statement::new(
            concat!(
                "SELECT CAST((started_ms - ?3) / ?4 AS INTEGER) AS slot, provider, model, COUNT(*) AS requests, SUM(cost_nano) AS cost FROM ",
                recent!(),
                " WHERE provider IS NOT NULL AND model IS NOT NULL",
                " GROUP BY slot, provider, model ORDER BY cost DESC, requests DESC LIMIT 2000"
            ),
            within(),
        ),
        Statement::new(
            concat!(
                "SELECT 0 * ?3 * ?4 AS slot, token_id, (SELECT label FROM proxy_agent_tokens WHERE id = token_id) AS label,",
                " COUNT(*) AS requests, SUM(cost_nano) AS cost FROM ",
                recent!(),
                " WHERE token_id IS NOT NULL GROUP BY token_id ORDER BY cost DESC, requests DESC LIMIT 8"
            ),
            within(),
        ),
        Statement::new(
            concat!(
                "SELECT error, COUNT(*) + 0 * ?3 * ?4 AS times FROM ",
                recent!(),
                " WHERE error IS NOT NULL GROUP BY error ORDER BY times DESC, error LIMIT 8"
            ),
            within(),
        ),
        Statement::new(
            concat!("SELECT ", slot!(), ", ", ladder!(), " FROM ", recent!(), " GROUP BY slot"),
            params(&whole),
        ),
    ]
}

fn days(span: &Span) -> Vec<Statement> {
    let first = span.from.day();
    let within = || vec![first.into(), (first + span.slots).into()];
    vec![
        Statement::new(
            concat!("SELECT day - ?1 AS slot, ", counted!(), " GROUP BY day ORDER BY day"),
            within(),
        ),
        Statement::new(
            "SELECT day - ?1 AS slot, provider, model, SUM(requests) AS requests, SUM(cost_nano) AS cost
               FROM proxy_agent_usage WHERE day >= ?1 AND day < ?2 AND provider <> ''
              GROUP BY day, provider, model ORDER BY cost DESC, requests DESC LIMIT 2000",
            within(),
        ),
        Statement::new(
            "SELECT 0 AS slot, token_id, (SELECT label FROM proxy_agent_tokens WHERE id = token_id) AS label,
                    SUM(requests) AS requests, SUM(cost_nano) AS cost
               FROM proxy_agent_usage WHERE day >= ?1 AND day < ?2 AND token_id <> ''
              GROUP BY token_id ORDER BY cost DESC, requests DESC LIMIT 8",
            within(),
        ),
        Statement::new(
            concat!("SELECT 0 AS slot, ", counted!()),
            vec![(first - span.slots).into(), first.into()],
        ),
    ]
}

impl Report {
    pub fn from_rows(span: &Span, rows: &[Rows]) -> Result<Self, StoreError> {
        let read = if span.by_day() { Slot::of_day } else { Slot::of_calls };
        let (slots, models, machines, errors, before) = match rows {
            [slots, models, machines, before] => (slots, models, machines, None, before),
            [slots, models, machines, errors, before] => (slots, models, machines, Some(errors), before),
            _ => return Err(StoreError::Malformed),
        };
        Ok(Self {
            slots: slots.iter().map(read).collect::<Result<_, _>>()?,
            models: models.iter().map(Share::from_row).collect::<Result<_, _>>()?,
            machines: machines.iter().map(Share::from_row).collect::<Result<_, _>>()?,
            errors: errors
                .into_iter()
                .flatten()
                .map(|row| Ok((row.text(0)?.to_owned(), row.int(1)?)))
                .collect::<Result<_, StoreError>>()?,
            before: before.first().map(read).transpose()?.unwrap_or_default(),
        })
    }
}

impl Slot {
    fn of_calls(row: &Row) -> Result<Self, StoreError> {
        let first_bytes = (6..6 + LADDER.len()).map(|column| row.int(column)).collect::<Result<_, _>>()?;
        Ok(Self { failed: row.int(4)?, answered: row.int(5)?, first_bytes, ..Self::of_day(row)? })
    }

    fn of_day(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            slot: row.int(0)?,
            requests: row.int(1)?,
            refused: row.int(2)?,
            cost: Nano(row.int(3)?),
            ..Self::default()
        })
    }
}

impl Share {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            slot: row.int(0)?,
            first: row.text(1)?.to_owned(),
            second: row.maybe_text(2)?.map(str::to_owned),
            requests: row.int(3)?,
            cost: Nano(row.int(4)?),
        })
    }
}

/// Smaller than the id of every call since then, greater than every earlier one.
fn first_id(at: UnixMs) -> String {
    format!("req_{:012x}", at.0.max(0))
}

macro_rules! slot {
    () => {
        "CAST((started_ms - ?3) / ?4 AS INTEGER) AS slot, COUNT(*) AS requests,
         SUM(CASE WHEN state = 'refused' THEN 1 ELSE 0 END) AS refused, SUM(cost_nano) AS cost,
         SUM(CASE WHEN state <> 'refused' AND error IS NOT NULL THEN 1 ELSE 0 END) AS failed,
         COUNT(first_byte_ms) AS answered"
    };
}
macro_rules! ladder {
    () => {
        "SUM(CASE WHEN first_byte_ms <= 25 THEN 1 ELSE 0 END) AS a, SUM(CASE WHEN first_byte_ms <= 50 THEN 1 ELSE 0 END) AS b,
         SUM(CASE WHEN first_byte_ms <= 100 THEN 1 ELSE 0 END) AS c, SUM(CASE WHEN first_byte_ms <= 200 THEN 1 ELSE 0 END) AS d,
         SUM(CASE WHEN first_byte_ms <= 400 THEN 1 ELSE 0 END) AS e, SUM(CASE WHEN first_byte_ms <= 700 THEN 1 ELSE 0 END) AS f,
         SUM(CASE WHEN first_byte_ms <= 1000 THEN 1 ELSE 0 END) AS g, SUM(CASE WHEN first_byte_ms <= 2000 THEN 1 ELSE 0 END) AS h,
         SUM(CASE WHEN first_byte_ms <= 4000 THEN 1 ELSE 0 END) AS i, SUM(CASE WHEN first_byte_ms <= 8000 THEN 1 ELSE 0 END) AS j,
         SUM(CASE WHEN first_byte_ms <= 20000 THEN 1 ELSE 0 END) AS k, SUM(CASE WHEN first_byte_ms <= 60000 THEN 1 ELSE 0 END) AS l"
    };
}
macro_rules! recent {
    () => {
        "(SELECT started_ms, state, error, COALESCE(repriced_nano, cost_nano) AS cost_nano, first_byte_ms, provider, model, token_id
            FROM proxy_agent_calls WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT ?5) c"
    };
}
macro_rules! counted {
    () => {
        "COALESCE(SUM(requests), 0) AS requests, COALESCE(SUM(refused), 0) AS refused, COALESCE(SUM(cost_nano), 0) AS cost
           FROM proxy_agent_usage WHERE day >= ?1 AND day < ?2"
    };
}
use {counted, ladder, recent, slot};

/// Milliseconds, as counted by the statement.
pub const LADDER: [i64; 12] = [25, 50, 100, 200, 400, 700, 1000, 2000, 4000, 8000, 20_000, 60_000];
/// Enough for a busy day, and read in a moment.
pub const MOST_CALLS: i64 = 100_000;
pub const DAY: i64 = 86_400_000;

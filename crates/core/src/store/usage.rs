//! What was used, from the counters per day. Never a sum over calls: rows of calls are removed with time, counters stay.

use crate::money::Nano;
use crate::ports::{Row, Rows, Statement, StoreError};

/// Counters of everything, or of one group.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    pub requests: i64,
    pub refused: i64,
    pub prompt_tokens: i64,
    pub completion_tokens: i64,
    pub cost: Nano,
}

/// Usage along every axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub totals: Totals,
    /// Without the calls that were refused before they named a provider; so are the models.
    pub providers: Vec<(String, Totals)>,
    /// (provider, model), the [`MOST`] with the highest cost: model names are the callers' to choose.
    pub models: Vec<((String, String), Totals)>,
    /// (token id, its label if it is still known); the id is empty where no token was recognised.
    pub tokens: Vec<((String, Option<String>), Totals)>,
    /// UTC days since 1970-01-01, the newest first, at most [`MOST`].
    pub days: Vec<(i64, Totals)>,
}

/// One batch for [`Report::from_rows`], of the days `from..=until` (UTC days since 1970-01-01).
pub fn report(from: i64, until: i64) -> Vec<Statement> {
    let days = || vec![from.into(), until.into()];
    let most = || vec![from.into(), until.into(), MOST.into()];
    vec![
        Statement::new(concat!("SELECT ", sums!(), " FROM proxy_agent_usage WHERE ", days!()), days()),
        Statement::new(
            concat!(
                "SELECT ",
                sums!(),
                ", provider FROM proxy_agent_usage WHERE provider <> '' AND ",
                days!(),
                " GROUP BY provider ORDER BY provider"
            ),
            days(),
        ),
        Statement::new(
            concat!(
                "SELECT ",
                sums!(),
                ", provider, model FROM proxy_agent_usage WHERE provider <> '' AND ",
                days!(),
                " GROUP BY provider, model",
                " ORDER BY cost DESC, requests DESC, provider, model LIMIT ?3"
            ),
            most(),
        ),
        Statement::new(
            concat!(
                "SELECT ",
                sums!(),
                ", token_id, (SELECT label FROM proxy_agent_tokens WHERE id = token_id) AS label",
                " FROM proxy_agent_usage WHERE ",
                days!(),
                " GROUP BY token_id ORDER BY cost DESC, requests DESC, token_id LIMIT ?3"
            ),
            most(),
        ),
        Statement::new(
            concat!(
                "SELECT ",
                sums!(),
                ", day FROM proxy_agent_usage WHERE ",
                days!(),
                " GROUP BY day ORDER BY day DESC LIMIT ?3"
            ),
            most(),
        ),
    ]
}

impl Report {
    pub fn from_rows(rows: &[Rows]) -> Result<Self, StoreError> {
        let [totals, providers, models, tokens, days] = rows else { return Err(StoreError::Malformed) };
        Ok(Self {
            totals: totals.first().map(Totals::from_row).transpose()?.unwrap_or_default(),
            providers: groups(providers, |row| Ok(row.text(5)?.to_owned()))?,
            models: groups(models, |row| Ok((row.text(5)?.to_owned(), row.text(6)?.to_owned())))?,
            tokens: groups(tokens, |row| {
                Ok((row.text(5)?.to_owned(), row.maybe_text(6)?.map(str::to_owned)))
            })?,
            days: groups(days, |row| row.int(5))?,
        })
    }
}

impl Totals {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            requests: row.int(0)?,
            refused: row.int(1)?,
            prompt_tokens: row.int(2)?,
            completion_tokens: row.int(3)?,
            cost: Nano(row.int(4)?),
        })
    }
}

fn groups<K>(
    rows: &Rows,
    key: impl Fn(&Row) -> Result<K, StoreError>,
) -> Result<Vec<(K, Totals)>, StoreError> {
    rows.iter().map(|row| Ok((key(row)?, Totals::from_row(row)?))).collect()
}

macro_rules! sums {
    () => {
        "COALESCE(SUM(requests), 0) AS requests, COALESCE(SUM(refused), 0) AS refused,
         COALESCE(SUM(prompt_tokens), 0) AS prompt_tokens, COALESCE(SUM(completion_tokens), 0) AS completion_tokens,
         COALESCE(SUM(cost_nano), 0) AS cost"
    };
}
macro_rules! days {
    () => {
        "day >= ?1 AND day <= ?2"
    };
}
use {days, sums};

/// The longest list.
pub const MOST: i64 = 400;

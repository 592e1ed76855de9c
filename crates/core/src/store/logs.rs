//! Calls, as the admin API lists them.

use super::question::Question;
use crate::filter::Filter;
use crate::money::Nano;
use crate::ports::{Row, Statement, StoreError};
use crate::time::UnixMs;

/// One call with the label of its token. Names as in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: String,
    pub request_id: String,
    pub token_id: Option<String>,
    pub token_label: Option<String>,
    pub state: String,
    pub started: UnixMs,
    pub dialect: String,
    pub operation: String,
    pub asked_provider: Option<String>,
    pub asked_model: Option<String>,
    pub provider: Option<String>,
    pub model: Option<String>,
    pub rule: Option<String>,
    pub credential_id: Option<String>,
    pub streamed: bool,
    pub attempts: i64,
    pub status: Option<i64>,
    pub held: Nano,
    pub cost: Nano,
    pub pricing: Option<String>,
    pub ended: Option<String>,
    pub error: Option<String>,
    pub first_byte_ms: Option<i64>,
    pub duration_ms: Option<i64>,
    pub overhead_us: Option<i64>,
    /// In the order of [`COUNTS`].
    pub counts: [i64; COUNTS.len()],
}

/// The calls of a filter, the newest first, among the `window` newest whose ids are below `before`. No index serves filters
/// (each would cost every call): one statement looks at a bounded number of rows instead, and [`window_end`] says where
/// to look on.
pub(crate) fn page(filter: &Filter, before: Option<&str>, window: i64, limit: i64) -> Statement {
    let mut question = Question::default();
    let range = question.range(filter, before);
    let window = question.bind(window);
    let conditions = question.conditions(filter);
    let limit = question.bind(limit);
    question.statement(format!(
        "SELECT {COLUMNS} FROM (SELECT * FROM proxy_agent_calls WHERE {range} ORDER BY id DESC LIMIT {window}) c \
         LEFT JOIN proxy_agent_tokens t ON t.id = c.token_id WHERE {conditions} ORDER BY c.id DESC LIMIT {limit}"
    ))
}

/// The oldest id that [`page`] looked at, and how many there were.
pub(crate) fn window_end(filter: &Filter, before: Option<&str>, window: i64) -> Statement {
    let mut question = Question::default();
    let range = question.range(filter, before);
    let window = question.bind(window);
    question.statement(format!(
        "SELECT MIN(id) AS oldest, COUNT(*) AS seen FROM \
         (SELECT id FROM proxy_agent_calls WHERE {range} ORDER BY id DESC LIMIT {window}) looked"
    ))
}

/// The call of that id.
pub(crate) fn by_id(id: &str) -> Statement {
    let mut question = Question::default();
    let id = question.bind(id);
    question.statement(format!(
        "SELECT {COLUMNS} FROM proxy_agent_calls c LEFT JOIN proxy_agent_tokens t ON t.id = c.token_id WHERE c.id = {id}"
    ))
}

/// The calls of a filter behind an id, the oldest first.
pub(crate) fn behind(filter: &Filter, id: &str, limit: i64) -> Statement {
    let mut question = Question::default();
    let id = question.bind(id);
    let conditions = question.conditions(filter);
    let limit = question.bind(limit);
    question.statement(format!(
        "SELECT {COLUMNS} FROM proxy_agent_calls c LEFT JOIN proxy_agent_tokens t ON t.id = c.token_id \
         WHERE c.id > {id} AND {conditions} ORDER BY c.id LIMIT {limit}"
    ))
}

/// Those of these calls that are not open any more and fit the filter.
pub(crate) fn ended(filter: &Filter, ids: &[&str]) -> Statement {
    let mut question = Question::default();
    let ids = question.list(ids);
    let conditions = question.conditions(filter);
    question.statement(format!(
        "SELECT {COLUMNS} FROM proxy_agent_calls c LEFT JOIN proxy_agent_tokens t ON t.id = c.token_id \
         WHERE c.id IN ({ids}) AND c.state <> 'open' AND {conditions}"
    ))
}

/// Those of these calls that are.
pub(crate) fn still_open(ids: &[&str]) -> Statement {
    let mut question = Question::default();
    let ids = question.list(ids);
    question.statement(format!(
        "SELECT id FROM proxy_agent_calls WHERE id IN ({ids}) AND state = 'open' ORDER BY id"
    ))
}

/// The ids of open calls behind an id.
pub(crate) fn open_behind(id: &str, limit: i64) -> Statement {
    Statement::new(
        "SELECT id FROM proxy_agent_calls WHERE id > ?1 AND state = 'open' ORDER BY id LIMIT ?2",
        vec![id.into(), limit.into()],
    )
}

/// The ids of open calls among the latest.
pub(crate) fn open_among_latest(latest: i64) -> Statement {
    Statement::new(
        "SELECT id FROM (SELECT id, state FROM proxy_agent_calls ORDER BY id DESC LIMIT ?1) latest \
         WHERE state = 'open' ORDER BY id",
        vec![latest.into()],
    )
}

/// The id of the newest call.
pub(crate) fn newest() -> Statement {
    Statement::new("SELECT MAX(id) AS newest FROM proxy_agent_calls", vec![])
}

impl Entry {
    pub fn from_row(row: &Row) -> Result<Self, StoreError> {
        let text = |column| row.text(column).map(str::to_owned);
        let maybe = |column| row.maybe_text(column).map(|text| text.map(str::to_owned));
        let mut counts = [0; COUNTS.len()];
        for (column, count) in (FIRST_COUNT..).zip(counts.iter_mut()) {
            *count = row.int(column)?;
        }
        Ok(Self {
            id: text(0)?,
            request_id: text(1)?,
            token_id: maybe(2)?,
            token_label: maybe(3)?,
            state: text(4)?,
            started: UnixMs(row.int(5)?),
            dialect: text(6)?,
            operation: text(7)?,
            asked_provider: maybe(8)?,
            asked_model: maybe(9)?,
            provider: maybe(10)?,
            model: maybe(11)?,
            rule: maybe(12)?,
            credential_id: maybe(13)?,
            streamed: row.int(14)? != 0,
            attempts: row.int(15)?,
            status: row.maybe_int(16)?,
            held: Nano(row.int(17)?),
            cost: Nano(row.int(18)?),
            pricing: maybe(19)?,
            ended: maybe(20)?,
            error: maybe(21)?,
            first_byte_ms: row.maybe_int(22)?,
            duration_ms: row.maybe_int(23)?,
            overhead_us: row.maybe_int(FIRST_COUNT + COUNTS.len())?,
            counts,
        })
    }
}

/// The usage columns, under the names of [`crate::usage::Usage`].
pub const COUNTS: [&str; 12] = [
    "input",
    "cache_read",
    "cache_write",
    "cache_write_long",
    "output",
    "reasoning",
    "audio_in",
    "image_in",
    "audio_out",
    "image_out",
    "web_search",
    "web_fetch",
];
const FIRST_COUNT: usize = 24;
/// What [`Entry::from_row`] reads, in its order.
const COLUMNS: &str = "c.id, c.request_id, c.token_id, t.label AS token_label, c.state, c.started_ms, c.dialect, \
     c.operation, c.asked_provider, c.asked_model, c.provider, c.model, c.rule, c.credential_id, c.streamed, c.attempts, \
     c.status, c.held_nano, COALESCE(c.repriced_nano, c.cost_nano) AS cost_nano, c.pricing, c.ended, c.error, c.first_byte_ms, c.duration_ms, c.input, \
     c.cache_read, c.cache_write, c.cache_write_long, c.output, c.reasoning, c.audio_in, c.image_in, c.audio_out, \
     c.image_out, c.web_search, c.web_fetch, c.overhead_us";

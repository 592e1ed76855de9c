//! Calls, the newest first, page by page.

use super::Admin;
use super::answer::Answer;
use super::body::percent_decoded;
use super::dollars::Dollars;
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::request_id;
use crate::store::logs::{self, COUNTS, Entry};
use serde::{Serialize, Serializer};

#[derive(Serialize)]
struct Page<'a> {
    logs: Vec<Row<'a>>,
    /// `?before=` for the page behind this one; `null` at the end.
    next: Option<&'a str>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    ts_ms: i64,
    token_id: Option<&'a str>,
    token_label: Option<&'a str>,
    provider: Option<&'a str>,
    model: Option<&'a str>,
    status: Option<i64>,
    /// Everything that went in, cached or not.
    prompt_tokens: i64,
    completion_tokens: i64,
    latency_ms: Option<i64>,
    streamed: bool,
    /// Tools that the proxy itself ran.
    tools_used: [&'a str; 0],
    cost_usd: Dollars,
    error: Option<&'a str>,
    request_id: &'a str,
    dialect: &'a str,
    operation: &'a str,
    asked: Option<String>,
    rule: Option<&'a str>,
    credential_id: Option<&'a str>,
    state: &'a str,
    ended: Option<&'a str>,
    attempts: i64,
    pricing: Option<&'a str>,
    cached_tokens: i64,
    reasoning_tokens: i64,
    first_byte_ms: Option<i64>,
    overhead_us: Option<i64>,
    held_usd: Dollars,
    held_nano: i64,
    cost_nano: i64,
    #[serde(serialize_with = "by_name")]
    usage: [i64; COUNTS.len()],
}

/// `?limit=` (1 to 1000, else 100) and `?before=` (an id).
pub(super) async fn page<P: Platform>(proxy: &Proxy<P>, _: &Admin, query: &str) -> Result<Answer, Problem> {
    let (limit, before) = understand(query)?;
    let rows = proxy.platform.batch(vec![logs::page(before.as_deref(), limit + 1)]).await?;
    let mut entries: Vec<Entry> = rows.iter().flatten().map(Entry::from_row).collect::<Result<_, _>>()?;
    // One more was read than is shown, only to know whether there is more.
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = entries.len() > shown;
    entries.truncate(shown);
    let next = entries.last().filter(|_| more).map(|last| last.id.as_str());
    Answer::of(&Page { logs: entries.iter().map(row).collect(), next })
}

fn understand(query: &str) -> Result<(i64, Option<String>), Problem> {
    let (mut limit, mut before) = (DEFAULT_LIMIT, None);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match name {
            "limit" => {
                let within = value.parse().ok().filter(|limit| (1..=HIGHEST_LIMIT).contains(limit));
                limit = within.ok_or_else(|| {
                    Problem::AdminInvalid(format!("limit must be a number from 1 to {HIGHEST_LIMIT}"))
                })?;
            }
            "before" => {
                let value = percent_decoded(value)?;
                if request_id::accept(&value).is_none() {
                    return Err(Problem::AdminInvalid("before must be the id of a call".to_owned()));
                }
                before = Some(value);
            }
            _ => {
                return Err(Problem::AdminInvalid(format!(
                    "there is no parameter {name:?}; there are limit and before"
                )));
            }
        }
    }
    Ok((limit, before))
}

fn row(entry: &Entry) -> Row<'_> {
    let [input, cache_read, cache_write, cache_write_long, output, reasoning, ..] = entry.counts;
    let prompt = [cache_read, cache_write, cache_write_long].into_iter().fold(input, i64::saturating_add);
    let asked = entry.asked_provider.as_deref().zip(entry.asked_model.as_deref());
    Row {
        id: &entry.id,
        ts_ms: entry.started.0,
        token_id: entry.token_id.as_deref(),
        token_label: entry.token_label.as_deref(),
        provider: entry.provider.as_deref(),
        model: entry.model.as_deref(),
        status: entry.status,
        prompt_tokens: prompt,
        completion_tokens: output,
        latency_ms: entry.duration_ms,
        streamed: entry.streamed,
        tools_used: [],
        cost_usd: Dollars(entry.cost),
        error: entry.error.as_deref(),
        request_id: &entry.request_id,
        dialect: &entry.dialect,
        operation: &entry.operation,
        asked: asked.map(|(provider, model)| format!("{provider}:{model}")),
        rule: entry.rule.as_deref(),
        credential_id: entry.credential_id.as_deref(),
        state: &entry.state,
        ended: entry.ended.as_deref(),
        attempts: entry.attempts,
        pricing: entry.pricing.as_deref(),
        cached_tokens: cache_read,
        reasoning_tokens: reasoning,
        first_byte_ms: entry.first_byte_ms,
        overhead_us: entry.overhead_us,
        held_usd: Dollars(entry.held),
        held_nano: entry.held.0,
        cost_nano: entry.cost.0,
        usage: entry.counts,
    }
}

fn by_name<S: Serializer>(counts: &[i64; COUNTS.len()], out: S) -> Result<S::Ok, S::Error> {
    out.collect_map(COUNTS.iter().zip(counts))
}

const DEFAULT_LIMIT: i64 = 100;
const HIGHEST_LIMIT: i64 = 1000;

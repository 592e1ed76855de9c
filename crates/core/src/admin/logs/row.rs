//! A call as the admin API shows it.

use crate::admin::dollars::Dollars;
use crate::store::logs::{COUNTS, Entry};
use serde::{Serialize, Serializer};

#[derive(Serialize)]
pub(super) struct Row<'a> {
    id: &'a str,
    ts_ms: i64,
    /// The same moment in RFC 3339, UTC.
    time: String,
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
    tools_used: Vec<&'a str>,
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

impl<'a> Row<'a> {
    pub(super) fn of(entry: &'a Entry) -> Self {
        let [input, cache_read, cache_write, cache_write_long, output, reasoning, ..] = entry.counts;
        let prompt = [cache_read, cache_write, cache_write_long].into_iter().fold(input, i64::saturating_add);
        let asked = entry.asked_provider.as_deref().zip(entry.asked_model.as_deref());
        Self {
            id: &entry.id,
            ts_ms: entry.started.0,
            time: entry.started.rfc3339(),
            token_id: entry.token_id.as_deref(),
            token_label: entry.token_label.as_deref(),
            provider: entry.provider.as_deref(),
            model: entry.model.as_deref(),
            status: entry.status,
            prompt_tokens: prompt,
            completion_tokens: output,
            latency_ms: entry.duration_ms,
            streamed: entry.streamed,
            tools_used: entry
                .asked_model
                .as_deref()
                .filter(|_| entry.operation == "tool")
                .into_iter()
                .collect(),
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
}

fn by_name<S: Serializer>(counts: &[i64; COUNTS.len()], out: S) -> Result<S::Ok, S::Error> {
    out.collect_map(COUNTS.iter().zip(counts))
}

//! What was used: in all, and by provider, model, token and day.

use super::Admin;
use super::answer::Answer;
use super::body::percent_decoded;
use super::dollars::Dollars;
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::span;
use crate::store::usage::{Report, Totals, report as statements};
use crate::time::UnixMs;
use crate::tool;
use serde::Serialize;

#[derive(Serialize)]
struct Usage<'a> {
    usage: Counters,
    providers: Vec<Provider<'a>>,
    /// What the proxy's own tools cost; they are no models, and stand in no other list but those by token and day.
    tools: Vec<Tool<'a>>,
    models: Vec<Model<'a>>,
    tokens: Vec<Token<'a>>,
    days: Vec<Day>,
    backend: &'static str,
    encryption: bool,
}

#[derive(Serialize)]
struct Counters {
    requests: i64,
    refused: i64,
    prompt_tokens: i64,
    completion_tokens: i64,
    cost_usd: Dollars,
    cost_nano: i64,
}

#[derive(Serialize)]
struct Provider<'a> {
    provider: &'a str,
    #[serde(flatten)]
    counters: Counters,
}

#[derive(Serialize)]
struct Tool<'a> {
    tool: &'a str,
    #[serde(flatten)]
    counters: Counters,
}

#[derive(Serialize)]
struct Model<'a> {
    provider: &'a str,
    model: &'a str,
    #[serde(flatten)]
    counters: Counters,
}

/// `token_id` is `null` for calls that came with no token known here.
#[derive(Serialize)]
struct Token<'a> {
    token_id: Option<&'a str>,
    token_label: Option<&'a str>,
    #[serde(flatten)]
    counters: Counters,
}

#[derive(Serialize)]
struct Day {
    /// As in `2026-11-24`, UTC.
    day: String,
    #[serde(flatten)]
    counters: Counters,
}

/// `?since=` and `?until=` as in the filter of calls; both mean whole days (UTC).
pub(super) async fn report<P: Platform>(proxy: &Proxy<P>, _: &Admin, query: &str) -> Result<Answer, Problem> {
    let (mut from, mut until) = (0, LAST_DAY);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = percent_decoded(value)?;
        let day = || {
            span::moment(&value, proxy.platform.now()).map(UnixMs::day).ok_or_else(|| {
                Problem::AdminInvalid(format!("{name} must be like 7d or 2026-11-24, and is {value:?}"))
            })
        };
        match name {
            "since" => from = day()?,
            "until" => until = day()?,
            _ => {
                let why = format!("there is no parameter {name:?}; there are since and until");
                return Err(Problem::AdminInvalid(why));
            }
        }
    }
    let report = Report::from_rows(&proxy.platform.batch(statements(from, until)).await?)?;
    let (tools, models): (Vec<_>, Vec<_>) =
        report.models.iter().partition(|((provider, _), _)| provider == tool::PROVIDER);
    Answer::of(&Usage {
        usage: counters(&report.totals),
        providers: report
            .providers
            .iter()
            .filter(|(provider, _)| provider != tool::PROVIDER)
            .map(|(provider, totals)| Provider { provider, counters: counters(totals) })
            .collect(),
        tools: tools
            .into_iter()
            .map(|((_, tool), totals)| Tool { tool, counters: counters(totals) })
            .collect(),
        models: models
            .into_iter()
            .map(|((provider, model), totals)| Model { provider, model, counters: counters(totals) })
            .collect(),
        tokens: report
            .tokens
            .iter()
            .map(|((id, label), totals)| Token {
                token_id: Some(id.as_str()).filter(|id| !id.is_empty()),
                token_label: label.as_deref(),
                counters: counters(totals),
            })
            .collect(),
        days: report
            .days
            .iter()
            .map(|(day, totals)| Day { day: date(*day), counters: counters(totals) })
            .collect(),
        backend: proxy.platform.backend(),
        encryption: proxy.house.vault().is_some(),
    })
}

fn counters(totals: &Totals) -> Counters {
    Counters {
        requests: totals.requests,
        refused: totals.refused,
        prompt_tokens: totals.prompt_tokens,
        completion_tokens: totals.completion_tokens,
        cost_usd: Dollars(totals.cost),
        cost_nano: totals.cost.0,
    }
}

fn date(day: i64) -> String {
    let mut text = UnixMs(day.saturating_mul(86_400_000)).rfc3339();
    text.truncate(10);
    text
}

/// 31 December 9999.
const LAST_DAY: i64 = 2_932_896;

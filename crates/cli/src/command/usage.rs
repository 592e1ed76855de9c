//! `proxyagent usage`: what was used, along one axis and in total.

use crate::console::{Console, segment};
use crate::failure::{CliError, Kind};
use crate::output::Answer;
use crate::span::parse_seconds;
use crate::table::{Side, Table};
use crate::visible::visible;
use http::Method;
use proxyagent_core::time::{Millis, UnixMs};
use serde::Deserialize;
use serde_json::json;

/// Show what was used and spent, by model and in total
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// What each line is about
    #[arg(long, value_enum, default_value_t = Axis::Model)]
    by: Axis,
    /// From this day on (UTC): 7d ago, or 2026-11-24
    #[arg(long, value_name = "SPAN|DATE")]
    since: Option<String>,
    /// Up to this day
    #[arg(long, value_name = "SPAN|DATE")]
    until: Option<String>,
    /// Compute anew what the calls since --since (30m, 12h, 30d) cost, at the prices of now, from the tokens stored with them
    #[arg(long, requires = "since")]
    reprice: bool,
}

/// A page of `POST /admin/usage/reprice`.
#[derive(Deserialize)]
struct Repriced {
    calls: u64,
    changed: u64,
    more_usd: f64,
    next: Option<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Axis {
    Model,
    #[value(alias = "machine")]
    Token,
    Provider,
    Day,
}

#[derive(Deserialize)]
struct Report {
    usage: Totals,
    #[serde(default)]
    models: Vec<Group>,
    #[serde(default)]
    tokens: Vec<Group>,
    #[serde(default)]
    providers: Vec<Group>,
    #[serde(default)]
    days: Vec<Group>,
    backend: Option<String>,
    encryption: Option<bool>,
}

#[derive(Deserialize)]
struct Totals {
    requests: u64,
    prompt_tokens: u64,
    completion_tokens: u64,
    cost_usd: f64,
}

/// A line of any axis: what it has of a name.
#[derive(Deserialize)]
struct Group {
    provider: Option<String>,
    model: Option<String>,
    token_id: Option<String>,
    token_label: Option<String>,
    day: Option<String>,
    #[serde(flatten)]
    totals: Totals,
}

impl Args {
    pub(crate) async fn run(self, console: &Console, now: UnixMs) -> Result<Answer, CliError> {
        if self.reprice {
            let span = parse_seconds(self.since.as_deref().unwrap_or_default());
            let span = span.map_err(|why| CliError::new(Kind::Usage, format!("--since: {why}")))?;
            return reprice(console, now - Millis::seconds(span)).await;
        }
        let days = [("since", self.since), ("until", self.until)];
        let query: Vec<String> = days
            .iter()
            .filter_map(|(name, day)| Some(format!("{name}={}", segment(day.as_ref()?))))
            .collect();
        let path = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        let json = console.send(Method::GET, &format!("/admin/usage{path}"), None).await?;
        let report: Report = super::read(&json)?;
        let cost = report.usage.cost_usd;
        Ok(Answer { text: report.text(self.by), quiet: vec![cost.to_string()], json, ..Answer::default() })
    }
}

async fn reprice(console: &Console, since: UnixMs) -> Result<Answer, CliError> {
    let (mut calls, mut changed, mut more, mut after) = (0, 0, 0.0, None);
    loop {
        let wish = json!({"since_ms": since.0, "after": after});
        let json = console.send(Method::POST, "/admin/usage/reprice", Some(&wish)).await?;
        let page: Repriced = super::read(&json)?;
        (calls, changed, more) = (calls + page.calls, changed + page.changed, more + page.more_usd);
        after = page.next;
        if after.is_none() {
            let json = json!({"calls": calls, "changed": changed, "more_usd": more});
            let note =
                format!("{changed} of {calls} calls cost something else now: {} more", super::dollars(more));
            return Ok(Answer {
                json,
                quiet: vec![changed.to_string()],
                notes: vec![note],
                ..Answer::default()
            });
        }
    }
}

impl Report {
    fn text(&self, by: Axis) -> String {
        let (head, groups) = match by {
            Axis::Model => ("MODEL", &self.models),
            Axis::Token => ("MACHINE", &self.tokens),
            Axis::Provider => ("PROVIDER", &self.providers),
            Axis::Day => ("DAY", &self.days),
        };
        let mut table = Table::new(&[
            (head, Side::Left),
            ("REQUESTS", Side::Right),
            ("IN", Side::Right),
            ("OUT", Side::Right),
            ("COST", Side::Right),
        ]);
        for group in groups {
            table.row(group.totals.cells(group.name()));
        }
        table.row(self.usage.cells("all".to_owned()));
        let mut out = table.render();
        if let Some(backend) = &self.backend {
            let sealed = match self.encryption {
                Some(true) => ", its secrets sealed",
                Some(false) => ", without a master key, so it stores no secrets",
                None => "",
            };
            out.push_str(&format!("store: {}{sealed}\n", visible(backend)));
        }
        out
    }
}

impl Group {
    fn name(&self) -> String {
        let model = self
            .provider
            .as_ref()
            .zip(self.model.as_ref())
            .map(|(provider, model)| format!("{provider}:{model}"));
        let token = self.token_label.clone().or_else(|| self.token_id.clone());
        let name = model.or_else(|| self.provider.clone()).or(token).or_else(|| self.day.clone());
        name.unwrap_or_else(|| "unknown".to_owned())
    }
}

impl Totals {
    fn cells(&self, name: String) -> [String; 5] {
        [
            name,
            self.requests.to_string(),
            self.prompt_tokens.to_string(),
            self.completion_tokens.to_string(),
            super::dollars(self.cost_usd),
        ]
    }
}

const EXAMPLES: &str = "Examples:
  proxyagent usage --quiet            # dollars spent, for a script
  proxyagent usage --by token --since 7d
  proxyagent --proxy https://proxy.example.com usage --json";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_of_an_axis_then_the_total() {
        let with = |mut name: serde_json::Value| {
            let totals =
                json!({"requests": 3, "prompt_tokens": 1200, "completion_tokens": 40, "cost_usd": 0.0042});
            name.as_object_mut().unwrap().extend(totals.as_object().unwrap().clone());
            name
        };
        let report: Report = crate::command::read(&json!({
            "usage": with(json!({})),
            "models": [with(json!({"provider": "openai", "model": "gpt\u{1b}"}))],
            "providers": [with(json!({"provider": "openai"}))],
            "tokens": [with(json!({"token_id": "tok_1", "token_label": "ci"})), with(json!({"token_id": null}))],
            "days": [with(json!({"day": "2026-11-24"}))],
            "backend": "d1", "encryption": true,
        }))
        .unwrap();
        assert_eq!(
            report.text(Axis::Model),
            "\
MODEL             REQUESTS    IN  OUT     COST
openai:gpt\\u{1b}         3  1200   40  $0.0042
all                      3  1200   40  $0.0042
store: d1, its secrets sealed
"
        );
        for (axis, names) in [
            (Axis::Token, vec!["MACHINE", "ci", "unknown", "all"]),
            (Axis::Provider, vec!["PROVIDER", "openai", "all"]),
            (Axis::Day, vec!["DAY", "2026-11-24", "all"]),
        ] {
            let text = report.text(axis);
            let first: Vec<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
            assert_eq!(first.get(..names.len()), Some(names.as_slice()));
        }
    }
}

//! `proxyagent usage`: what was used, by model and in total.

use crate::console::Console;
use crate::failure::CliError;
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
    /// Compute anew what the calls since --since cost, at the prices of now, from the tokens stored with them
    #[arg(long, requires = "since")]
    reprice: bool,
    /// How far back: 30m, 12h, 30d
    #[arg(long, value_name = "SPAN", requires = "reprice", value_parser = parse_seconds)]
    since: Option<u64>,
}

/// A page of `POST /admin/usage/reprice`.
#[derive(Deserialize)]
struct Repriced {
    calls: u64,
    changed: u64,
    more_usd: f64,
    next: Option<String>,
}

#[derive(Deserialize)]
struct Report {
    usage: Totals,
    #[serde(default)]
    models: Vec<Model>,
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

#[derive(Deserialize)]
struct Model {
    provider: String,
    model: String,
    #[serde(flatten)]
    totals: Totals,
}

impl Args {
    pub(crate) async fn run(self, console: &Console, now: UnixMs) -> Result<Answer, CliError> {
        if let Some(seconds) = self.since.filter(|_| self.reprice) {
            return reprice(console, now - Millis::seconds(seconds)).await;
        }
        let json = console.send(Method::GET, "/admin/usage", None).await?;
        let report: Report = super::read(&json)?;
        let cost = report.usage.cost_usd;
        Ok(Answer { text: report.text(), quiet: vec![cost.to_string()], json, ..Answer::default() })
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
    fn text(&self) -> String {
        let mut table = Table::new(&[
            ("MODEL", Side::Left),
            ("REQUESTS", Side::Right),
            ("IN", Side::Right),
            ("OUT", Side::Right),
            ("COST", Side::Right),
        ]);
        for Model { provider, model, totals } in &self.models {
            table.row(totals.cells(format!("{provider}:{model}")));
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
  proxyagent usage
  proxyagent usage --quiet            # dollars spent, for a script
  proxyagent --proxy https://proxy.example.com usage --json";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn models_then_the_total() {
        let report: Report = crate::command::read(&json!({
            "usage": {"requests": 3, "prompt_tokens": 1200, "completion_tokens": 40, "cost_usd": 0.0042},
            "models": [{"provider": "openai", "model": "gpt\u{1b}", "requests": 3, "prompt_tokens": 1200,
                        "completion_tokens": 40, "cost_usd": 0.0042}],
            "backend": "d1", "encryption": true,
        }))
        .unwrap();
        assert_eq!(
            report.text(),
            "\
MODEL             REQUESTS    IN  OUT     COST
openai:gpt\\u{1b}         3  1200   40  $0.0042
all                      3  1200   40  $0.0042
store: d1, its secrets sealed
"
        );
    }
}

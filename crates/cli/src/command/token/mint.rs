//! `proxyagent token new`: mints a machine token and shows it once.

use super::limits::Limits;
use crate::ago::ago;
use crate::console::Console;
use crate::failure::CliError;
use crate::output::Answer;
use crate::visible::visible;
use http::Method;
use proxyagent_core::time::UnixMs;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Make a machine token and print it, this once
#[derive(Debug, clap::Args)]
#[command(visible_alias = "create", after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Who will hold it: a machine, a job, a person
    label: String,
    /// What it may use: `provider:model` with `*` and `?`, a provider, `tool:NAME`, or `*`; may be given again
    #[arg(long, value_name = "GLOB")]
    scope: Vec<String>,
    #[command(flatten)]
    limits: Limits,
    /// Offer the proxy's own tools to the model in every call
    #[arg(long)]
    tools: bool,
}

#[derive(Deserialize)]
struct Minted {
    token: String,
    id: String,
    label: String,
    #[serde(default)]
    note: String,
}

impl Args {
    pub(crate) async fn run(self, console: &Console) -> Result<Answer, CliError> {
        let json = console.send(Method::POST, "/admin/tokens", Some(&self.wish())).await?;
        let minted: Minted = super::super::read(&json)?;
        let mut notes = vec![format!("the token of {} ({})", visible(&minted.label), visible(&minted.id))];
        if !minted.note.is_empty() {
            notes.push(visible(&minted.note).into_owned());
        }
        if let Some(seconds) = self.limits.lifetime() {
            let ms = i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
            notes.push(format!("It expires {}.", ago(UnixMs(0), UnixMs(ms))));
        }
        Ok(Answer { text: format!("{}\n", visible(&minted.token)), quiet: vec![minted.token], notes, json })
    }

    /// The body of `POST /admin/tokens`. What was not given is left to the proxy's defaults; `none` is said as null.
    fn wish(&self) -> Value {
        let mut wish = Map::new();
        wish.insert("label".to_owned(), json!(self.label));
        if !self.scope.is_empty() {
            wish.insert("scope".to_owned(), json!(self.scope));
        }
        self.limits.put(&mut wish);
        if self.tools {
            wish.insert("tools".to_owned(), json!(true));
        }
        Value::Object(wish)
    }
}

const EXAMPLES: &str = "Examples:
  proxyagent token new macbook-01 --scope 'anthropic:claude-*' --ttl 30d --rate 60 --budget 20
  proxyagent token new ci --scope openai --scope mock --quiet | pbcopy
  proxyagent --proxy https://proxy.example.com token new ci --scope mock --json";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn wishes() {
        for (line, wish) in [
            ("x ci", Some(json!({"label": "ci"}))),
            (
                "x ci --scope a:* --scope mock --ttl 12h --rate 60 --budget 0.25",
                Some(
                    json!({"label": "ci", "scope": ["a:*", "mock"], "ttl_seconds": 43_200, "rate_limit": 60,
                            "budget_usd": 0.25, "budget_window": null}),
                ),
            ),
            (
                "x ci --ttl none --rate none --budget none",
                Some(
                    json!({"label": "ci", "ttl_seconds": null, "rate_limit": null, "budget_usd": null, "budget_window": null}),
                ),
            ),
            (
                "x ci --budget 5/day --budget-group team --tokens-per-minute 90000 --concurrency 4",
                Some(
                    json!({"label": "ci", "budget_usd": 5.0, "budget_window": "day", "budget_group": "team",
                            "tokens_per_minute": 90_000, "concurrency": 4}),
                ),
            ),
            ("x ci --budget 0", Some(json!({"label": "ci", "budget_usd": 0.0, "budget_window": null}))),
            ("x ci --budget $5", Some(json!({"label": "ci", "budget_usd": 5.0, "budget_window": null}))),
            ("x", None),
            ("x ci --rate 0", None),
            ("x ci --rate 1.5", None),
            ("x ci --ttl 0", None),
            ("x ci --ttl soon", None),
            ("x ci --budget -1", None),
            ("x ci --budget 1e3", None),
            ("x ci --budget 5/year", None),
            ("x ci --concurrency 0", None),
        ] {
            let parsed = Line::try_parse_from(line.split(' ')).ok().map(|line| line.args.wish());
            assert_eq!(parsed, wish, "{line}");
        }
    }
}

//! `proxyagent token new`: mints a machine token and shows it once.

use crate::ago::ago;
use crate::console::Console;
use crate::failure::CliError;
use crate::output::Answer;
use crate::span::parse_seconds;
use crate::visible::visible;
use http::Method;
use proxyagent_core::money::Nano;
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
    /// How long it is valid: seconds, 30m, 12h, 30d, or none
    #[arg(long, value_name = "SPAN", value_parser = limit::<Seconds>)]
    ttl: Option<Limit<Seconds>>,
    /// The most calls per minute, or none
    #[arg(long, value_name = "N", value_parser = limit::<Calls>)]
    rate: Option<Limit<Calls>>,
    /// The most it may spend, in dollars, or none
    #[arg(long, value_name = "USD", value_parser = limit::<Usd>)]
    budget: Option<Limit<Usd>>,
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
        if let Some(Limit::To(Seconds(seconds))) = self.ttl {
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
        let mut limit = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                wish.insert(name.to_owned(), value);
            }
        };
        limit("ttl_seconds", self.ttl.map(|ttl| ttl.json(|Seconds(n)| json!(n))));
        limit("rate_limit", self.rate.map(|rate| rate.json(|Calls(n)| json!(n))));
        limit("budget_usd", self.budget.map(|budget| budget.json(|Usd(n)| json!(n.dollars()))));
        if self.tools {
            wish.insert("tools".to_owned(), json!(true));
        }
        Value::Object(wish)
    }
}

/// A limit, or the wish for none: never the same as a limit of zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit<T> {
    None,
    To(T),
}

impl<T> Limit<T> {
    fn json(self, value: impl FnOnce(T) -> Value) -> Value {
        match self {
            Self::None => Value::Null,
            Self::To(limit) => value(limit),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seconds(u64);
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Calls(u32);
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Usd(Nano);

trait Parse: Sized {
    fn parse(text: &str) -> Result<Self, String>;
}

impl Parse for Seconds {
    fn parse(text: &str) -> Result<Self, String> {
        match parse_seconds(text)? {
            0 => Err("a token that is valid for no time is of no use; `none` means without end".to_owned()),
            seconds => Ok(Self(seconds)),
        }
    }
}

impl Parse for Calls {
    fn parse(text: &str) -> Result<Self, String> {
        match text.parse::<u32>() {
            Ok(0) => {
                Err("a token that may make no calls is of no use; `none` means without limit".to_owned())
            }
            Ok(calls) => Ok(Self(calls)),
            Err(_) => Err("write a whole number of calls per minute".to_owned()),
        }
    }
}

impl Parse for Usd {
    fn parse(text: &str) -> Result<Self, String> {
        Nano::parse_dollars(text.strip_prefix('$').unwrap_or(text))
            .map(Self)
            .ok_or_else(|| "write dollars: 5, 0.25".to_owned())
    }
}

fn limit<T: Parse>(text: &str) -> Result<Limit<T>, String> {
    match text {
        "none" => Ok(Limit::None),
        text => T::parse(text).map(Limit::To),
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
                            "budget_usd": 0.25}),
                ),
            ),
            (
                "x ci --ttl none --rate none --budget none",
                Some(json!({"label": "ci", "ttl_seconds": null, "rate_limit": null, "budget_usd": null})),
            ),
            ("x ci --budget 0", Some(json!({"label": "ci", "budget_usd": 0.0}))),
            ("x ci --budget $5", Some(json!({"label": "ci", "budget_usd": 5.0}))),
            ("x", None),
            ("x ci --rate 0", None),
            ("x ci --rate 1.5", None),
            ("x ci --ttl 0", None),
            ("x ci --ttl soon", None),
            ("x ci --budget -1", None),
            ("x ci --budget 1e3", None),
        ] {
            let parsed = Line::try_parse_from(line.split(' ')).ok().map(|line| line.args.wish());
            assert_eq!(parsed, wish, "{line}");
        }
    }
}

//! `proxyagent logs`: the latest calls, newest first.

use crate::ago::ago;
use crate::console::{Console, segment};
use crate::failure::CliError;
use crate::output::Answer;
use crate::table::{Side, Table};
use http::Method;
use proxyagent_core::time::UnixMs;
use serde::Deserialize;
use serde_json::{Value, json};

/// Show the latest calls, newest first
#[derive(Debug, clap::Args)]
#[command(visible_alias = "log", after_help = EXAMPLES)]
pub(crate) struct Args {
    /// How many calls
    #[arg(long, short = 'n', default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

#[derive(Deserialize)]
struct Page {
    logs: Vec<Value>,
    /// Where the next page begins; absent or null on the last.
    next: Option<Value>,
}

#[derive(Deserialize)]
struct Call {
    id: Value,
    ts_ms: i64,
    token_label: Option<String>,
    provider: Option<String>,
    model: Option<String>,
    status: Option<u16>,
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    latency_ms: Option<u64>,
    cost_usd: Option<f64>,
    error: Option<String>,
}

impl Args {
    pub(crate) async fn run(self, console: &Console, now: UnixMs) -> Result<Answer, CliError> {
        let wanted = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let mut logs: Vec<Value> = Vec::new();
        let mut before: Option<Value> = None;
        loop {
            let mut path = format!("/admin/logs?limit={}", wanted.saturating_sub(logs.len()).min(PAGE));
            if let Some(before) = &before {
                path.push_str(&format!("&before={}", segment(&plain(before))));
            }
            let page: Page = super::read(&console.send(Method::GET, &path, None).await?)?;
            let empty = page.logs.is_empty();
            logs.extend(page.logs);
            let next = page.next.filter(|next| !next.is_null());
            if empty || logs.len() >= wanted || next.is_none() || next == before {
                logs.truncate(wanted);
                return answer(logs, next, now);
            }
            before = next;
        }
    }
}

fn answer(logs: Vec<Value>, next: Option<Value>, now: UnixMs) -> Result<Answer, CliError> {
    let mut table = Table::new(&[
        ("WHEN", Side::Left),
        ("MACHINE", Side::Left),
        ("MODEL", Side::Left),
        ("STATUS", Side::Right),
        ("IN", Side::Right),
        ("OUT", Side::Right),
        ("COST", Side::Right),
        ("TOOK", Side::Right),
        ("ERROR", Side::Left),
    ]);
    let mut quiet = Vec::with_capacity(logs.len());
    for log in &logs {
        let call: Call = super::read(log)?;
        quiet.push(plain(&call.id));
        table.row([
            ago(now, UnixMs(call.ts_ms)),
            call.token_label.unwrap_or_else(|| "-".to_owned()),
            model(call.provider, call.model),
            number(call.status),
            number(call.prompt_tokens),
            number(call.completion_tokens),
            call.cost_usd.map_or_else(|| "-".to_owned(), super::dollars),
            call.latency_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms} ms")),
            call.error.unwrap_or_default(),
        ]);
    }
    let notes = match logs.is_empty() {
        true => vec!["no calls yet".to_owned()],
        false => Vec::new(),
    };
    Ok(Answer { json: json!({"logs": logs, "next": next}), quiet, text: table.render(), notes })
}

fn model(provider: Option<String>, model: Option<String>) -> String {
    match (provider, model) {
        (Some(provider), Some(model)) => format!("{provider}:{model}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "-".to_owned(),
    }
}

fn number<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// A JSON string without its quotes; anything else as it stands.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The most calls asked for at once.
const PAGE: usize = 200;

const EXAMPLES: &str = "Examples:
  proxyagent logs
  proxyagent logs --limit 500 --json
  proxyagent --proxy https://proxy.example.com logs -n 5";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_row_stays_on_its_line() {
        let logs = vec![
            json!({"id": "c1", "ts_ms": 0, "token_label": "ci", "provider": "mock", "model": "m\u{1b}[2J\nfake",
                   "status": 200, "prompt_tokens": 3, "completion_tokens": 4, "latency_ms": 9, "cost_usd": 0.5}),
            json!({"id": 7, "ts_ms": 0, "error": "token_unknown"}),
        ];
        let answer = answer(logs, None, UnixMs(180_000)).unwrap();
        assert_eq!(answer.text.lines().count(), 3);
        assert!(!answer.text.contains('\u{1b}'));
        assert!(answer.text.contains("3 min ago") && answer.text.contains("mock:m\\u{1b}[2J\\nfake"));
        assert_eq!(answer.quiet, ["c1", "7"]);
    }
}

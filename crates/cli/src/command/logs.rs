//! `proxyagent logs`: the latest calls, those that fit a filter, one call, or what happens now.

mod follow;
mod show;
mod table;

use crate::console::{Console, segment};
use crate::failure::CliError;
use crate::output::{Answer, Shape};
use http::Method;
use proxyagent_core::csv;
use proxyagent_core::time::UnixMs;
use serde::Deserialize;
use serde_json::{Value, json};

/// Show the latest calls, newest first; all of the filter's terms must hold
#[derive(Debug, clap::Args)]
#[command(visible_alias = "log", after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    one: Option<One>,
    /// Terms like token:ci, model:claude*, status:4xx, since:2h, cost:>0.1
    #[arg(value_name = "TERM")]
    filter: Vec<String>,
    /// How many calls
    #[arg(long, short = 'n', default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Go on with every call that begins or ends, the oldest first
    #[arg(long, short = 'f', conflicts_with = "csv")]
    follow: bool,
    /// Print CSV that is safe to open in a spreadsheet
    #[arg(long, conflicts_with_all = ["json", "quiet", "jsonl"])]
    csv: bool,
    /// Print one JSON object per line
    #[arg(long, conflicts_with_all = ["json", "quiet"])]
    jsonl: bool,
}

#[derive(Debug, clap::Subcommand)]
enum One {
    Show(show::Args),
}

#[derive(Deserialize)]
struct Page {
    logs: Vec<Value>,
    /// Where the next page begins; absent or null on the last.
    next: Option<Value>,
}

impl Args {
    pub(crate) async fn run(self, console: &Console, shape: Shape, now: UnixMs) -> Result<Answer, CliError> {
        if let Some(One::Show(args)) = self.one {
            return args.run(console).await;
        }
        let filter = self.filter.join(" ");
        let (mut logs, next) =
            latest(console, &filter, usize::try_from(self.limit).unwrap_or(usize::MAX)).await?;
        if self.follow {
            logs.reverse();
            let look = if self.jsonl { Shape::Json } else { shape };
            return follow::run(console, &filter, logs, look).await;
        }
        if self.csv {
            let text = std::iter::once(csv::head()).chain(logs.iter().map(csv::call)).collect();
            return Ok(Answer { text, ..Answer::default() });
        }
        if self.jsonl {
            let text = logs.iter().map(|log| format!("{log}\n")).collect();
            return Ok(Answer { text, ..Answer::default() });
        }
        answer(logs, next, now)
    }
}

/// As many calls as wanted, page by page, and where the rest begins.
async fn latest(
    console: &Console,
    filter: &str,
    wanted: usize,
) -> Result<(Vec<Value>, Option<Value>), CliError> {
    let mut logs: Vec<Value> = Vec::new();
    let mut before: Option<Value> = None;
    loop {
        let mut path = format!("/admin/logs?limit={}", wanted.saturating_sub(logs.len()).min(PAGE));
        if !filter.is_empty() {
            path.push_str(&format!("&filter={}", segment(filter)));
        }
        if let Some(before) = &before {
            path.push_str(&format!("&before={}", segment(&plain(before))));
        }
        let page: Page = super::read(&console.send(Method::GET, &path, None).await?)?;
        logs.extend(page.logs);
        let next = page.next.filter(|next| !next.is_null());
        if logs.len() >= wanted || next.is_none() || next == before {
            logs.truncate(wanted);
            return Ok((logs, next));
        }
        before = next;
    }
}

fn answer(logs: Vec<Value>, next: Option<Value>, now: UnixMs) -> Result<Answer, CliError> {
    let (text, quiet) = table::render(&logs, now)?;
    let notes = match logs.is_empty() {
        true => vec!["no such calls yet".to_owned()],
        false => Vec::new(),
    };
    Ok(Answer { json: json!({"logs": logs, "next": next}), quiet, text, notes })
}

/// A JSON string without its quotes; anything else as it stands.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The most calls asked for at once.
const PAGE: usize = 200;

const EXAMPLES: &str = "Examples:
  proxyagent logs --limit 500 --json
  proxyagent logs 'token:ci status:4xx since:2h cost:>0.1' --csv
  proxyagent logs --follow model:claude*";

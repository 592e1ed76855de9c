//! `proxyagent audit`: who did what to the proxy, and the proof that nobody changed the record.

use crate::ago::ago;
use crate::console::Console;
use crate::failure::{CliError, Kind};
use crate::output::Answer;
use crate::table::{Side, Table};
use http::Method;
use proxyagent_core::time::UnixMs;
use serde::Deserialize;
use serde_json::{Value, json};

/// Show what administrators did, newest first, or prove that the record is whole
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    /// How many entries
    #[arg(long, short = 'n', default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Show the seals of calls too
    #[arg(long)]
    seals: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Read the whole chain again; name the first row that was altered
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify,
}

#[derive(Deserialize)]
struct Page {
    entries: Vec<Value>,
    next: Option<i64>,
}

#[derive(Deserialize)]
struct Entry {
    seq: i64,
    ts_ms: i64,
    actor: String,
    action: String,
    subject: String,
    request_id: String,
    #[serde(default)]
    detail: Value,
}

#[derive(Deserialize)]
struct Verdict {
    entries: i64,
    calls: i64,
    expired_calls: i64,
    head: String,
    next: Option<i64>,
    altered: Option<Altered>,
}

#[derive(Deserialize)]
struct Altered {
    message: String,
}

impl Args {
    pub(crate) async fn run(self, console: &Console, now: UnixMs) -> Result<Answer, CliError> {
        match self.command {
            Some(Command::Verify) => verify(console).await,
            None => {
                let path = format!("/admin/audit?limit={}&seals={}", self.limit, u8::from(self.seals));
                listed(super::read(&console.send(Method::GET, &path, None).await?)?, now)
            }
        }
    }
}

fn listed(page: Page, now: UnixMs) -> Result<Answer, CliError> {
    let mut table = Table::new(&[
        ("SEQ", Side::Right),
        ("WHEN", Side::Left),
        ("WHO", Side::Left),
        ("ACTION", Side::Left),
        ("SUBJECT", Side::Left),
        ("REQUEST", Side::Left),
        ("DETAIL", Side::Left),
    ]);
    let mut quiet = Vec::with_capacity(page.entries.len());
    for value in &page.entries {
        let entry: Entry = super::read(value)?;
        quiet.push(entry.seq.to_string());
        table.row([
            entry.seq.to_string(),
            ago(now, UnixMs(entry.ts_ms)),
            entry.actor,
            entry.action,
            entry.subject,
            entry.request_id,
            entry.detail.to_string(),
        ]);
    }
    let notes = if page.entries.is_empty() { vec!["nothing yet".to_owned()] } else { Vec::new() };
    let json = json!({"entries": page.entries, "next": page.next});
    Ok(Answer { json, quiet, text: table.render(), notes })
}

/// The server checks a stretch at a time, so that no request takes long.
async fn verify(console: &Console) -> Result<Answer, CliError> {
    let (mut entries, mut calls, mut expired, mut from) = (0, 0, 0, 1);
    loop {
        let path = format!("/admin/audit/verify?from={from}");
        let verdict: Verdict = super::read(&console.send(Method::GET, &path, None).await?)?;
        entries += verdict.entries;
        calls += verdict.calls;
        expired += verdict.expired_calls;
        if let Some(altered) = verdict.altered {
            return Err(CliError::new(Kind::Failed, "the audit log does not hold")
                .cause(altered.message)
                .help("compare with a backup: whoever did this can write to the store"));
        }
        match verdict.next.filter(|next| *next > from) {
            Some(next) => from = next,
            None => {
                let text = format!(
                    "whole: {entries} entries and {calls} sealed calls are as they were written; head {}\n",
                    verdict.head
                );
                let json = json!({
                    "ok": true, "entries": entries, "calls": calls, "expired_calls": expired, "head": verdict.head,
                });
                return Ok(Answer { json, quiet: vec![verdict.head], text, ..Answer::default() });
            }
        }
    }
}

const EXAMPLES: &str = "Examples:
  proxyagent audit
  proxyagent audit --limit 500 --json
  proxyagent audit verify";
const VERIFY_EXAMPLES: &str = "Examples:
  proxyagent audit verify
  proxyagent audit verify --quiet
  proxyagent --proxy https://proxy.example.com audit verify --json";

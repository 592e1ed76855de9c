//! `proxyagent group set|ls|rm`: budgets that several machine tokens share.

use super::token::budget;
use crate::ago::ago;
use crate::command::dollars;
use crate::console::{Console, segment};
use crate::failure::CliError;
use crate::output::Answer;
use crate::table::{Side, Table};
use http::Method;
use proxyagent_core::budget::Budget;
use proxyagent_core::time::UnixMs;
use proxyagent_core::window::Window;
use serde::Deserialize;
use serde_json::json;

/// Budgets that several tokens share
#[derive(Debug, clap::Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Command {
    Set(Set),
    Ls(Ls),
    Rm(Rm),
}

/// Make a group, or give it another budget
#[derive(Debug, clap::Args)]
#[command(after_help = SET_EXAMPLES)]
pub(crate) struct Set {
    /// Letters, digits, `-`, `_` or `.`
    name: String,
    /// The most its tokens may spend together: 20, 5/day, 20/week, 50/month, 5/30d (UTC)
    #[arg(long, value_name = "USD", value_parser = Budget::parse)]
    budget: Budget,
}

/// List the groups
#[derive(Debug, clap::Args)]
#[command(visible_alias = "list", after_help = LS_EXAMPLES)]
pub(crate) struct Ls {}

/// Remove a group that no token is in
#[derive(Debug, clap::Args)]
#[command(visible_alias = "remove", after_help = RM_EXAMPLES)]
pub(crate) struct Rm {
    name: String,
}

#[derive(Deserialize)]
struct Listing {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    budget_usd: f64,
    budget_window: Option<String>,
    window_end_ms: Option<i64>,
    spent_usd: f64,
    held_usd: f64,
    tokens: u64,
}

impl Command {
    pub(crate) async fn run(self, console: &Console, now: UnixMs) -> Result<Answer, CliError> {
        match self {
            Self::Set(args) => args.run(console).await,
            Self::Ls(_) => ls(console, now).await,
            Self::Rm(args) => args.run(console).await,
        }
    }
}

impl Set {
    async fn run(self, console: &Console) -> Result<Answer, CliError> {
        let Budget { amount, window } = self.budget;
        let wish = json!({"budget_usd": amount.dollars(), "budget_window": window.map(Window::name)});
        let json = console.send(Method::PUT, &path(&self.name), Some(&wish)).await?;
        let note = format!("the tokens of {} may spend {} together", self.name, self.budget);
        let add = format!("put a token into it with: proxyagent token edit ID --budget-group {}", self.name);
        Ok(Answer { json, quiet: vec![self.name], notes: vec![note, add], ..Answer::default() })
    }
}

impl Rm {
    async fn run(self, console: &Console) -> Result<Answer, CliError> {
        let json = console.send(Method::DELETE, &path(&self.name), None).await?;
        let note = format!("the group {} is removed", self.name);
        Ok(Answer { json, quiet: vec![self.name], notes: vec![note], ..Answer::default() })
    }
}

async fn ls(console: &Console, now: UnixMs) -> Result<Answer, CliError> {
    let json = console.send(Method::GET, "/admin/groups", None).await?;
    let listing: Listing = crate::command::read(&json)?;
    let mut table = Table::new(&[
        ("GROUP", Side::Left),
        ("TOKENS", Side::Right),
        ("SPENT", Side::Right),
        ("HELD", Side::Right),
        ("BUDGET", Side::Right),
        ("RESETS", Side::Left),
    ]);
    let quiet = listing.groups.iter().map(|group| group.name.clone()).collect();
    let notes = match listing.groups.is_empty() {
        true => vec!["no groups yet; make one with: proxyagent group set NAME --budget 50/month".to_owned()],
        false => Vec::new(),
    };
    for group in listing.groups {
        table.row([
            group.name,
            group.tokens.to_string(),
            dollars(group.spent_usd),
            dollars(group.held_usd),
            budget(Some(group.budget_usd), group.budget_window.as_deref()),
            group.window_end_ms.map_or_else(|| "-".to_owned(), |at| ago(now, UnixMs(at))),
        ]);
    }
    Ok(Answer { text: table.render(), quiet, notes, json })
}

fn path(name: &str) -> String {
    format!("/admin/groups/{}", segment(name))
}

const EXAMPLES: &str = "Examples:
  proxyagent group set team --budget 50/month
  proxyagent token edit ci --budget-group team
  proxyagent group ls";
const SET_EXAMPLES: &str = "Examples:
  proxyagent group set team --budget 50/month
  proxyagent group set nightly --budget 5/day
  proxyagent --proxy https://proxy.example.com group set team --budget 100";
const LS_EXAMPLES: &str = "Examples:
  proxyagent group ls
  proxyagent group ls --json
  proxyagent --proxy https://proxy.example.com group ls";
const RM_EXAMPLES: &str = "Examples:
  proxyagent group rm nightly
  proxyagent token edit ci --budget-group none
  proxyagent --proxy https://proxy.example.com group rm nightly";

//! `proxyagent token new|ls|edit|revoke`: what machines hold instead of keys.

mod edit;
mod limits;
mod list;
mod mint;
mod revoke;

pub(super) use list::budget;

use crate::console::Console;
use crate::failure::{CliError, Kind};
use crate::output::Answer;
use proxyagent_core::time::UnixMs;
use serde::Deserialize;

/// Make, list, edit and revoke machine tokens
#[derive(Debug, clap::Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Command {
    New(mint::Args),
    Ls(list::Args),
    Edit(edit::Args),
    Revoke(revoke::Args),
}

impl Command {
    pub(crate) async fn run(self, console: &Console, now: UnixMs) -> Result<Answer, CliError> {
        match self {
            Self::New(args) => args.run(console).await,
            Self::Ls(args) => args.run(console, now).await,
            Self::Edit(args) => args.run(console).await,
            Self::Revoke(args) => args.run(console).await,
        }
    }
}

/// What `GET /admin/tokens` says.
#[derive(Deserialize)]
struct Listing {
    tokens: Vec<Token>,
}

#[derive(Deserialize)]
struct Token {
    id: String,
    label: String,
    scope: Vec<String>,
    /// active, exhausted, expired or revoked
    status: String,
    revoked: bool,
    rate_limit: Option<u64>,
    expires_ms: Option<i64>,
    last_used_ms: Option<i64>,
    budget_usd: Option<f64>,
    budget_window: Option<String>,
    budget_group: Option<String>,
    window_end_ms: Option<i64>,
    tokens_per_minute: Option<u64>,
    concurrency: Option<u64>,
    #[serde(default)]
    spent_usd: f64,
}

impl Token {
    /// The token meant: an id wins over labels, and a label must leave no doubt.
    fn find<'a>(tokens: &'a [Self], which: &str) -> Result<&'a Self, CliError> {
        if let Some(token) = tokens.iter().find(|token| token.id == which) {
            return Ok(token);
        }
        let live: Vec<&Self> = tokens.iter().filter(|token| token.label == which && !token.revoked).collect();
        match live.as_slice() {
            [token] => Ok(token),
            [] => Err(CliError::new(Kind::NotFound, format!("there is no live token {which:?}"))
                .help("proxyagent token ls")),
            several => {
                let ids: Vec<&str> = several.iter().map(|token| token.id.as_str()).collect();
                Err(CliError::new(Kind::Usage, format!("{} tokens are labelled {which:?}", several.len()))
                    .cause(format!("their ids are {}", ids.join(", ")))
                    .help("name one by its id"))
            }
        }
    }
}

const EXAMPLES: &str = "Examples:
  proxyagent token new macbook-01 --scope 'anthropic:claude-*' --ttl 30d --budget 20
  proxyagent token ls
  proxyagent token revoke macbook-01";

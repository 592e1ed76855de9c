//! `proxyagent token new|ls|revoke`: what machines hold instead of keys.

mod list;
mod mint;
mod revoke;

use crate::console::Console;
use crate::failure::CliError;
use crate::output::Answer;
use proxyagent_core::time::UnixMs;
use serde::Deserialize;

/// Make, list and revoke machine tokens
#[derive(Debug, clap::Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Command {
    New(mint::Args),
    Ls(list::Args),
    Revoke(revoke::Args),
}

impl Command {
    pub(crate) async fn run(self, console: &Console, now: UnixMs) -> Result<Answer, CliError> {
        match self {
            Self::New(args) => args.run(console).await,
            Self::Ls(args) => args.run(console, now).await,
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
    #[serde(default)]
    spent_usd: f64,
}

const EXAMPLES: &str = "Examples:
  proxyagent token new macbook-01 --scope 'anthropic:claude-*' --ttl 30d --budget 20
  proxyagent token ls
  proxyagent token revoke macbook-01";

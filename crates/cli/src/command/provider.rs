//! `proxyagent provider add|ls|rm|disable|enable|test|replace`: the credentials that calls are paid with.

mod add;
mod change;
mod fields;
mod list;

use crate::console::Console;
use crate::failure::{CliError, Kind};
use crate::output::{Answer, Shape};
use http::Method;
use proxyagent_core::time::UnixMs;
use serde::Deserialize;

/// Store, list, test and change the credentials of providers
#[derive(Debug, clap::Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Command {
    Add(add::Add),
    Ls(list::Args),
    Rm(change::Rm),
    Disable(change::Disable),
    Enable(change::Enable),
    Test(change::Test),
    Replace(add::Replace),
}

impl Command {
    pub(crate) async fn run(self, console: &Console, now: UnixMs, shape: Shape) -> Result<Answer, CliError> {
        match self {
            Self::Add(args) => args.run(console, shape).await,
            Self::Ls(_) => list::run(console, now).await,
            Self::Rm(args) => args.run(console).await,
            Self::Disable(args) => args.run(console).await,
            Self::Enable(args) => args.run(console).await,
            Self::Test(args) => args.run(console).await,
            Self::Replace(args) => args.run(console, shape).await,
        }
    }
}

/// What `GET /admin/providers` says.
#[derive(Deserialize)]
struct Listing {
    credentials: Vec<Listed>,
}

/// An older server says less.
#[derive(Deserialize)]
struct Listed {
    id: String,
    provider: String,
    kind: String,
    #[serde(default)]
    label: String,
    #[serde(default)]
    priority: i64,
    #[serde(default)]
    state: String,
    #[serde(default)]
    why: Option<String>,
    #[serde(default)]
    until_ms: Option<i64>,
}

async fn listing(console: &Console) -> Result<(Listing, serde_json::Value), CliError> {
    let json = console.send(Method::GET, "/admin/providers", None).await?;
    Ok((super::read(&json)?, json))
}

/// The credential meant: an id wins over labels, and a label must leave no doubt.
async fn find(console: &Console, which: &str) -> Result<Listed, CliError> {
    let (Listing { mut credentials }, _) = listing(console).await?;
    if let Some(at) = credentials.iter().position(|credential| credential.id == which) {
        return Ok(credentials.swap_remove(at));
    }
    credentials.retain(|credential| credential.label == which);
    match credentials.len() {
        1 => Ok(credentials.swap_remove(0)),
        0 => Err(CliError::new(Kind::NotFound, format!("there is no credential {which:?}"))
            .help("proxyagent provider ls")),
        many => {
            let ids: Vec<&str> = credentials.iter().map(|credential| credential.id.as_str()).collect();
            Err(CliError::new(Kind::Usage, format!("{many} credentials are labelled {which:?}"))
                .cause(format!("their ids are {}", ids.join(", ")))
                .help("name it by its id"))
        }
    }
}

const EXAMPLES: &str = "Examples:
  proxyagent provider add anthropic
  proxyagent provider ls
  proxyagent provider test cred_3f9aQ2c41Dd07beX";

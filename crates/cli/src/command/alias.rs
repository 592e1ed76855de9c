//! `proxyagent alias set|ls|rm`: where models are routed.

use crate::console::{Console, segment};
use crate::failure::CliError;
use crate::output::Answer;
use crate::table::{Side, Table};
use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Route models to other models
#[derive(Debug, clap::Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Command {
    Set(Set),
    Ls(Ls),
    Rm(Rm),
}

/// Send calls for MATCH to TARGET
#[derive(Debug, clap::Args)]
#[command(after_help = SET_EXAMPLES)]
pub(crate) struct Set {
    /// A model, or a pattern of `*` and `?`: `gpt-5`, `openai:gpt-*`, `*`
    #[arg(value_name = "MATCH")]
    matching: String,
    /// Where to: `provider:model`, or a provider alone
    target: String,
}

/// List the aliases
#[derive(Debug, clap::Args)]
#[command(visible_alias = "list", after_help = LS_EXAMPLES)]
pub(crate) struct Ls {}

/// Remove an alias
#[derive(Debug, clap::Args)]
#[command(visible_alias = "remove", after_help = RM_EXAMPLES)]
pub(crate) struct Rm {
    /// The alias, spelled as `alias ls` shows it
    #[arg(value_name = "MATCH")]
    matching: String,
}

impl Command {
    pub(crate) async fn run(self, console: &Console) -> Result<Answer, CliError> {
        match self {
            Self::Set(args) => args.run(console).await,
            Self::Ls(_) => ls(console).await,
            Self::Rm(args) => args.run(console).await,
        }
    }
}

impl Set {
    async fn run(self, console: &Console) -> Result<Answer, CliError> {
        let wish = json!({"match": self.matching, "target": self.target});
        let json = console.send(Method::POST, "/admin/aliases", Some(&wish)).await?;
        let note = format!("calls for {} now go to {}", self.matching, self.target);
        Ok(Answer { json, quiet: vec![self.matching], notes: vec![note], ..Answer::default() })
    }
}

impl Rm {
    async fn run(self, console: &Console) -> Result<Answer, CliError> {
        let path = format!("/admin/aliases/{}", segment(&self.matching));
        let json = console.send(Method::DELETE, &path, None).await?;
        let note = format!("{} is no longer routed elsewhere", self.matching);
        Ok(Answer { json, quiet: vec![self.matching], notes: vec![note], ..Answer::default() })
    }
}

#[derive(Deserialize)]
struct Listing {
    map: Map<String, Value>,
}

async fn ls(console: &Console) -> Result<Answer, CliError> {
    let json = console.send(Method::GET, "/admin/aliases", None).await?;
    let listing: Listing = super::read(&json)?;
    let mut table = Table::new(&[("MATCH", Side::Left), ("TARGET", Side::Left)]);
    for (matching, target) in &listing.map {
        table.row([matching.clone(), target.as_str().map_or_else(|| target.to_string(), str::to_owned)]);
    }
    let notes = match listing.map.is_empty() {
        true => vec!["no aliases; make one with: proxyagent alias set MATCH TARGET".to_owned()],
        false => Vec::new(),
    };
    Ok(Answer { quiet: listing.map.keys().cloned().collect(), text: table.render(), notes, json })
}

const EXAMPLES: &str = "Examples:
  proxyagent alias set 'openai:gpt-*' anthropic:claude-sonnet-4-5
  proxyagent alias ls
  proxyagent alias rm 'openai:gpt-*'";

const SET_EXAMPLES: &str = "Examples:
  proxyagent alias set gpt-5 anthropic:claude-sonnet-4-5
  proxyagent alias set 'openai:gpt-*' openrouter:openai/gpt-5
  proxyagent alias set '*' mock:mock";

const LS_EXAMPLES: &str = "Examples:
  proxyagent alias ls
  proxyagent alias ls --json
  proxyagent --proxy https://proxy.example.com alias ls";

const RM_EXAMPLES: &str = "Examples:
  proxyagent alias rm gpt-5
  proxyagent alias rm 'openai:gpt-*'
  proxyagent --proxy https://proxy.example.com alias rm '*'";

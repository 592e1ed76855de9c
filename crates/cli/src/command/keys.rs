//! `proxyagent keys rotate|retire`: the master key that seals stored credentials, changed while calls go on.

use crate::console::{Console, Target, home, start_failure};
use crate::failure::{CliError, Kind};
use crate::output::{Answer, Shape};
use http::Method;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// Change the master key that seals stored credentials
#[derive(Debug, clap::Subcommand)]
#[command(after_help = EXAMPLES)]
pub(crate) enum Command {
    Rotate(Rotate),
    Retire(Retire),
}

/// Make a new master key and seal every credential with it; the old one stays until it is retired
#[derive(Debug, clap::Args)]
#[command(after_help = ROTATE_EXAMPLES)]
pub(crate) struct Rotate {}

/// Forget the master keys that seal nothing any more
#[derive(Debug, clap::Args)]
#[command(after_help = RETIRE_EXAMPLES)]
pub(crate) struct Retire {}

#[derive(Deserialize)]
struct Round {
    key_id: String,
    resealed: u64,
    left: u64,
}

impl Command {
    pub(crate) async fn run(
        self,
        target: &Target,
        vars: &BTreeMap<String, String>,
        shape: Shape,
    ) -> Result<Answer, CliError> {
        let local = target.proxy.is_none() && vars.get("PROXYAGENT_PROXY").is_none_or(String::is_empty);
        match self {
            Self::Rotate(_) => rotate(target, vars, shape, local).await,
            Self::Retire(_) => {
                super::local_only(target, "keys retire")?;
                retire(target, vars, shape).await
            }
        }
    }
}

async fn rotate(
    target: &Target,
    vars: &BTreeMap<String, String>,
    shape: Shape,
    local: bool,
) -> Result<Answer, CliError> {
    let in_file = local && vars.get(VARIABLE).is_none_or(|text| text.trim().is_empty());
    if in_file {
        // Whatever an earlier key still seals, before that key goes.
        everything(&round(target, vars, shape).await?)?;
        proxyagent_local_server::add_master_key(&home(vars)?, vars)
            .map_err(|error| start_failure(&error, "no new master key can be made"))?;
    }
    let round = round(target, vars, shape).await?;
    everything(&round)?;
    let mut notes =
        vec![format!("the master key is {} now; credentials sealed anew: {}", round.key_id, round.resealed)];
    notes.push(match in_file {
        true => "the old key still opens; forget it with: proxyagent keys retire".to_owned(),
        false => format!("when {VARIABLE} has a new key in front, this seals everything with it"),
    });
    let json = json!({"key_id": round.key_id, "resealed": round.resealed});
    Ok(Answer { text: format!("{}\n", round.key_id), quiet: vec![round.key_id], notes, json })
}

async fn retire(target: &Target, vars: &BTreeMap<String, String>, shape: Shape) -> Result<Answer, CliError> {
    let round = round(target, vars, shape).await?;
    everything(&round)?;
    let gone = proxyagent_local_server::retire_master_keys(&home(vars)?, vars)
        .map_err(|error| start_failure(&error, "the master keys cannot be changed"))?;
    let notes = vec![format!("only {} is left; keys forgotten: {gone}", round.key_id)];
    let json = json!({"key_id": round.key_id, "retired": gone});
    Ok(Answer { text: format!("{}\n", round.key_id), quiet: vec![round.key_id], notes, json })
}

async fn round(target: &Target, vars: &BTreeMap<String, String>, shape: Shape) -> Result<Round, CliError> {
    let console = Console::open(target, vars, shape).await?;
    super::read(&console.send(Method::POST, "/admin/keys/rotate", None).await?)
}

/// A key must not go while something is sealed with it.
fn everything(round: &Round) -> Result<(), CliError> {
    match round.left {
        0 => Ok(()),
        left => Err(CliError::new(
            Kind::Failed,
            format!("{left} credentials cannot be opened, so no master key is changed"),
        )
        .help("`proxyagent provider ls` says why; remove them, or bring their key back")),
    }
}

const VARIABLE: &str = "PROXYAGENT_SECRET_KEY";

const EXAMPLES: &str = "Examples:
  proxyagent keys rotate
  proxyagent keys retire
  proxyagent --proxy https://proxy.example.com keys rotate";
const ROTATE_EXAMPLES: &str = "Examples:
  proxyagent keys rotate
  proxyagent keys rotate --json
  proxyagent --proxy https://proxy.example.com keys rotate";
const RETIRE_EXAMPLES: &str = "Examples:
  proxyagent keys retire
  proxyagent keys retire --json
  proxyagent keys retire --quiet";

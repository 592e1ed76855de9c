//! `proxyagent admin-token`: shows the admin token of this machine's proxy again.

use crate::console::{home, start_failure};
use crate::failure::CliError;
use crate::output::Answer;
use serde_json::json;
use std::collections::BTreeMap;

/// Show the admin token of this machine's proxy (made if there is none yet)
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args, vars: &BTreeMap<String, String>) -> Result<Answer, CliError> {
    let token = proxyagent_local_server::admin_token(&home(vars)?, vars)
        .map_err(|error| start_failure(&error, "the admin token cannot be read"))?;
    Ok(Answer {
        json: json!({"admin_token": token.text, "new": token.new}),
        text: format!("{}\n", token.text),
        quiet: vec![token.text],
        notes: vec!["it opens the dashboard and the admin API of this machine's proxy".to_owned()],
    })
}

const EXAMPLES: &str = "Examples:
  proxyagent admin-token
  proxyagent admin-token | ssh laptop 'proxyagent --proxy https://proxy.example.com --admin - usage'
  export PROXYAGENT_ADMIN_TOKEN=$(proxyagent admin-token)";

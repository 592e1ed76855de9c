//! `proxyagent provider ls`: every credential and how it fares, without its secret.

use super::{Listed, Listing};
use crate::ago::ago;
use crate::console::Console;
use crate::failure::CliError;
use crate::output::Answer;
use crate::table::{Side, Table};
use proxyagent_core::time::UnixMs;

/// List the credentials and how they fare (never their secrets)
#[derive(Debug, clap::Args)]
#[command(visible_alias = "list", after_help = EXAMPLES)]
pub(crate) struct Args {}

pub(super) async fn run(console: &Console, now: UnixMs) -> Result<Answer, CliError> {
    let (Listing { credentials }, json) = super::listing(console).await?;
    let notes = match credentials.is_empty() {
        true => vec!["no credentials yet; store one with: proxyagent provider add NAME".to_owned()],
        false => Vec::new(),
    };
    let quiet = credentials.iter().map(|credential| credential.id.clone()).collect();
    Ok(Answer { text: table(credentials, now).render(), quiet, notes, json })
}

fn table(credentials: Vec<Listed>, now: UnixMs) -> Table {
    let mut table = Table::new(&[
        ("ID", Side::Left),
        ("PROVIDER", Side::Left),
        ("KIND", Side::Left),
        ("LABEL", Side::Left),
        ("PRIORITY", Side::Right),
        ("STATE", Side::Left),
    ]);
    for credential in credentials {
        let mut state = credential.state;
        if let Some(why) = credential.why {
            state = format!("{state}: {why}");
        }
        if let Some(until) = credential.until_ms {
            state = format!("{state}, tried again {}", ago(now, UnixMs(until)));
        }
        table.row([
            credential.id,
            credential.provider,
            credential.kind,
            credential.label,
            credential.priority.to_string(),
            state,
        ]);
    }
    table
}

const EXAMPLES: &str = "Examples:
  proxyagent provider ls
  proxyagent provider ls --json
  proxyagent --proxy https://proxy.example.com provider ls";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows() {
        let listing: Listing = crate::command::read(&json!({"credentials": [
            {"id": "env:openai", "provider": "openai", "kind": "api_key", "label": "OPENAI_API_KEY", "active": true},
            {"id": "cred_1", "provider": "openai", "kind": "api_key", "label": "team", "priority": 5, "state": "parked",
             "why": "refused", "until_ms": 60_000},
        ]}))
        .unwrap();
        assert_eq!(
            table(listing.credentials, UnixMs(0)).render(),
            "\
ID          PROVIDER  KIND     LABEL           PRIORITY  STATE
env:openai  openai    api_key  OPENAI_API_KEY         0
cred_1      openai    api_key  team                   5  parked: refused, tried again in 1 min
"
        );
    }
}

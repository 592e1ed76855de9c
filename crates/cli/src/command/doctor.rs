//! `proxyagent doctor`: looks at everything that must be right, and says how to make it so. Changes nothing.

mod agents;
mod check;
mod here;
mod there;

use crate::command::run;
use crate::console::Target;
use crate::failure::{CliError, Kind};
use crate::harness::{self, HARNESSES, Harness};
use crate::output::{self, Answer, Shape};
use check::{Check, Status};
use proxyagent_core::time::UnixMs;
use serde_json::json;
use std::collections::BTreeMap;

/// Check this machine's set-up, and the proxy it uses
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The agent that must work here; without it, all that are known are looked for
    #[arg(long, value_name = "NAME", value_parser = run::harnesses())]
    harness: Option<String>,
    /// The machine token to try [env: PROXYAGENT_TOKEN]; `-` reads it from standard input
    #[arg(long, value_name = "TOKEN|-")]
    token: Option<String>,
}

/// Which agents are meant, and whether one was named.
struct Selection {
    harnesses: Vec<&'static Harness>,
    named: bool,
}

impl Args {
    /// 0, or 1 when something failed.
    ///
    /// # Errors
    /// The answer could not be written, or the arguments make no sense.
    pub(crate) fn run(
        self,
        target: &Target,
        vars: &BTreeMap<String, String>,
        now: UnixMs,
        shape: Shape,
    ) -> Result<u8, CliError> {
        if target.admin.is_some() {
            return Err(CliError::new(Kind::Usage, "`doctor` needs no admin token").help("leave --admin out"));
        }
        let named = target.proxy.as_ref().or_else(|| vars.get("PROXYAGENT_PROXY"));
        let proxy = named.filter(|url| !url.is_empty());
        let selection = Selection {
            harnesses: match &self.harness {
                Some(name) => harness::find(name).into_iter().collect(),
                None => HARNESSES.to_vec(),
            },
            named: self.harness.is_some(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let checks = runtime.map_err(super::no_runtime)?.block_on(async {
            let mut checks = Vec::new();
            // First, while `now` is now: its clock is compared with ours.
            if let Some(url) = proxy {
                let token = run::token(self.token.as_deref(), vars, shape);
                checks.extend(there::look(url, token, &selection, now).await);
            }
            let here = here::look(vars, proxy.is_some()).await;
            checks.extend(here);
            checks.extend(agents::look(&selection, vars, proxy.map(String::as_str)).await);
            checks
        });
        let failed = checks.iter().any(|check| check.status == Status::Fail);
        output::answer(&answer(&checks, !failed), shape)?;
        Ok(u8::from(failed))
    }
}

fn answer(checks: &[Check], ok: bool) -> Answer {
    let width = checks.iter().map(|check| check.name.len()).max().unwrap_or_default();
    Answer {
        json: json!({"ok": ok, "checks": checks.iter().map(Check::json).collect::<Vec<_>>()}),
        quiet: checks.iter().filter(|check| check.status == Status::Fail).map(|c| c.name.clone()).collect(),
        text: checks.iter().map(|check| check.lines(width)).collect(),
        notes: Vec::new(),
    }
}

const EXAMPLES: &str = "Examples:
  proxyagent doctor
  proxyagent --proxy https://proxy.example.com doctor --harness claude-code
  proxyagent doctor --json";

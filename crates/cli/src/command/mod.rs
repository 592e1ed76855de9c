//! The command line, one file per command: its arguments, what it asks the console, and how the answer looks.

mod admin_token;
mod alias;
mod audit;
mod backup;
mod completions;
mod dashboard;
mod doctor;
mod group;
mod health;
mod keys;
mod logs;
mod man;
mod prices;
mod provider;
mod run;
mod serve;
mod setup;
mod store;
mod token;
mod usage;

use crate::console::{Console, Target};
use crate::failure::{CliError, Kind};
use crate::output::{self, Shape};
use proxyagent_core::time::UnixMs;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;

/// Run any agent on any machine with no API key on the machine.
#[derive(Debug, clap::Parser)]
#[command(name = "proxyagent", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options that every command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Global {
    #[command(flatten)]
    target: Target,
    /// Print JSON: the answer on standard output, a failure on standard error
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) json: bool,
    /// Print only the one useful value
    #[arg(long, short, global = true, conflicts_with = "json", help_heading = "Output")]
    quiet: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Serve(serve::Args),
    Run(run::Args),
    Setup(setup::Args),
    Doctor(doctor::Args),
    Dashboard(dashboard::Args),
    AdminToken(admin_token::Args),
    #[command(subcommand)]
    Token(token::Command),
    #[command(subcommand)]
    Group(group::Command),
    #[command(subcommand)]
    Alias(alias::Command),
    #[command(subcommand)]
    Provider(provider::Command),
    #[command(subcommand)]
    Keys(keys::Command),
    Backup(backup::Backup),
    Restore(backup::Restore),
    Prices(Box<prices::Args>),
    Usage(usage::Args),
    Logs(logs::Args),
    #[command(subcommand)]
    Store(store::Command),
    Health(health::Args),
    Audit(audit::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Does what was asked for. The number is the exit code: another program's with `run`, else 0, or 1 when `doctor` found
/// a failure.
///
/// # Errors
/// Why it was not done; its kind is the exit code.
pub(crate) fn run(cli: Cli, vars: &BTreeMap<String, String>, now: UnixMs) -> Result<u8, CliError> {
    let Global { target, json, quiet } = cli.global;
    let shape = match (json, quiet) {
        (true, _) => Shape::Json,
        (false, true) => Shape::Quiet,
        (false, false) => Shape::Human,
    };
    let answer = match cli.command {
        Command::Serve(args) => {
            local_only(&target, "serve")?;
            return serve::run(args, vars, shape).map(|()| 0);
        }
        Command::Health(args) => runtime()?.block_on(args.run())?,
        Command::Man(args) => man::run(&args)?,
        Command::Completions(args) => return completions::run(&args).map(|()| 0),
        Command::Run(args) => return args.run(&target, vars, shape),
        Command::Setup(args) => args.run(&target, vars, shape)?,
        Command::Doctor(args) => return args.run(&target, vars, now, shape),
        Command::AdminToken(args) => {
            local_only(&target, "admin-token")?;
            admin_token::run(&args, vars)?
        }
        Command::Store(command) => {
            local_only(&target, "store")?;
            runtime()?.block_on(command.run(vars))?
        }
        Command::Backup(args) => {
            local_only(&target, "backup")?;
            args.run(vars)?
        }
        Command::Restore(args) => {
            local_only(&target, "restore")?;
            args.run(vars)?
        }
        Command::Keys(command) => runtime()?.block_on(command.run(&target, vars, shape))?,
        managing => runtime()?.block_on(async {
            let console = Console::open(&target, vars, shape).await?;
            match managing {
                Command::Token(command) => command.run(&console, now).await,
                Command::Group(command) => command.run(&console, now).await,
                Command::Alias(command) => command.run(&console).await,
                Command::Provider(command) => command.run(&console, now, shape).await,
                Command::Prices(args) => args.run(&console).await,
                Command::Dashboard(args) => {
                    let named = target.proxy.as_ref().or_else(|| vars.get("PROXYAGENT_PROXY"));
                    args.run(&console, named.map(String::as_str).filter(|url| !url.is_empty())).await
                }
                Command::Usage(args) => args.run(&console, now).await,
                Command::Logs(args) => args.run(&console, shape, now).await,
                Command::Audit(args) => args.run(&console, now).await,
                _ => Ok(output::Answer::default()),
            }
        })?,
    };
    output::answer(&answer, shape).map(|()| 0)
}

/// Reads the API's answer as what this command expects of it.
fn read<T: DeserializeOwned>(value: &Value) -> Result<T, CliError> {
    T::deserialize(value).map_err(|error| {
        CliError::new(Kind::Failed, "the proxy's answer is not understood")
            .causes_of(&error)
            .help("is it a newer or older version? `proxyagent --version` shows this one")
    })
}

/// Dollars for people: two decimals, more below a cent so that small amounts do not read as nothing.
fn dollars(amount: f64) -> String {
    match amount {
        0.0 => "$0.00".to_owned(),
        a if a.abs() >= 0.01 => format!("${a:.2}"),
        a => format!("${}", format!("{a:.9}").trim_end_matches('0')),
    }
}

fn local_only(target: &Target, command: &str) -> Result<(), CliError> {
    if target.proxy.is_none() && target.admin.is_none() {
        return Ok(());
    }
    Err(CliError::new(Kind::Usage, format!("`{command}` works on this machine only"))
        .help("leave --proxy and --admin out"))
}

fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(no_runtime)
}

fn no_runtime(error: std::io::Error) -> CliError {
    CliError::new(Kind::Failed, "the runtime does not start").causes_of(&error)
}

const EXAMPLES: &str = "Examples:
  proxyagent serve
  proxyagent token new macbook-01 --scope 'anthropic:claude-*' --ttl 30d --budget 20
  proxyagent --proxy https://proxy.example.com logs --limit 20";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_tree_is_sound_and_every_command_shows_examples() {
        fn walk(command: &clap::Command) {
            if command.get_name() != "help" {
                let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert_eq!(help.lines().count(), 4, "examples of {}", command.get_name());
                assert!(command.get_about().is_some(), "about {}", command.get_name());
            }
            command.get_subcommands().for_each(walk);
        }
        let command = Cli::command();
        command.clone().debug_assert();
        walk(&command);
    }

    #[test]
    fn amounts() {
        for (amount, text) in [
            (0.0, "$0.00"),
            (0.000_000_001, "$0.000000001"),
            (0.0042, "$0.0042"),
            (0.01, "$0.01"),
            (3.214, "$3.21"),
            (1234.5, "$1234.50"),
        ] {
            assert_eq!(dollars(amount), text);
        }
    }
}

//! The `proxyagent` binary. The one place that reads the environment, the arguments and the clock; only the names of
//! variables are read elsewhere too, where a child's environment is cleared of secrets.

mod ago;
mod command;
mod console;
mod failure;
mod harness;
mod output;
mod span;
mod table;
mod visible;

use clap::Parser;
use command::Cli;
use failure::{CliError, Kind};
use proxyagent_core::time::UnixMs;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::SystemTime;

/// A call allocates on one thread what another frees, which the system's allocator is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let ended = match Cli::try_parse_from(&arguments) {
        Ok(cli) => {
            let json = cli.global.json;
            environment().and_then(|vars| command::run(cli, &vars, now())).map_err(|error| (error, json))
        }
        Err(answer) if answer.use_stderr() => {
            if !arguments.iter().any(|word| word == "--json") {
                return output::clap(&answer);
            }
            Err((CliError::from_clap(&answer), true))
        }
        // --help and --version are answers, not mistakes.
        Err(answer) => return output::clap(&answer),
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err((error, json)) => {
            output::failure(&error, json);
            ExitCode::from(error.kind.exit_code())
        }
    }
}

/// The environment as text. Names that are not ours may hold anything; ours must be UTF-8.
fn environment() -> Result<BTreeMap<String, String>, CliError> {
    let mut vars = BTreeMap::new();
    for (name, value) in std::env::vars_os() {
        let Ok(name) = name.into_string() else { continue };
        match value.into_string() {
            Ok(value) => {
                vars.insert(name, value);
            }
            Err(_) if name.starts_with("PROXYAGENT_") || name == "HOME" => {
                return Err(CliError::new(Kind::Configuration, format!("{name} is not UTF-8 text")));
            }
            Err(_) => {}
        }
    }
    Ok(vars)
}

fn now() -> UnixMs {
    let span = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    UnixMs(i64::try_from(span.as_millis()).unwrap_or(i64::MAX))
}

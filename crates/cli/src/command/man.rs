//! `proxyagent man`: the manual pages, one per command, made from what `--help` shows.

use crate::command::Cli;
use crate::failure::{CliError, Kind};
use crate::output::Answer;
use clap::CommandFactory;
use serde_json::json;
use std::path::PathBuf;

/// Write the manual pages into a directory
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Where they go; made if it is not there
    directory: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<Answer, CliError> {
    let failed = |error: std::io::Error| {
        CliError::new(Kind::Failed, format!("{} cannot be written to", args.directory.display()))
            .causes_of(&error)
    };
    std::fs::create_dir_all(&args.directory).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), &args.directory).map_err(failed)?;
    let directory = args.directory.display().to_string();
    Ok(Answer {
        notes: vec![format!("man -l {directory}/proxyagent.1")],
        json: json!({"directory": directory}),
        quiet: vec![directory],
        text: String::new(),
    })
}

const EXAMPLES: &str = "Examples:
  proxyagent man /usr/local/share/man/man1
  proxyagent man ~/.local/share/man/man1
  proxyagent man . && man -l ./proxyagent-token-new.1";

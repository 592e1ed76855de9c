//! `proxyagent completions`: a shell's completion script.

use crate::command::Cli;
use crate::failure::CliError;
use crate::output;
use clap::CommandFactory;
use clap_complete::Shell;

/// Print the completion script of a shell
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "proxyagent", &mut script);
    output::stdout(&String::from_utf8_lossy(&script))
}

const EXAMPLES: &str = "Examples:
  proxyagent completions bash > /etc/bash_completion.d/proxyagent
  proxyagent completions zsh > ~/.zfunc/_proxyagent
  proxyagent completions fish > ~/.config/fish/completions/proxyagent.fish";

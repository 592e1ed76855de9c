//! `proxyagent run`: starts an agent that is pointed at the proxy, with a machine token and no real key.

use crate::console::{Remote, Target, base, first_line_of_input};
use crate::failure::{CliError, Kind};
use crate::harness::child::{self, Signals, Start};
use crate::harness::program::{self, Absent};
use crate::harness::{self, HARNESSES, Launch, Place, Wish, custom};
use crate::output::{self, Shape};
use clap::builder::PossibleValuesParser;
use proxyagent_core::token::TokenHash;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io::{IsTerminal, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Start an agent that uses the proxy instead of a real key
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Which agent
    #[arg(value_parser = harnesses())]
    harness: String,
    /// What to do, without a person at the keyboard; without it, the agent's own session begins
    #[arg(long, value_name = "TEXT")]
    goal: Option<String>,
    /// The machine token [env: PROXYAGENT_TOKEN]; `-` reads it from standard input
    #[arg(long, value_name = "TOKEN|-")]
    token: Option<String>,
    /// For `custom`: the command, with {goal}, {model}, {proxy} and {token} where they belong; no shell runs it
    #[arg(long, value_name = "TEMPLATE")]
    command: Option<String>,
    /// Where to run it
    #[arg(long, value_name = "DIR")]
    cwd: Option<PathBuf>,
    /// Which model it should ask for
    #[arg(long, value_name = "M")]
    model: Option<String>,
    /// Let it act without asking for permission
    #[arg(long)]
    skip_permissions: bool,
    /// Passed on to the agent as they are
    #[arg(last = true, value_name = "ARGS")]
    arguments: Vec<OsString>,
}

/// The names that are understood.
pub(super) fn harnesses() -> PossibleValuesParser {
    PossibleValuesParser::new(HARNESSES.iter().map(|harness| harness.name).chain(["custom"]))
}

impl Args {
    /// The agent's exit code.
    ///
    /// # Errors
    /// Why it was not started.
    pub(crate) fn run(
        self,
        target: &Target,
        vars: &BTreeMap<String, String>,
        shape: Shape,
    ) -> Result<u8, CliError> {
        self.check(target)?;
        let proxy = proxy(target, vars, shape)?;
        let token = token(self.token.as_deref(), vars, shape)?.ok_or_else(|| {
            CliError::new(Kind::Authentication, "an agent needs a machine token")
                .help("set PROXYAGENT_TOKEN, or pipe it to --token - ; `proxyagent token new` makes one")
        })?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(super::no_runtime)?.block_on(async {
            // From here on a signal ends the agent first, and the profile is removed after it.
            let signals = Signals::listen().map_err(super::no_runtime)?;
            let profile = profile()?;
            let start = self.start(&proxy, &token, vars, profile.path(), shape)?;
            let code = child::run(start, signals).await;
            if let Err(error) = profile.close() {
                output::warn(&format!("the temporary profile is still there: {error}"), shape);
            }
            code
        })
    }

    fn check(&self, target: &Target) -> Result<(), CliError> {
        let usage = |message: &str| CliError::new(Kind::Usage, message);
        if target.admin.is_some() {
            return Err(usage("an agent must not have the admin token").help("leave --admin out"));
        }
        if self.command.is_some() && self.harness != CUSTOM {
            return Err(usage("--command is for `custom`").help("write: proxyagent run custom --command …"));
        }
        if self.skip_permissions && self.harness == CUSTOM {
            return Err(usage("--skip-permissions is not known of a custom command")
                .help("put the agent's own flag for it in --command"));
        }
        if self.goal.as_deref().is_some_and(|goal| goal.trim().is_empty()) {
            return Err(usage("--goal is empty").help("leave it out for a session at the keyboard"));
        }
        match &self.cwd {
            Some(cwd) if !cwd.is_dir() => {
                Err(CliError::new(Kind::NotFound, format!("{} is not a directory", cwd.display())))
            }
            _ => Ok(()),
        }
    }

    /// Finds the program and writes what it needs into the profile.
    fn start(
        &self,
        proxy: &str,
        token: &str,
        vars: &BTreeMap<String, String>,
        profile: &Path,
        shape: Shape,
    ) -> Result<Start, CliError> {
        let wish = Wish {
            place: Place { proxy, model: self.model.as_deref() },
            token,
            goal: self.goal.as_deref(),
            skip_permissions: self.skip_permissions,
            root: rustix::process::geteuid().is_root(),
            extra: &self.arguments,
            profile,
        };
        let (program, launch) = match harness::find(&self.harness) {
            Some(harness) => {
                let help = format!("{} is installed with: {}", harness.label, harness.install);
                (find(OsStr::new(harness.program), vars, &help)?, (harness.launch)(&wish))
            }
            None => {
                let (program, launch) = custom::launch(self.command.as_deref(), &wish).map_err(|said| {
                    CliError::new(Kind::Usage, said).help("for example: --command 'my-agent --task {goal}'")
                })?;
                if self.command.as_deref().is_some_and(custom::shows_token) {
                    let text = "{token} in --command can be read by every user of this machine; the agent also has it in PROXYAGENT_TOKEN";
                    output::warn(text, shape);
                }
                (find(&program, vars, "install it, or give its path")?, launch)
            }
        };
        let Launch { arguments, mut variables, files, input } = launch;
        for (path, text) in files {
            write(&profile.join(path), &text)?;
        }
        variables.push(("PROXYAGENT_PROXY", proxy.into()));
        variables.push(("PROXYAGENT_TOKEN", token.into()));
        let input = self.goal.as_ref().map(|_| input.unwrap_or_default());
        let cwd = self.cwd.as_ref().map(std::path::absolute).transpose().map_err(|error| {
            CliError::new(Kind::Failed, "it is not known where --cwd is").causes_of(&error)
        })?;
        Ok(Start { program, arguments, variables, cwd, input })
    }
}

/// The proxy's URL without a slash at its end: from the flag, the environment, or where `serve` listens by default.
pub(super) fn proxy(
    target: &Target,
    vars: &BTreeMap<String, String>,
    shape: Shape,
) -> Result<String, CliError> {
    let named = target.proxy.as_ref().or_else(|| vars.get("PROXYAGENT_PROXY")).filter(|url| !url.is_empty());
    let remote = Remote::new(base(named.map_or(USUAL_PROXY, String::as_str))?, None)?;
    if remote.in_the_clear() {
        output::warn("the machine token travels unencrypted over http://; use https://", shape);
    }
    Ok(remote.name())
}

/// The machine token from flag, standard input or environment, if there is one.
///
/// # Errors
/// It is something else than a machine token: a real key must not be sent to the proxy by mistake.
pub(super) fn token(
    flag: Option<&str>,
    vars: &BTreeMap<String, String>,
    shape: Shape,
) -> Result<Option<String>, CliError> {
    let text = match flag {
        Some("-") if std::io::stdin().is_terminal() => rpassword::prompt_password("machine token: ")
            .map_err(|error| {
                CliError::new(Kind::Failed, "the terminal could not be read").causes_of(&error)
            })?,
        Some("-") => first_line_of_input()?,
        Some(text) => {
            output::warn(
                "--token TOKEN can be read by every user of this machine; prefer --token - or PROXYAGENT_TOKEN",
                shape,
            );
            text.to_owned()
        }
        None => vars.get("PROXYAGENT_TOKEN").cloned().unwrap_or_default(),
    };
    let text = text.trim();
    if text.is_empty() && flag.is_none() {
        return Ok(None);
    }
    if let Err(problem) = TokenHash::of(text) {
        return Err(CliError::new(Kind::Authentication, "that is not a machine token")
            .cause(problem.to_string())
            .help("`proxyagent token new` makes one; it begins with pa_"));
    }
    Ok(Some(text.to_owned()))
}

fn find(program: &OsStr, vars: &BTreeMap<String, String>, help: &str) -> Result<PathBuf, CliError> {
    program::find(program, vars.get("PATH").map(String::as_str)).map_err(|absent| match absent {
        Absent::Missing => {
            CliError::new(Kind::NotInstalled, format!("{} is not installed", program.display())).help(help)
        }
        Absent::NotExecutable(place) => {
            CliError::new(Kind::NotExecutable, format!("{} is not executable", place.display())).help(help)
        }
    })
}

/// A directory that only this user can enter, removed when dropped.
fn profile() -> Result<tempfile::TempDir, CliError> {
    tempfile::Builder::new()
        .prefix("proxyagent-run-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir()
        .map_err(unwritable)
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    if let Some(parent) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(parent).map_err(unwritable)?;
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(unwritable)
}

fn unwritable(error: std::io::Error) -> CliError {
    CliError::new(Kind::Failed, "the agent's temporary profile cannot be written").causes_of(&error)
}

/// Where `serve` listens unless told otherwise.
const USUAL_PROXY: &str = "http://127.0.0.1:8080";
const CUSTOM: &str = "custom";

const EXAMPLES: &str = "Examples:
  proxyagent --proxy https://proxy.example.com run claude-code
  proxyagent run codex --goal 'make the tests pass' --cwd ~/project --skip-permissions
  proxyagent run custom --command 'my-agent --model {model} --task {goal}' --model gpt-5 --goal 'say hello'";

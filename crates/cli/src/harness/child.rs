//! Runs an agent to its end: hands signals on, and hands its exit code back.

use crate::failure::{CliError, Kind};
use crate::harness::secrets;
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsString;
use std::io::{ErrorKind, IsTerminal};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};

/// A program, ready to be started.
pub(crate) struct Start {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) variables: Vec<(&'static str, OsString)>,
    pub(crate) cwd: Option<PathBuf>,
    /// Nobody is at the keyboard: standard input is this, or closed when it is empty.
    pub(crate) input: Option<String>,
}

/// The signals that are handed on, from now until this is dropped. Until a child is there to have them they wait.
pub(crate) struct Signals {
    streams: [tokio::signal::unix::Signal; 4],
    /// A terminal sends SIGINT and SIGQUIT to the child itself.
    at_terminal: bool,
}

impl Signals {
    /// # Errors
    /// The system refuses handlers.
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            streams: [
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
                signal(SignalKind::interrupt())?,
                signal(SignalKind::quit())?,
            ],
            at_terminal: std::io::stdin().is_terminal()
                || std::io::stdout().is_terminal()
                || std::io::stderr().is_terminal(),
        })
    }

    /// The next signal that the child must be sent by us.
    async fn next(&mut self) -> Signal {
        let at_terminal = self.at_terminal;
        let [terminate, hangup, interrupt, quit] = &mut self.streams;
        loop {
            tokio::select! {
                _ = terminate.recv() => return Signal::TERM,
                _ = hangup.recv() => return Signal::HUP,
                _ = interrupt.recv() => if !at_terminal { return Signal::INT },
                _ = quit.recv() => if !at_terminal { return Signal::QUIT },
            }
        }
    }
}

/// Starts the program and waits for its end: its exit code, or 128 and the signal that ended it.
///
/// # Errors
/// It cannot be started.
pub(crate) async fn run(start: Start, mut signals: Signals) -> Result<u8, CliError> {
    let mut child = command(&start).spawn().map_err(|error| refused(&start.program, &error))?;
    if let (Some(input), Some(mut pipe)) = (start.input, child.stdin.take()) {
        // Beside the wait: a child may end without having read it all.
        tokio::spawn(async move {
            let _ = pipe.write_all(input.as_bytes()).await;
        });
    }
    loop {
        tokio::select! {
            status = child.wait() => {
                let status = status.map_err(|error| {
                    CliError::new(Kind::Failed, "the harness's end was not seen").causes_of(&error)
                })?;
                return Ok(code(status));
            }
            signal = signals.next() => send(&child, signal),
        }
    }
}

/// What a program says its version is: the last line it prints when asked.
pub(crate) async fn version(program: &Path) -> Option<String> {
    let mut command = bare(program);
    command.arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await.ok()?.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    output.status.success().then(|| line.to_owned())
}

/// A program without the secrets of our environment.
fn bare(program: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(secrets::is_kept_back) {
            command.env_remove(&name);
        }
    }
    command
}

fn command(start: &Start) -> Command {
    let mut command = bare(&start.program);
    command.args(&start.arguments);
    command.envs(start.variables.iter().map(|(name, value)| (name, value)));
    if let Some(cwd) = &start.cwd {
        command.current_dir(cwd).env("PWD", cwd);
    }
    match &start.input {
        None => {}
        Some(input) if input.is_empty() => {
            command.stdin(Stdio::null());
        }
        Some(_) => {
            command.stdin(Stdio::piped());
        }
    }
    command
}

fn send(child: &Child, signal: Signal) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended this very moment.
        let _ = kill_process(pid, signal);
    }
}

fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// 127 when the program, or the interpreter it names, is not there; 126 for everything else, as shells have it.
fn refused(program: &Path, error: &std::io::Error) -> CliError {
    let kind = match error.kind() {
        ErrorKind::NotFound => Kind::NotInstalled,
        _ => Kind::NotExecutable,
    };
    CliError::new(kind, format!("{} cannot be started", program.display())).causes_of(error)
}

/// How long a program may take to say its version.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes() {
        for (raw, expected) in [(0, 0), (1 << 8, 1), (255 << 8, 255), (15, 143), (9, 137), (2, 130)] {
            assert_eq!(code(ExitStatus::from_raw(raw)), expected);
        }
    }
}

//! The only file that prints. Data goes to standard output, everything said about it to standard error.

use crate::failure::CliError;
use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};
use std::io::{ErrorKind, IsTerminal, Write};
use std::process::ExitCode;

/// How an answer is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Human,
    /// The admin API's answer, one line of JSON.
    Json,
    /// The one useful value, one per line.
    Quiet,
}

/// What a command found out, in every shape.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) json: Value,
    pub(crate) quiet: Vec<String>,
    /// What standard output gets; made safe by whoever builds it.
    pub(crate) text: String,
    /// Said to a person at a terminal only, on standard error.
    pub(crate) notes: Vec<String>,
}

/// Shows an answer.
///
/// # Errors
/// Standard output could not be written to (a closed pipe is not an error: the reader had enough).
pub(crate) fn answer(answer: &Answer, shape: Shape) -> Result<(), CliError> {
    match shape {
        Shape::Json => stdout(&format!("{}\n", answer.json)),
        Shape::Quiet => stdout(&answer.quiet.iter().map(|line| format!("{line}\n")).collect::<String>()),
        Shape::Human => {
            stdout(&answer.text)?;
            if std::io::stdout().is_terminal() {
                for note in &answer.notes {
                    say(note);
                }
            }
            Ok(())
        }
    }
}

/// Writes `text` to standard output and flushes it, so that a reader of the pipe has it now.
pub(crate) fn stdout(text: &str) -> Result<(), CliError> {
    line(text).map(drop)
}

/// Like [`stdout`]; `false` when the reader has had enough.
pub(crate) fn line(text: &str) -> Result<bool, CliError> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(unwritable(&error)),
    }
}

fn unwritable(error: &std::io::Error) -> CliError {
    CliError::new(crate::failure::Kind::Failed, "standard output could not be written to").causes_of(error)
}

/// A line for the person. There is nobody left to tell when standard error is closed.
pub(crate) fn say(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// A warning for the person, also with `--quiet`; with `--json`, standard error stays lines of JSON.
pub(crate) fn warn(text: &str, shape: Shape) {
    match shape {
        Shape::Json => say(&json!({"warning": text}).to_string()),
        Shape::Human | Shape::Quiet => labelled(AnsiColor::Yellow, "warning", text),
    }
}

/// A failure, as `error:` / `cause:` / `help:` lines or as one line of JSON.
pub(crate) fn failure(error: &CliError, json: bool) {
    if json {
        return say(&error.json().to_string());
    }
    for (label, text) in error.lines() {
        let colour = match label {
            "error" => AnsiColor::Red,
            "help" => AnsiColor::Green,
            _ => AnsiColor::Yellow,
        };
        labelled(colour, label, &text);
    }
}

/// What clap has to say: help and version on standard output, mistakes on standard error.
pub(crate) fn clap(answer: &clap::Error) -> ExitCode {
    let _ = answer.print();
    ExitCode::from(u8::try_from(answer.exit_code()).unwrap_or(2))
}

fn labelled(colour: AnsiColor, label: &str, text: &str) {
    let style = Style::new().bold().fg_color(Some(colour.into()));
    let _ = writeln!(anstream::stderr(), "{style}{label}:{style:#} {text}");
}

//! Running programs and talking to whoever started the task.

use std::process::{Command, Stdio};

/// Runs a program to its end, its output on this terminal.
///
/// # Errors
/// The program did not start or did not succeed.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("{} did not start: {error}", name(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} failed: {status}", name(command))) }
}

/// What a program writes to standard output, without the last line break.
///
/// # Errors
/// The program did not start, did not succeed, or wrote no text.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("{} did not start: {error}", name(command)))?;
    if !output.status.success() {
        return Err(format!("{} failed: {}", name(command), output.status));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| format!("{} wrote no text", name(command)))?;
    Ok(text.trim_end().to_owned())
}

#[expect(clippy::print_stdout, reason = "a task reports to its terminal")]
pub(crate) fn report(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "a task reports to its terminal")]
pub(crate) fn complain(text: &str) {
    eprintln!("{text}");
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

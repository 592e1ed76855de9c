//! The agents that `run`, `setup` and `doctor` know: one file each, found by table. A file says how its agent is pointed
//! at a proxy; none of them edits a file of the user's.

pub(crate) mod child;
mod claude_code;
mod codex;
pub(crate) mod custom;
mod gemini_cli;
mod opencode;
pub(crate) mod program;
pub(crate) mod secrets;

use proxyagent_core::dialect::Dialect;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// An agent, as data.
pub(crate) struct Harness {
    /// What it is called on our command line.
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    /// The program that is looked for in PATH.
    pub(crate) program: &'static str,
    /// The command that installs it.
    pub(crate) install: &'static str,
    /// What it speaks: `doctor` tries a token in it.
    pub(crate) dialect: Dialect,
    pub(crate) launch: fn(&Wish<'_>) -> Launch,
    pub(crate) setup: fn(&Place<'_>) -> Setup,
}

/// Which proxy, and the right to use it.
pub(crate) struct Place<'a> {
    /// The proxy's URL without a slash at its end.
    pub(crate) proxy: &'a str,
    pub(crate) model: Option<&'a str>,
}

/// What a run was asked for.
pub(crate) struct Wish<'a> {
    pub(crate) place: Place<'a>,
    pub(crate) token: &'a str,
    /// What to do, without a person at the keyboard; `None` is an interactive session.
    pub(crate) goal: Option<&'a str>,
    pub(crate) skip_permissions: bool,
    /// Whether the user is root, which some agents treat differently.
    pub(crate) root: bool,
    /// Passed on as they are.
    pub(crate) extra: &'a [OsString],
    /// A private directory that lives as long as the run.
    pub(crate) profile: &'a Path,
}

/// How a program is started.
#[derive(Debug, Default)]
pub(crate) struct Launch {
    pub(crate) arguments: Vec<OsString>,
    pub(crate) variables: Vec<(&'static str, OsString)>,
    /// Files below the profile, and what they hold.
    pub(crate) files: Vec<(PathBuf, String)>,
    /// What a run with a goal reads from standard input; nothing by default.
    pub(crate) input: Option<String>,
}

/// How to do by hand what `run` does.
#[derive(Debug)]
pub(crate) struct Setup {
    /// Variables to export.
    pub(crate) variables: Vec<(&'static str, Value)>,
    /// Variables that must not be set.
    pub(crate) unset: &'static [&'static str],
    /// A file, and what belongs in it.
    pub(crate) file: Option<(&'static str, String)>,
    /// The command to begin with.
    pub(crate) start: String,
}

/// A variable's value.
#[derive(Debug)]
pub(crate) enum Value {
    Plain(String),
    Token,
}

/// All harnesses, in the order they are listed; `custom` stands apart.
pub(crate) static HARNESSES: &[&Harness] =
    &[&claude_code::CLAUDE_CODE, &codex::CODEX, &gemini_cli::GEMINI_CLI, &opencode::OPENCODE];

/// The harness of that exact name.
pub(crate) fn find(name: &str) -> Option<&'static Harness> {
    HARNESSES.iter().copied().find(|harness| harness.name == name)
}

impl Place<'_> {
    /// An address below the proxy's.
    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.proxy)
    }
}

impl Launch {
    fn argument(&mut self, argument: impl Into<OsString>) {
        self.arguments.push(argument.into());
    }

    fn arguments<const N: usize>(&mut self, arguments: [&str; N]) {
        self.arguments.extend(arguments.map(OsString::from));
    }

    fn variable(&mut self, name: &'static str, value: impl Into<OsString>) {
        self.variables.push((name, value.into()));
    }

    fn extra(&mut self, wish: &Wish<'_>) {
        self.arguments.extend_from_slice(wish.extra);
    }
}

#[cfg(test)]
mod tests;

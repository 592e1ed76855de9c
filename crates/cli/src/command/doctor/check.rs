//! One thing that was looked at: how it stands, and what helps.

use crate::failure::CliError;
use crate::visible::visible;
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    Warn,
    Fail,
}

#[derive(Debug)]
pub(super) struct Check {
    pub(super) name: String,
    pub(super) status: Status,
    message: String,
    help: Option<String>,
}

impl Check {
    pub(super) fn ok(name: &str, message: impl Into<String>) -> Self {
        Self { name: name.to_owned(), status: Status::Ok, message: message.into(), help: None }
    }

    pub(super) fn warn(name: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { status: Status::Warn, help: Some(help.into()), ..Self::ok(name, message) }
    }

    pub(super) fn fail(name: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { status: Status::Fail, help: Some(help.into()), ..Self::ok(name, message) }
    }

    /// A failure that a command would have ended with.
    pub(super) fn failed(name: &str, error: &CliError) -> Self {
        let (help, said): (Vec<_>, Vec<_>) =
            error.lines().into_iter().partition(|(label, _)| *label == "help");
        let said: Vec<String> = said.into_iter().map(|(_, text)| text).collect();
        Self {
            status: Status::Fail,
            help: help.into_iter().next().map(|(_, text)| text),
            ..Self::ok(name, said.join(": "))
        }
    }

    pub(super) fn json(&self) -> Value {
        json!({"name": self.name, "status": self.word(), "message": self.message, "help": self.help})
    }

    /// For people: `width` is that of the longest name.
    pub(super) fn lines(&self, width: usize) -> String {
        let mut lines = format!("{:<4}  {:<width$}  {}\n", self.word(), self.name, visible(&self.message));
        if let Some(help) = &self.help {
            lines.push_str(&format!("      {:<width$}  help: {}\n", "", visible(help)));
        }
        lines
    }

    fn word(&self) -> &'static str {
        match self.status {
            Status::Ok => "ok",
            Status::Warn => "warn",
            Status::Fail => "fail",
        }
    }
}

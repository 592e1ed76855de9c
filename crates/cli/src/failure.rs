//! What can go wrong on the command line: a sentence, its causes, the next step, and an exit code. Never a backtrace.

use crate::visible::visible;
use http::StatusCode;
use serde_json::{Value, json};

/// The kind of a failure, which is its exit code. These numbers are part of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Failed = 1,
    Usage = 2,
    Configuration = 3,
    Authentication = 4,
    NotFound = 5,
    Refused = 6,
    Unreachable = 7,
    NotExecutable = 126,
    NotInstalled = 127,
}

impl Kind {
    pub(crate) fn exit_code(self) -> u8 {
        self as u8
    }

    /// The kind's name in `--json` errors.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Configuration => "configuration",
            Self::Authentication => "authentication",
            Self::NotFound => "not_found",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::NotExecutable => "not_executable",
            Self::NotInstalled => "not_installed",
        }
    }

    /// What an admin API's status means to the person at the keyboard.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            400 | 413 | 422 => Self::Usage,
            401 => Self::Authentication,
            402 | 403 | 409 | 429 => Self::Refused,
            404 => Self::NotFound,
            _ => Self::Failed,
        }
    }
}

/// A failure, ready to be shown.
#[derive(Debug)]
pub(crate) struct CliError {
    pub(crate) kind: Kind,
    message: String,
    causes: Vec<String>,
    help: Option<String>,
    /// The proxy's machine code, when a proxy said it.
    code: Option<String>,
}

impl CliError {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), causes: Vec::new(), help: None, code: None }
    }

    pub(crate) fn cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Adds `error` and everything below it, each sentence once.
    pub(crate) fn causes_of(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            let text = error.to_string();
            if !self.causes.iter().any(|known| known.contains(&text)) {
                self.causes.push(text);
            }
            next = error.source();
        }
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn code(mut self, code: Option<String>) -> Self {
        self.code = code;
        self
    }

    /// A mistake in the arguments, for `--json`; otherwise clap shows it itself.
    pub(crate) fn from_clap(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        let first = text.split("\n\n").next().unwrap_or_default();
        Self::new(Kind::Usage, first.trim_start_matches("error: ").trim()).help("proxyagent --help")
    }

    /// The label and text of each line, in order. Control characters are already made visible.
    pub(crate) fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![("error", visible(&self.message).into_owned())];
        lines.extend(self.causes.iter().map(|cause| ("cause", visible(cause).into_owned())));
        lines.extend(self.help.iter().map(|help| ("help", visible(help).into_owned())));
        lines
    }

    pub(crate) fn json(&self) -> Value {
        json!({"error": {
            "message": self.message,
            "type": self.kind.name(),
            "code": self.code,
            "causes": self.causes,
            "help": self.help,
            "exit_code": self.kind.exit_code(),
        }})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_become_exit_codes() {
        for (status, code) in [
            (400, 2),
            (422, 2),
            (401, 4),
            (403, 6),
            (402, 6),
            (429, 6),
            (404, 5),
            (500, 1),
            (503, 1),
            (302, 1),
        ] {
            assert_eq!(Kind::of_status(StatusCode::from_u16(status).unwrap()).exit_code(), code, "{status}");
        }
    }

    #[test]
    fn lines_come_in_order_and_cannot_move_the_cursor() {
        let error = CliError::new(Kind::Failed, "no \u{1b}[2J").cause("why").cause("deeper").help("do this");
        let labels: Vec<_> = error.lines().into_iter().map(|(label, _)| label).collect();
        assert_eq!(labels, ["error", "cause", "cause", "help"]);
        assert!(error.lines().iter().all(|(_, text)| !text.contains('\u{1b}')));
    }

    #[test]
    fn a_cause_is_said_once() {
        let inner = std::io::Error::other("refused");
        let outer = std::io::Error::other(inner);
        let error = CliError::new(Kind::Failed, "x").causes_of(&outer);
        assert_eq!(error.causes, ["refused"]);
    }
}

//! What an error of the database means. Never shows a parameter, a row or the database's address.

use proxyagent_core::ports::StoreError;
use tokio_postgres::error::SqlState;

/// Why a batch failed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The server says so: nothing of the transaction took effect.
    Said(SqlState, String),
    /// The connection broke: what became of the transaction is not known.
    Broken(String),
    /// A statement takes or gives a type that the port does not know: nothing was sent.
    Unfit,
    /// A row holds what the port does not know; it was read after everything took effect.
    Column,
    /// The statement was still being executed when patience ended.
    Slow,
}

impl From<tokio_postgres::Error> for Fault {
    fn from(cause: tokio_postgres::Error) -> Self {
        match cause.as_db_error() {
            Some(said) => Self::Said(said.code().clone(), said.message().to_owned()),
            None if is_conversion(&cause) => Self::Column,
            None => Self::Broken(cause.to_string()),
        }
    }
}

impl Fault {
    pub(crate) fn kind(&self) -> StoreError {
        match self {
            Self::Unfit | Self::Column => StoreError::Malformed,
            Self::Said(code, _) if matches!(class(code), "22" | "23" | "42" | "0A") => StoreError::Refused,
            Self::Said(..) | Self::Broken(_) | Self::Slow => StoreError::Unavailable,
        }
    }

    /// Nothing took effect, and one batch of several is to blame.
    pub(crate) fn is_of_one_batch(&self) -> bool {
        matches!(self, Self::Unfit) || matches!(self, Self::Said(..)) && self.kind() == StoreError::Refused
    }

    /// A broken constraint is an answer to whoever asked, not news for the operator.
    pub(crate) fn is_news(&self) -> bool {
        !matches!(self, Self::Said(code, _) if class(code) == "23")
    }

    /// Nothing was written, and the next attempt may well succeed.
    pub(crate) fn is_worth_another_try(&self) -> bool {
        let Self::Said(code, message) = self else { return false };
        let passing = [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            // The server is restarted in an orderly way: transactions under way are undone.
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            // A pooler gave us a connection on which nothing was prepared.
            SqlState::INVALID_SQL_STATEMENT_NAME,
        ];
        passing.contains(code) || message.starts_with("cached plan must not change")
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Said(code, message) => write!(out, "store: {message} ({})", code.code()),
            Self::Broken(cause) => write!(out, "store: the connection to the database broke: {cause}"),
            Self::Unfit | Self::Column => {
                out.write_str("store: a column or parameter is neither a number nor text")
            }
            Self::Slow => out.write_str("store: the database does not answer"),
        }
    }
}

fn class(code: &SqlState) -> &str {
    code.code().get(..2).unwrap_or_default()
}

/// An error of ours in reading a column or writing a parameter, not one of the connection's.
fn is_conversion(cause: &tokio_postgres::Error) -> bool {
    std::error::Error::source(cause).is_some_and(|source| source.is::<super::cell::NotOurs>())
}

//! Providers: one `const` in one file each, found by table. Nothing outside a provider's own file knows its name.

mod anthropic;
mod mock;
mod openai;

use crate::dialect::{Dialect, Operation};

/// A model provider, as data.
#[derive(Debug, PartialEq, Eq)]
pub struct Provider {
    /// The name in paths, scopes, aliases and rows.
    pub name: &'static str,
    pub label: &'static str,
    /// Where its API lives: origin and optional prefix, without a trailing slash.
    pub base_url: &'static str,
    /// The environment variable that holds its key.
    pub key_variable: &'static str,
    pub key_header: KeyHeader,
    pub endpoints: &'static [Endpoint],
    /// Headers a request needs when the caller did not send them.
    pub default_headers: &'static [(&'static str, &'static str)],
    /// Whether a Chat stream must be asked for its usage.
    pub stream_usage: StreamUsage,
    /// Models to show in examples and lists.
    pub example_models: &'static [&'static str],
    /// Answered inside the proxy, without a credential.
    pub offline: bool,
}

/// One operation a provider serves, in one dialect.
#[derive(Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub dialect: Dialect,
    pub operation: Operation,
    /// Appended to the base URL.
    pub path: &'static str,
}

/// Where a provider wants its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyHeader {
    /// `Authorization: Bearer KEY`
    Bearer,
    /// The named header, bare.
    Named(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamUsage {
    /// Usage comes only with `stream_options.include_usage`: it is asked for, and hidden again if the caller did not ask.
    Ask,
    /// Usage comes anyway.
    Always,
}

impl Provider {
    pub fn endpoint(&self, dialect: Dialect, operation: Operation) -> Option<&'static Endpoint> {
        self.endpoints.iter().find(|e| e.dialect == dialect && e.operation == operation)
    }

    /// The dialects in which this provider can generate, its own first.
    pub fn dialects(&self) -> impl Iterator<Item = Dialect> + use<> {
        self.endpoints.iter().filter(|e| e.operation == Operation::Generate).map(|e| e.dialect)
    }
}

/// All providers, in the order they are listed.
pub static PROVIDERS: &[&Provider] = &[&anthropic::ANTHROPIC, &openai::OPENAI, &mock::MOCK];

/// The provider of that exact name.
pub fn find(name: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().copied().find(|p| p.name == name)
}

/// The offline provider that owns `model`, if it is an offline model (`mock`, `mock-…`).
pub fn offline(model: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().copied().find(|p| {
        p.offline && (model == p.name || model.strip_prefix(p.name).is_some_and(|rest| rest.starts_with('-')))
    })
}

//! Providers: one `static` in one file each, found by table. Nothing outside a provider's own file knows its name.

mod anthropic;
mod deepseek;
mod directory;
mod endpoint;
mod gemini;
mod groq;
mod mistral;
mod mock;
mod openai;
mod openrouter;
mod together;
mod upstream;
mod xai;

use crate::dialect::{Dialect, Operation};
use crate::oauth::Login;

pub use directory::Directory;
pub(crate) use endpoint::is_path_model;
pub use endpoint::{Endpoint, Refused};
pub(crate) use upstream::{Upstream, read as read_upstreams};

/// A model provider, as data.
#[derive(Debug, PartialEq, Eq)]
pub struct Provider {
    /// The name in paths, scopes, aliases and rows.
    pub name: &'static str,
    pub label: &'static str,
    /// Where its API lives: origin and optional prefix, without a trailing slash.
    pub base_url: &'static str,
    /// The environment variable that holds its key; empty where there is none.
    pub key_variable: &'static str,
    pub key_header: KeyHeader,
    /// What it serves, its own dialect first.
    pub endpoints: &'static [Endpoint],
    /// Parts of its own paths that its SDKs write behind the base URL and before the version, e.g. `/openai`.
    pub prefixes: &'static [&'static str],
    /// Headers a request needs when the caller did not send them.
    pub default_headers: &'static [(&'static str, &'static str)],
    /// Whether a Chat stream must be asked for its usage.
    pub stream_usage: StreamUsage,
    pub billing: Billing,
    /// Models to show in examples and lists.
    pub example_models: &'static [&'static str],
    /// Answered inside the proxy, without a credential.
    pub offline: bool,
    /// Kinds of credentials that pay it, beside a key and a login.
    pub kinds: &'static [&'static str],
    /// How a person's login pays it, where one can.
    pub login: Option<&'static Login>,
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

/// Where a call's cost comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Billing {
    /// The price table.
    Table,
    /// The price table; for a model it does not know, what the answer says it cost.
    Reported,
    /// The operator says that its calls cost nothing.
    Free,
}

impl Provider {
    pub fn endpoint(&self, dialect: Dialect, operation: Operation) -> Option<&'static Endpoint> {
        self.endpoints.iter().find(|e| e.dialect == dialect && e.operation == operation)
    }

    /// The dialects in which this provider can generate, its own first.
    pub fn dialects(&self) -> impl Iterator<Item = Dialect> + use<> {
        self.endpoints.iter().filter(|e| e.operation == Operation::Generate).map(|e| e.dialect)
    }

    pub fn speaks(&self, dialect: Dialect) -> bool {
        self.dialects().any(|spoken| spoken == dialect)
    }

    /// Whether the operation costs nothing here.
    pub fn is_free(&self, operation: Operation) -> bool {
        operation == Operation::CountTokens
            || self.billing == Billing::Free
            || self.endpoints.iter().any(|e| e.operation == operation && e.free)
    }
}

/// The providers that ship with the proxy, in the order they are listed.
pub static PROVIDERS: &[&Provider] = &[
    &anthropic::ANTHROPIC,
    &openai::OPENAI,
    &gemini::GEMINI,
    &groq::GROQ,
    &openrouter::OPENROUTER,
    &mistral::MISTRAL,
    &deepseek::DEEPSEEK,
    &xai::XAI,
    &together::TOGETHER,
    &mock::MOCK,
];

/// The shipped provider of that exact name. A name that a caller or an operator wrote is looked up in the
/// [`Directory`], which knows the configured upstreams too.
pub fn find(name: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().copied().find(|p| p.name == name)
}

/// The offline provider that owns `model`, if it is an offline model (`mock`, `mock-…`).
pub fn offline(model: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().copied().find(|p| {
        p.offline && (model == p.name || model.strip_prefix(p.name).is_some_and(|rest| rest.starts_with('-')))
    })
}

#[cfg(test)]
mod tests;

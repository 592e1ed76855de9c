//! What could be used, and what there is to use it with.

use super::Admin;
use super::answer::Answer;
use crate::credential::Credential;
use crate::dialect::Dialect;
use crate::problem::Problem;
use crate::provider::Provider;
use crate::proxy::Proxy;
use serde::Serialize;

#[derive(Serialize)]
struct Credentials<'a> {
    credentials: Vec<Listed<'a>>,
    /// Providers that can be called.
    configured: Vec<&'static str>,
    encryption: bool,
}

#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    provider: &'static str,
    kind: &'static str,
    label: &'static str,
    active: bool,
    masked: &'static str,
    created_ms: Option<i64>,
}

#[derive(Serialize)]
struct Catalog {
    providers: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    name: &'static str,
    label: &'static str,
    /// Its own first.
    dialects: Vec<&'static str>,
    example_models: &'static [&'static str],
    /// The variable that holds its key; `null` where none is needed.
    key_variable: Option<&'static str>,
    offline: bool,
}

/// The credentials by name. Of a secret not even a part is shown.
pub(super) fn credentials<P>(proxy: &Proxy<P>, _: &Admin) -> Result<Answer, Problem> {
    let credentials = proxy.house.config.credentials();
    Answer::of(&Credentials {
        credentials: credentials.iter().map(listed).collect(),
        configured: credentials.iter().map(|credential| credential.provider.name).collect(),
        encryption: ENCRYPTION,
    })
}

pub(super) fn catalog<P>(proxy: &Proxy<P>, _: &Admin) -> Result<Answer, Problem> {
    Answer::of(&Catalog { providers: proxy.house.config.directory.all().map(entry).collect() })
}

fn listed(credential: &Credential) -> Listed<'_> {
    Listed {
        id: &credential.id,
        provider: credential.provider.name,
        kind: if credential.provider.key_variable.is_empty() { "none" } else { "api_key" },
        label: credential.provider.key_variable,
        active: true,
        masked: "env",
        created_ms: None,
    }
}

fn entry(provider: &'static Provider) -> Entry {
    Entry {
        name: provider.name,
        label: provider.label,
        dialects: provider.dialects().map(Dialect::name).collect(),
        example_models: provider.example_models,
        key_variable: Some(provider.key_variable).filter(|name| !name.is_empty()),
        offline: provider.offline,
    }
}

/// Whether every secret in the store is encrypted. None is stored in clear: credentials come from the environment.
pub(super) const ENCRYPTION: bool = true;

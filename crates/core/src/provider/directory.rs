//! The providers of one proxy: those that ship with it, and the operator's own upstreams.

use super::{PROVIDERS, Provider};

/// Finds providers by name. Owned by the configuration, so that two proxies in one process may differ.
#[derive(Debug, Clone)]
pub struct Directory {
    providers: Vec<&'static Provider>,
}

impl Directory {
    /// Only what ships with the proxy.
    pub fn builtin() -> Self {
        Self::with(Vec::new())
    }

    /// The operator's upstreams come before the offline provider, which is listed last.
    pub(crate) fn with(upstreams: Vec<&'static Provider>) -> Self {
        let online = PROVIDERS.iter().filter(|p| !p.offline).copied();
        let offline = PROVIDERS.iter().filter(|p| p.offline).copied();
        Self { providers: online.chain(upstreams).chain(offline).collect() }
    }

    /// The provider of that exact name.
    pub fn find(&self, name: &str) -> Option<&'static Provider> {
        self.all().find(|p| p.name == name)
    }

    /// All, in the order they are listed.
    pub fn all(&self) -> impl Iterator<Item = &'static Provider> + '_ {
        self.providers.iter().copied()
    }

    /// Their names, for a sentence.
    pub fn names(&self) -> String {
        self.all().map(|p| p.name).collect::<Vec<_>>().join(", ")
    }
}

//! Every setting, once: name, default, help. A home feeds strings in; all mistakes come out together.

use std::collections::BTreeMap;

/// A setting, as the README's table, `--help` and the Worker's variables show it.
pub struct Setting {
    pub name: &'static str,
    pub default: &'static str,
    pub help: &'static str,
    pub secret: bool,
}

pub static SETTINGS: &[Setting] = &[];

/// The resolved settings.
pub struct Config {}

impl Config {
    /// Resolves `PROXYAGENT_*` settings and provider keys from name/value pairs (an environment, a Worker's bindings).
    /// Other names are ignored.
    ///
    /// # Errors
    /// One line per mistake: unknown `PROXYAGENT_*` names and values that do not parse.
    pub fn resolve(_given: &BTreeMap<String, String>) -> Result<Self, Vec<String>> {
        Ok(Self {})
    }
}

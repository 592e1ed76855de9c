//! A path taken apart: the provider in front, then the version and prefixes that clients put there, then the rest.

use super::calls;
use crate::dialect::Dialect;
use crate::provider::{Directory, Provider};

pub(super) struct Place<'a> {
    /// The first segment.
    pub(super) name: &'a str,
    pub(super) provider: Option<&'static Provider>,
    /// Everything behind the first segment; the whole path where no provider is meant.
    behind: &'a str,
    /// What is left without versions and prefixes.
    pub(super) rest: &'a str,
    /// The path begins at the root, without a provider.
    root: bool,
    /// Google's versions stood there.
    beta: bool,
    /// One of the provider's own prefixes stood there.
    prefixed: bool,
}

impl<'a> Place<'a> {
    pub(super) fn of(directory: &Directory, path: &'a str) -> Self {
        let (name, behind) = split(path);
        let provider = directory.find(name);
        // At the root there is no provider to name: the version, or the route, comes first.
        let root = provider.is_none() && is_root(path);
        let behind = if root { path } else { behind };
        let mut place = Self { name, provider, behind, rest: behind, root, beta: false, prefixed: false };
        place.peel(provider.map_or(&[], |provider| provider.prefixes));
        place
    }

    /// Base URLs are given with a version and without, and some clients add their own: up to two are dropped.
    fn peel(&mut self, prefixes: &[&str]) {
        let mut versions = 0;
        loop {
            if let Some(rest) =
                prefixes.iter().find_map(|prefix| segments(self.rest, prefix)).filter(|_| !self.prefixed)
            {
                (self.rest, self.prefixed) = (rest, true);
            } else if let Some(rest) = segments(self.rest, "/v1").filter(|_| versions < 2) {
                (self.rest, versions) = (rest, versions + 1);
            } else if let Some(rest) =
                BETAS.iter().find_map(|beta| segments(self.rest, beta)).filter(|_| versions < 2)
            {
                (self.rest, self.beta, versions) = (rest, true, versions + 1);
            } else {
                return;
            }
        }
    }

    pub(super) fn is_root(&self) -> bool {
        self.root
    }

    pub(super) fn is_probe(&self) -> bool {
        (self.name.is_empty() || self.provider.is_some() || self.behind == "/api/hello")
            && matches!(unversioned(self.behind), "" | "/" | "/api/hello")
    }

    pub(super) fn is_telemetry(&self) -> bool {
        (self.provider.is_some() || self.is_root())
            && self.behind.starts_with("/v1/")
            && matches!(self.rest, "/metrics" | "/logs" | "/traces")
    }

    /// Behind the provider, or at the root; nothing dropped.
    pub(super) fn whole(&self) -> &'a str {
        self.behind
    }

    /// The dialect of a list of models, where the path alone decides it: Google's API and OpenAI's share a prefix here.
    pub(super) fn models_dialect(&self) -> Option<Dialect> {
        match (self.provider.is_some_and(|p| p.speaks(Dialect::Gemini)), self.prefixed, self.beta) {
            (true, true, _) => Some(Dialect::Chat),
            (_, false, true) => Some(Dialect::Gemini),
            _ => None,
        }
    }

    /// For paths that are no route: which shape of error the client is likely to read.
    pub(super) fn dialect_hint(&self, path: &str) -> Option<Dialect> {
        if self.beta && !self.prefixed {
            return Some(Dialect::Gemini);
        }
        calls::hint(path).or_else(|| self.provider?.dialects().next())
    }
}

/// `/openai/v1/responses` → (`openai`, `/v1/responses`).
fn split(path: &str) -> (&str, &str) {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.find('/').map_or((path, ""), |at| path.split_at(at))
}

/// Whether the path begins with one of the segments that stand at the root without a provider.
fn is_root(path: &str) -> bool {
    ROOTS.iter().any(|root| segments(path, root).is_some())
}

/// The path behind these whole segments.
fn segments<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn unversioned(path: &str) -> &str {
    let once = segments(path, "/v1").unwrap_or(path);
    segments(once, "/v1").unwrap_or(once)
}

const BETAS: &[&str] = &["/v1beta", "/v1beta1"];
/// Lists of models and telemetry, and the rest of what Claude Code may ask a gateway for.
const ROOTS: &[&str] = &["/v1", "/v1beta", "/api", "/managed", "/oauth", "/protocol", "/.well-known"];

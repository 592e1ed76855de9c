//! Every setting, once: name, default, help. A home feeds strings in; all mistakes come out together.

mod table;

use crate::cache::CacheConfig;
use crate::credential::{BaseUrl, Credential};
use crate::ports::Patience;
use crate::price::{OwnPrices, PriceBook};
use crate::provider::{self, Directory, PROVIDERS, Provider, Upstream};
use crate::provider_limits::{ProviderLimit, ProviderLimits};
use crate::secret::Secret;
use crate::time::Millis;
use crate::tool::registry::Registry;
use crate::vault::Vault;
use crate::webhook::Webhook;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use table::{
    ADMIN_TOKEN, CACHE_BYTES, CACHE_GROUPS, CACHE_TTL, CONNECT, DEFAULT_PRICE, FIRST_BYTE, HANGUP_DRAIN,
    IDLE, METRICS_PUBLIC, MODEL_MAP, PRICING, PROVIDER_BUDGETS, PROVIDER_RATES, RATE_DEFAULT, RETENTION,
    SECRET_KEY, UPSTREAMS, WEBHOOK, WEBHOOK_SECRET,
};

pub use table::{SETTINGS, Setting};

/// The resolved settings.
pub struct Config {
    /// SHA-256 of the admin token.
    pub admin: Option<[u8; 32]>,
    /// Aliases from the settings, as (match, target).
    pub model_map: Vec<(String, String)>,
    pub patience: Patience,
    pub hangup_drain: Millis,
    pub retention: Millis,
    pub cache: CacheConfig,
    /// `/metrics` asks for no admin token.
    pub metrics_public: bool,
    pub provider_limits: ProviderLimits,
    /// Who is told that a budget is nearly used up.
    pub webhook: Option<Webhook>,
    /// The operator's own prices.
    pub prices: OwnPrices,
    /// The most bytes a request body may have.
    pub body_limit: usize,
    /// The providers that names are looked up in.
    pub directory: Directory,
    /// The tools that the proxy runs.
    pub(crate) tools: Registry,
    /// What seals stored credentials; without it none can be stored or used.
    pub vault: Option<Vault>,
    credentials: Vec<Arc<Credential>>,
    bases: BTreeMap<&'static str, BaseUrl>,
}

impl Config {
    /// Resolves `PROXYAGENT_*` settings and provider keys from name/value pairs (an environment, a Worker's bindings).
    /// Other names are ignored.
    ///
    /// # Errors
    /// One line per mistake: unknown `PROXYAGENT_*` names and values that do not parse.
    pub fn resolve(given: &BTreeMap<String, String>) -> Result<Self, Vec<String>> {
        let mut form = Form { given, wrong: Vec::new() };
        form.refuse_unknown_names();
        let upstreams = form.upstreams();
        let directory = Directory::with(upstreams.iter().map(|upstream| upstream.provider).collect());
        let mut config = Self {
            admin: form.text(ADMIN_TOKEN).map(|t| Sha256::digest(t.trim().as_bytes()).into()),
            model_map: form.model_map(&directory),
            patience: Patience {
                connect: form.seconds(CONNECT, 10, LONGEST_WAIT),
                first_byte: form.seconds(FIRST_BYTE, 300, LONGEST_WAIT),
                idle: form.seconds(IDLE, 120, LONGEST_WAIT),
            },
            hangup_drain: form.seconds(HANGUP_DRAIN, 25, 0..=600),
            retention: Millis(form.number(RETENTION, 90, 1..=3650).saturating_mul(86_400_000)),
            cache: CacheConfig {
                ttl: form.seconds(CACHE_TTL, 0, 0..=31_536_000),
                bytes: usize::try_from(form.number(CACHE_BYTES, 64 << 20, 1 << 20..=1 << 40))
                    .unwrap_or(usize::MAX),
                groups: form.cache_groups(),
            },
            metrics_public: form.number(METRICS_PUBLIC, 0, 0..=1) == 1,
            provider_limits: form.provider_limits(&directory),
            webhook: form.webhook(),
            prices: form.prices(),
            body_limit: 32 << 20,
            tools: form.tools(),
            vault: form.vault(),
            bases: form.bases(&upstreams),
            credentials: Vec::new(),
            directory,
        };
        config.credentials = form.credentials(&config.bases, &upstreams);
        if form.wrong.is_empty() { Ok(config) } else { Err(form.wrong) }
    }

    /// The credentials from the environment, in the order of the providers.
    pub fn credentials(&self) -> &[Arc<Credential>] {
        &self.credentials
    }

    /// Where `provider` lives, as the settings have it.
    pub fn base(&self, provider: &Provider) -> BaseUrl {
        self.bases.get(provider.name).cloned().unwrap_or_else(|| BaseUrl::of(provider))
    }

    /// What limits the calls to this provider.
    pub fn provider_limit(&self, name: &str) -> Option<ProviderLimit> {
        let offline = self.directory.find(name).is_some_and(|provider| provider.offline);
        self.provider_limits.of(name, offline)
    }

    /// Whether a budget limits the calls to this provider.
    pub fn has_budget(&self, name: &str) -> bool {
        self.provider_limit(name).is_some_and(|limit| limit.budget.is_some())
    }
}

/// The variable that overrides where a provider lives.
pub fn endpoint_variable(provider: &Provider) -> String {
    format!("PROXYAGENT_{}_ENDPOINT", provider.name.to_ascii_uppercase())
}

struct Form<'a> {
    given: &'a BTreeMap<String, String>,
    wrong: Vec<String>,
}

impl Form<'_> {
    fn refuse_unknown_names(&mut self) {
        let endpoints: Vec<String> =
            PROVIDERS.iter().filter(|p| !p.offline).map(|p| endpoint_variable(p)).collect();
        for name in self.given.keys().filter(|n| n.starts_with("PROXYAGENT_")) {
            if !SETTINGS.iter().any(|s| s.name == name) && !endpoints.contains(name) {
                self.wrong.push(format!("{name}: there is no such setting"));
            }
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.given.get(name).map(String::as_str).filter(|t| !t.trim().is_empty())
    }

    fn number(&mut self, name: &str, default: u64, range: std::ops::RangeInclusive<u64>) -> u64 {
        let Some(text) = self.text(name) else { return default };
        match text.trim().parse() {
            Ok(n) if range.contains(&n) => n,
            _ => {
                let line = format!(
                    "{name}: {text:?} is not a whole number from {} to {}",
                    range.start(),
                    range.end()
                );
                self.wrong.push(line);
                default
            }
        }
    }

    fn seconds(&mut self, name: &str, default: u64, range: std::ops::RangeInclusive<u64>) -> Millis {
        Millis::seconds(self.number(name, default, range))
    }

    fn model_map(&mut self, directory: &Directory) -> Vec<(String, String)> {
        let Some(text) = self.text(MODEL_MAP) else { return Vec::new() };
        let map = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).ok();
        let pairs = map.and_then(|map| {
            map.into_iter()
                .map(|(from, to)| Some((from, to.as_str()?.to_owned())))
                .collect::<Option<Vec<_>>>()
        });
        if let Some(pairs) = pairs {
            let rows = pairs.iter().map(|(from, to)| (from.as_str(), to.as_str()));
            if let Err(error) = crate::alias::Aliases::parse(rows, directory) {
                self.wrong.push(format!("{MODEL_MAP}: {error}"));
            }
            pairs
        } else {
            self.wrong.push(format!("{MODEL_MAP}: not a JSON object of match and target strings"));
            Vec::new()
        }
    }

    fn cache_groups(&mut self) -> Vec<(String, Vec<String>)> {
        let Some(text) = self.text(CACHE_GROUPS) else { return Vec::new() };
        match serde_json::from_str::<BTreeMap<String, Vec<String>>>(text) {
            Ok(groups) => groups.into_iter().collect(),
            Err(_) => {
                self.wrong.push(format!("{CACHE_GROUPS}: not a JSON object of lists of labels"));
                Vec::new()
            }
        }
    }

    fn provider_limits(&mut self, directory: &Directory) -> ProviderLimits {
        let default = self.text(RATE_DEFAULT).is_some().then(|| self.number(RATE_DEFAULT, 1, 1..=60_000_000));
        let mut limits = ProviderLimits::default();
        let rates = limits.add_rates(self.text(PROVIDER_RATES).unwrap_or("{}"), default, directory);
        let budgets = limits.add_budgets(self.text(PROVIDER_BUDGETS).unwrap_or("{}"), directory);
        for (name, added) in [(PROVIDER_RATES, rates), (PROVIDER_BUDGETS, budgets)] {
            self.wrong.extend(added.err().map(|why| format!("{name}: {why}")));
        }
        limits
    }

    fn webhook(&mut self) -> Option<Webhook> {
        let url = self.text(WEBHOOK).map(str::to_owned)?;
        let Some(secret) = self.text(WEBHOOK_SECRET).and_then(Secret::new) else {
            self.wrong.push(format!("{WEBHOOK_SECRET}: without it nobody could tell who sends the notices"));
            return None;
        };
        Webhook::new(&url, secret).map_err(|why| self.wrong.push(format!("{WEBHOOK}: {why}"))).ok()
    }

    fn prices(&mut self) -> OwnPrices {
        let read = |name: &str| self.text(name).map(str::to_owned);
        let own = OwnPrices { settings: read(PRICING), default: read(DEFAULT_PRICE) };
        let pricing = own.settings.as_deref().map(PriceBook::read).and_then(Result::err);
        let default = own.default.as_deref().map(PriceBook::flat).and_then(Result::err);
        for (name, error) in [(PRICING, pricing), (DEFAULT_PRICE, default)] {
            self.wrong.extend(error.map(|error| format!("{name}: {error}")));
        }
        own
    }

    fn upstreams(&mut self) -> Vec<Upstream> {
        let Some(text) = self.text(UPSTREAMS) else { return Vec::new() };
        provider::read_upstreams(text).unwrap_or_else(|mistakes| {
            self.wrong.extend(mistakes.into_iter().map(|mistake| format!("{UPSTREAMS}: {mistake}")));
            Vec::new()
        })
    }

    fn tools(&mut self) -> Registry {
        let read = Registry::read(|name| self.text(name));
        read.unwrap_or_else(|mistakes| {
            self.wrong.extend(mistakes);
            Registry::default()
        })
    }

    fn vault(&mut self) -> Option<Vault> {
        let parsed = Vault::parse(self.text(SECRET_KEY)?);
        parsed.map_err(|error| self.wrong.push(format!("{SECRET_KEY}: {error}"))).ok()
    }

    fn bases(&mut self, upstreams: &[Upstream]) -> BTreeMap<&'static str, BaseUrl> {
        let mut bases: BTreeMap<_, _> = upstreams.iter().map(|u| (u.provider.name, u.base.clone())).collect();
        for provider in PROVIDERS.iter().filter(|p| !p.offline) {
            let variable = endpoint_variable(provider);
            match self.text(&variable).map(|text| BaseUrl::parse(text.trim(), provider)) {
                None => {}
                Some(Ok(base)) => drop(bases.insert(provider.name, base)),
                Some(Err(error)) => self.wrong.push(format!("{variable}: {error}")),
            }
        }
        bases
    }

    fn credentials(
        &mut self,
        bases: &BTreeMap<&'static str, BaseUrl>,
        upstreams: &[Upstream],
    ) -> Vec<Arc<Credential>> {
        let mut found = Vec::new();
        let own = PROVIDERS.iter().filter(|p| !p.offline).copied();
        for provider in own.chain(upstreams.iter().map(|upstream| upstream.provider)) {
            let base = bases.get(provider.name).cloned().unwrap_or_else(|| BaseUrl::of(provider));
            found.extend(match provider.key_variable {
                "" => Some(Credential::open(provider, base)),
                _ => self.key(provider, base),
            });
        }
        found.into_iter().map(Arc::new).collect()
    }

    /// The provider's key, where it is set and can be sent.
    fn key(&mut self, provider: &'static Provider, base: BaseUrl) -> Option<Credential> {
        let secret = self.text(provider.key_variable).and_then(Secret::new)?;
        if secret.header("").is_none() {
            self.wrong.push(format!("{}: holds bytes that no HTTP header may", provider.key_variable));
            return None;
        }
        Some(Credential::from_environment(provider, secret, base))
    }
}

/// Seconds; well under the lease of an open call, so that a call that waits is not taken for an orphan.
const LONGEST_WAIT: std::ops::RangeInclusive<u64> = 1..=600;

#[cfg(test)]
mod tests;

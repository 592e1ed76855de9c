//! Every setting, once: name, default, help. A home feeds strings in; all mistakes come out together.

use crate::credential::{BaseUrl, Credential};
use crate::ports::Patience;
use crate::price::{OwnPrices, PriceBook};
use crate::provider::{self, Directory, PROVIDERS, Provider, Upstream};
use crate::provider_limits::{ProviderLimit, ProviderLimits};
use crate::secret::Secret;
use crate::time::Millis;
use crate::vault::Vault;
use crate::webhook::Webhook;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A setting, as the README's table, `--help` and the Worker's variables show it.
pub struct Setting {
    pub name: &'static str,
    /// What holds when it is not set.
    pub default: &'static str,
    pub help: &'static str,
    pub secret: bool,
}

/// All settings but the per-provider ones: each provider's key variable, and `PROXYAGENT_<NAME>_ENDPOINT`.
pub static SETTINGS: &[Setting] = &[
    Setting {
        name: HOME,
        default: "~/.proxyagent",
        help: "where the native server keeps its database and admin token",
        secret: false,
    },
    Setting {
        name: ADMIN_TOKEN,
        default: "made at first start",
        help: "the admin token; required on the Worker",
        secret: true,
    },
    Setting {
        name: SECRET_KEY,
        default: "a file made at first start",
        help: "the master key that seals stored credentials: 32 bytes in hex or base64, or several with the current one first; required on the Worker to store any; docs/credentials.md",
        secret: true,
    },
    Setting {
        name: MODEL_MAP,
        default: "{}",
        help: "aliases as JSON, {\"match\": \"target\"}; stored aliases of the same match win",
        secret: false,
    },
    Setting {
        name: UPSTREAMS,
        default: "[]",
        help: "further providers as JSON, e.g. [{\"name\": \"ollama\", \"base_url\": \"http://127.0.0.1:11434\", \"free\": true}]; docs/upstreams.md",
        secret: false,
    },
    Setting {
        name: PROVIDER_RATES,
        default: "{}",
        help: "calls per minute to a provider, over all tokens, as JSON, e.g. {\"openai\": 600}",
        secret: false,
    },
    Setting {
        name: RATE_DEFAULT,
        default: "none",
        help: "calls per minute to each provider that PROXYAGENT_PROVIDER_RATE_LIMITS does not name",
        secret: false,
    },
    Setting {
        name: PROVIDER_BUDGETS,
        default: "{}",
        help: "dollars for a provider, over all tokens, as JSON, e.g. {\"anthropic\": \"50/month\"}",
        secret: false,
    },
    Setting {
        name: PRICING,
        default: "{}",
        help: "prices of your own as JSON, or the path of a file of it: {\"provider:model\": {\"in\": 1, \"out\": 5}}, in dollars per million tokens; docs/prices.md",
        secret: false,
    },
    Setting {
        name: DEFAULT_PRICE,
        default: "none",
        help: "what a model without a known price costs: IN/OUT in dollars per million tokens, e.g. 10/50; without it, tokens with a budget may not use one",
        secret: false,
    },
    Setting {
        name: WEBHOOK,
        default: "none",
        help: "URL that is told, once per window, when a budget is used to 80 and to 100 per cent; docs/budgets.md",
        secret: false,
    },
    Setting {
        name: WEBHOOK_SECRET,
        default: "none",
        help: "what those notices are signed with (HMAC-SHA256)",
        secret: true,
    },
    Setting {
        name: RETENTION,
        default: "90",
        help: "days that calls are kept; usage counters stay",
        secret: false,
    },
    Setting {
        name: CONNECT,
        default: "10",
        help: "seconds an upstream may take to accept a connection",
        secret: false,
    },
    Setting {
        name: FIRST_BYTE,
        default: "300",
        help: "seconds an upstream may take to begin its answer",
        secret: false,
    },
    Setting {
        name: IDLE,
        default: "120",
        help: "seconds an upstream may be silent within an answer",
        secret: false,
    },
    Setting {
        name: HANGUP_DRAIN,
        default: "25",
        help: "seconds an answer is still read after its caller hung up, so that its true usage is charged",
        secret: false,
    },
    Setting { name: PROXY, default: "none", help: "which proxy the command line talks to", secret: false },
    Setting {
        name: TOKEN,
        default: "none",
        help: "the machine token that `run` hands to a harness",
        secret: true,
    },
];

/// The resolved settings.
pub struct Config {
    /// SHA-256 of the admin token.
    pub admin: Option<[u8; 32]>,
    /// Aliases from the settings, as (match, target).
    pub model_map: Vec<(String, String)>,
    pub patience: Patience,
    pub hangup_drain: Millis,
    pub retention: Millis,
    pub provider_limits: ProviderLimits,
    /// Who is told that a budget is nearly used up.
    pub webhook: Option<Webhook>,
    /// The operator's own prices.
    pub prices: OwnPrices,
    /// The most bytes a request body may have.
    pub body_limit: usize,
    /// The providers that names are looked up in.
    pub directory: Directory,
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
            provider_limits: form.provider_limits(&directory),
            webhook: form.webhook(),
            prices: form.prices(),
            body_limit: 32 << 20,
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
const HOME: &str = "PROXYAGENT_HOME";
const ADMIN_TOKEN: &str = "PROXYAGENT_ADMIN_TOKEN";
const SECRET_KEY: &str = "PROXYAGENT_SECRET_KEY";
const MODEL_MAP: &str = "PROXYAGENT_MODEL_MAP";
const UPSTREAMS: &str = "PROXYAGENT_UPSTREAMS";
const PROVIDER_RATES: &str = "PROXYAGENT_PROVIDER_RATE_LIMITS";
const RATE_DEFAULT: &str = "PROXYAGENT_RATE_LIMIT_DEFAULT";
const PROVIDER_BUDGETS: &str = "PROXYAGENT_PROVIDER_BUDGETS";
const PRICING: &str = "PROXYAGENT_PRICING";
const DEFAULT_PRICE: &str = "PROXYAGENT_DEFAULT_PRICE";
const WEBHOOK: &str = "PROXYAGENT_BUDGET_WEBHOOK";
const WEBHOOK_SECRET: &str = "PROXYAGENT_BUDGET_WEBHOOK_SECRET";
const RETENTION: &str = "PROXYAGENT_RETENTION_DAYS";
const CONNECT: &str = "PROXYAGENT_CONNECT_TIMEOUT";
const FIRST_BYTE: &str = "PROXYAGENT_FIRST_BYTE_TIMEOUT";
const IDLE: &str = "PROXYAGENT_IDLE_TIMEOUT";
const HANGUP_DRAIN: &str = "PROXYAGENT_HANGUP_DRAIN";
const PROXY: &str = "PROXYAGENT_PROXY";
const TOKEN: &str = "PROXYAGENT_TOKEN";

#[cfg(test)]
mod tests;

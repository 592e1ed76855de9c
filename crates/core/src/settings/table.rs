//! The names of all settings, their defaults, and what each is for. Nothing is read here.

use crate::tool::registry;

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
        name: DATABASE_URL,
        default: "none",
        help: "postgres://…, a PostgreSQL that several instances share instead of the SQLite file; native server only",
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
        name: registry::TOOLS,
        default: "[]",
        help: "tools that the proxy runs, as JSON; docs/tools.md",
        secret: true,
    },
    Setting {
        name: registry::NO_SEARCH,
        default: "0",
        help: "1: there is no built-in web_search",
        secret: false,
    },
    Setting {
        name: registry::SEARXNG,
        default: "none",
        help: "a SearXNG of your own that web_search asks; else TAVILY_API_KEY, else BRAVE_API_KEY, else instant answers without a key",
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
    Setting {
        name: METRICS_PUBLIC,
        default: "0",
        help: "1: /metrics answers without the admin token",
        secret: false,
    },
    Setting {
        name: CACHE_TTL,
        default: "0",
        help: "seconds that a complete answer is given again for the same request of the same token; 0 keeps none; docs/cache.md",
        secret: false,
    },
    Setting {
        name: CACHE_BYTES,
        default: "67108864",
        help: "the most that kept answers may take together; one may take an eighth, up to 8 MiB",
        secret: false,
    },
    Setting {
        name: CACHE_GROUPS,
        default: "{}",
        help: "tokens that share kept answers, as JSON of group names and lists of labels (with * and ?) or ids, e.g. {\"ci\": [\"ci-*\"]}",
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

pub(super) const HOME: &str = "PROXYAGENT_HOME";
pub(super) const ADMIN_TOKEN: &str = "PROXYAGENT_ADMIN_TOKEN";
const DATABASE_URL: &str = "PROXYAGENT_DATABASE_URL";
pub(super) const SECRET_KEY: &str = "PROXYAGENT_SECRET_KEY";
pub(super) const MODEL_MAP: &str = "PROXYAGENT_MODEL_MAP";
pub(super) const UPSTREAMS: &str = "PROXYAGENT_UPSTREAMS";
pub(super) const PROVIDER_RATES: &str = "PROXYAGENT_PROVIDER_RATE_LIMITS";
pub(super) const RATE_DEFAULT: &str = "PROXYAGENT_RATE_LIMIT_DEFAULT";
pub(super) const PROVIDER_BUDGETS: &str = "PROXYAGENT_PROVIDER_BUDGETS";
pub(super) const PRICING: &str = "PROXYAGENT_PRICING";
pub(super) const DEFAULT_PRICE: &str = "PROXYAGENT_DEFAULT_PRICE";
pub(super) const WEBHOOK: &str = "PROXYAGENT_BUDGET_WEBHOOK";
pub(super) const WEBHOOK_SECRET: &str = "PROXYAGENT_BUDGET_WEBHOOK_SECRET";
pub(super) const RETENTION: &str = "PROXYAGENT_RETENTION_DAYS";
pub(super) const CONNECT: &str = "PROXYAGENT_CONNECT_TIMEOUT";
pub(super) const FIRST_BYTE: &str = "PROXYAGENT_FIRST_BYTE_TIMEOUT";
pub(super) const IDLE: &str = "PROXYAGENT_IDLE_TIMEOUT";
pub(super) const HANGUP_DRAIN: &str = "PROXYAGENT_HANGUP_DRAIN";
pub(super) const METRICS_PUBLIC: &str = "PROXYAGENT_METRICS_PUBLIC";
pub(super) const CACHE_TTL: &str = "PROXYAGENT_CACHE_TTL";
pub(super) const CACHE_BYTES: &str = "PROXYAGENT_CACHE_BYTES";
pub(super) const CACHE_GROUPS: &str = "PROXYAGENT_CACHE_GROUPS";
pub(super) const PROXY: &str = "PROXYAGENT_PROXY";
pub(super) const TOKEN: &str = "PROXYAGENT_TOKEN";

//! The operator's own upstreams: further providers by configuration alone (`PROXYAGENT_UPSTREAMS`), for everything that
//! imitates one of the three vendors' dialects: Ollama, vLLM, LM Studio, a hosted provider that has no file here.

use super::{Billing, Endpoint, KeyHeader, PROVIDERS, Provider, StreamUsage};
use crate::credential::BaseUrl;
use crate::dialect::{Dialect, Operation};
use crate::translate::Takes;
use serde::Deserialize;

/// One configured upstream.
#[derive(Debug)]
pub(crate) struct Upstream {
    pub(crate) provider: &'static Provider,
    pub(crate) base: BaseUrl,
}

/// As the operator writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    base_url: String,
    #[serde(default = "chat")]
    dialect: String,
    /// Without one, no credential is sent.
    key_variable: Option<String>,
    /// For lists.
    #[serde(default)]
    models: Vec<String>,
    /// Its calls cost nothing. Otherwise their price is unknown, and a token with a budget may not make any.
    #[serde(default)]
    free: bool,
    /// Plain HTTP also to other machines.
    #[serde(default)]
    allow_http: bool,
}

/// Reads a JSON array of upstreams. They are leaked: they live as long as the process, like the providers beside them,
/// and are read once at start.
///
/// # Errors
/// One sentence for each mistake.
pub(crate) fn read(text: &str) -> Result<Vec<Upstream>, Vec<String>> {
    let written: Vec<Written> =
        serde_json::from_str(text).map_err(|e| vec![format!("not a list of upstreams: {e}")])?;
    let (mut upstreams, mut wrong) = (Vec::<Upstream>::new(), Vec::new());
    for one in written {
        let name = one.name.clone();
        let twice = upstreams.iter().any(|other| other.provider.name == name);
        match if twice { Err("the name is given twice".to_owned()) } else { one.settle() } {
            Ok(upstream) => upstreams.push(upstream),
            Err(why) => wrong.push(format!("{name:?}: {why}")),
        }
    }
    if wrong.is_empty() { Ok(upstreams) } else { Err(wrong) }
}

impl Written {
    fn settle(self) -> Result<Upstream, String> {
        check_name(&self.name)?;
        let shape = SHAPES.iter().find(|shape| shape.dialect.name() == self.dialect);
        let shape = shape.ok_or_else(|| {
            let names: Vec<&str> = SHAPES.iter().map(|shape| shape.dialect.name()).collect();
            format!("there is no dialect {:?} to speak (there are {})", self.dialect, names.join(", "))
        })?;
        let base = BaseUrl::upstream(&self.base_url, shape.endpoints, shape.version, self.allow_http)?;
        if let Some(variable) = &self.key_variable {
            check_variable(variable)?;
        }
        let unfit =
            |model: &&String| model.is_empty() || model.len() > 256 || model.contains(char::is_whitespace);
        if let Some(model) = self.models.iter().find(unfit) {
            return Err(format!("no model is named {model:?}"));
        }
        let name: &'static str = self.name.leak();
        let models: Vec<&'static str> = self.models.into_iter().map(|model| &*model.leak()).collect();
        let provider = Provider {
            name,
            label: name,
            base_url: base.as_str().to_owned().leak(),
            key_variable: self.key_variable.map_or("", |variable| variable.leak()),
            key_header: shape.key_header,
            endpoints: shape.endpoints,
            prefixes: &[],
            default_headers: shape.default_headers,
            stream_usage: StreamUsage::Ask,
            billing: if self.free { Billing::Free } else { Billing::Table },
            example_models: models.leak(),
            offline: false,
            kinds: &[],
            login: None,
        };
        Ok(Upstream { provider: Box::leak(Box::new(provider)), base })
    }
}

fn chat() -> String {
    Dialect::Chat.name().to_owned()
}

fn check_name(name: &str) -> Result<(), String> {
    let fits = (1..=32).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !fits {
        return Err("a name is 1 to 32 lower-case letters, digits and -, and begins with a letter".to_owned());
    }
    let offline = |provider: &&Provider| provider.offline && name.starts_with(&format!("{}-", provider.name));
    if RESERVED.contains(&name) || PROVIDERS.iter().any(|known| known.name == name || offline(known)) {
        return Err("the name is taken".to_owned());
    }
    Ok(())
}

/// Both homes hand over only variables that end so; and no other secret of the process can be sent by mistake.
fn check_variable(variable: &str) -> Result<(), String> {
    let fits = variable.len() <= 64
        && variable.ends_with("_API_KEY")
        && variable.starts_with(|c: char| c.is_ascii_uppercase())
        && variable.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if !fits {
        return Err(format!("key_variable {variable:?} must be upper-case and end in _API_KEY"));
    }
    if PROVIDERS.iter().any(|known| known.key_variable == variable) {
        return Err(format!("key_variable {variable:?} is the key of another provider"));
    }
    Ok(())
}

/// What an upstream of one dialect looks like.
struct Shape {
    dialect: Dialect,
    endpoints: &'static [Endpoint],
    /// What its base URL has for a path when the operator writes none.
    version: &'static str,
    key_header: KeyHeader,
    default_headers: &'static [(&'static str, &'static str)],
}

static SHAPES: &[Shape] = &[
    Shape {
        dialect: Dialect::Chat,
        endpoints: &[
            Endpoint::new(Dialect::Chat, Operation::Generate, "/chat/completions").taking(MODEST),
            Endpoint::new(Dialect::Chat, Operation::Completions, "/completions"),
            Endpoint::new(Dialect::Chat, Operation::Embeddings, "/embeddings"),
            Endpoint::new(Dialect::Chat, Operation::Images, "/images/generations"),
            Endpoint::new(Dialect::Chat, Operation::Speech, "/audio/speech"),
            Endpoint::new(Dialect::Chat, Operation::Transcriptions, "/audio/transcriptions"),
        ],
        version: "/v1",
        key_header: KeyHeader::Bearer,
        default_headers: &[],
    },
    Shape {
        dialect: Dialect::Messages,
        endpoints: &[
            Endpoint::new(Dialect::Messages, Operation::Generate, "/v1/messages")
                .taking(Takes { adaptive_thinking: false, ..Takes::ALL }),
            Endpoint::new(Dialect::Messages, Operation::CountTokens, "/v1/messages/count_tokens"),
        ],
        version: "",
        key_header: KeyHeader::Named("x-api-key"),
        default_headers: &[("anthropic-version", "2023-06-01")],
    },
    Shape {
        dialect: Dialect::Responses,
        endpoints: &[Endpoint::new(Dialect::Responses, Operation::Generate, "/responses")],
        version: "/v1",
        key_header: KeyHeader::Bearer,
        default_headers: &[],
    },
];

/// What every imitation of Chat understands.
const MODEST: Takes = Takes { max_completion_tokens: false, reasoning_effort: false, ..Takes::ALL };

/// First segments of other routes, providers to come, and words that would be mistaken for something else.
const RESERVED: &[&str] = &[
    "admin",
    "api",
    "azure",
    "bedrock",
    "dashboard",
    "healthz",
    "metrics",
    "model",
    "models",
    "oauth",
    "readyz",
    "mcp",
    "static",
    "tool",
    "v1",
    "v1beta",
    "vertex",
];

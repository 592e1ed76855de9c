//! The built-in `web_search`: one tool, and behind it whichever search the operator has: a SearXNG of their own, Tavily or
//! Brave by their keys, else one that needs no key and says what it is.

use super::address::Reach;
use super::fetch::{self, Limits, percent_encoded};
use super::registry::{Runner, Tool};
use crate::money::Nano;
use crate::secret::Secret;
use crate::time::Millis;
use bytes::Bytes;
use http::{HeaderName, Method, Request, Uri, header};
use serde_json::{Map, Value, json};

/// Who searches.
pub(crate) enum Search {
    /// The operator's own; its JSON format must be switched on there.
    Searxng {
        url: Uri,
        reach: Reach,
    },
    Tavily(Secret),
    Brave(Secret),
    Keyless,
}

impl Search {
    /// The tool that models see; the same whoever searches, so that a change behind it disturbs no prompt cache.
    pub(crate) fn tool(self) -> Tool {
        Tool {
            name: NAME.to_owned(),
            description: DESCRIPTION.to_owned(),
            input_schema: json!({
                "type": "object",
                "properties": {
                    "query": {"type": "string", "description": "What to search for", "minLength": 1, "maxLength": 400},
                    "max_results": {"type": "integer", "description": "How many results, 5 if not given", "minimum": 1, "maximum": 10},
                },
                "required": ["query"],
                "additionalProperties": false,
            }),
            price: self.price(),
            runner: Runner::Search(self),
        }
    }

    /// As lists and results name it.
    pub(crate) fn source(&self) -> &'static str {
        match self {
            Self::Searxng { .. } => "searxng",
            Self::Tavily(_) => "tavily",
            Self::Brave(_) => "brave",
            Self::Keyless => "duckduckgo instant answers",
        }
    }

    /// The public price of one basic search: Tavily $0.008 a credit, Brave $5 a thousand.
    fn price(&self) -> Nano {
        match self {
            Self::Tavily(_) => Nano(8_000_000),
            Self::Brave(_) => Nano(5_000_000),
            Self::Searxng { .. } | Self::Keyless => Nano::ZERO,
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        let reach = if let Self::Searxng { reach, .. } = self { *reach } else { Reach::Public };
        Limits { reach, timeout: Millis::seconds(20), most_bytes: 1 << 20 }
    }

    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        match self {
            Self::Tavily(secret) | Self::Brave(secret) => Some(secret),
            Self::Searxng { .. } | Self::Keyless => None,
        }
        .into_iter()
    }

    /// # Errors
    /// What would be sent is no request; this does not happen with checked arguments.
    pub(crate) fn request(&self, arguments: &Map<String, Value>) -> Result<Request<Bytes>, String> {
        let query = arguments.get("query").and_then(Value::as_str).unwrap_or_default();
        let (words, most) = (percent_encoded(query), most(arguments));
        let (url, body) = match self {
            Self::Searxng { url, .. } => {
                let base = url.to_string();
                let base = base.trim_end_matches('/');
                (format!("{}/search?q={words}&format=json", base.trim_end_matches("/search")), Bytes::new())
            }
            Self::Tavily(_) => {
                let body = json!({"query": query, "max_results": most, "search_depth": "basic"});
                ("https://api.tavily.com/search".to_owned(), body.to_string().into())
            }
            Self::Brave(_) => {
                let base = "https://api.search.brave.com/res/v1/web/search";
                (format!("{base}?q={words}&count={most}"), Bytes::new())
            }
            Self::Keyless => {
                let rest = "&format=json&no_html=1&no_redirect=1&skip_disambig=1";
                (format!("https://api.duckduckgo.com/?q={words}{rest}"), Bytes::new())
            }
        };
        let mut request = Request::new(body);
        if matches!(self, Self::Tavily(_)) {
            *request.method_mut() = Method::POST;
        }
        *request.uri_mut() = url.parse().map_err(|_| "the query does not fit into a URL".to_owned())?;
        fetch::ask_json(&mut request);
        let key = match self {
            Self::Tavily(secret) => secret.header("Bearer ").map(|value| (header::AUTHORIZATION, value)),
            Self::Brave(secret) => {
                secret.header("").map(|value| (HeaderName::from_static("x-subscription-token"), value))
            }
            Self::Searxng { .. } | Self::Keyless => None,
        };
        request.headers_mut().extend(key);
        Ok(request)
    }

    /// The results in one shape, as JSON text. `None` where the answer is not one of this search.
    pub(crate) fn results(&self, body: &[u8], arguments: &Map<String, Value>) -> Option<String> {
        let answer: Value = serde_json::from_slice(body).ok()?;
        let list = |at: &str| answer.pointer(at).and_then(Value::as_array).map(Vec::as_slice);
        let found: Vec<Value> = match self {
            Self::Tavily(_) | Self::Searxng { .. } => {
                list("/results")?.iter().map(|one| result(one, "title", "url", "content")).collect()
            }
            Self::Brave(_) => list("/web/results")
                .unwrap_or_default()
                .iter()
                .map(|one| result(one, "title", "url", "description"))
                .collect(),
            Self::Keyless => instant(&answer)?,
        };
        let found: Vec<Value> = found.into_iter().take(most(arguments)).collect();
        let said = match self {
            Self::Keyless => json!({"source": self.source(), "note": KEYLESS, "results": found}),
            _ => json!({"source": self.source(), "results": found}),
        };
        Some(said.to_string())
    }
}

fn most(arguments: &Map<String, Value>) -> usize {
    let asked = arguments.get("max_results").and_then(Value::as_f64).unwrap_or(5.0);
    (1..=10)
        .rev()
        .find(|most| f64::from(*most) <= asked)
        .and_then(|most| usize::try_from(most).ok())
        .unwrap_or(1)
}

fn result(one: &Value, title: &str, url: &str, text: &str) -> Value {
    let part = |name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default();
    json!({"title": part(title), "url": part(url), "text": shortened(part(text))})
}

/// DuckDuckGo's abstract, its direct answer, and what it calls related topics.
fn instant(answer: &Value) -> Option<Vec<Value>> {
    let part = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
    answer.get("RelatedTopics")?;
    let mut found = Vec::new();
    if !part("AbstractText").is_empty() {
        found.push(result(answer, "Heading", "AbstractURL", "AbstractText"));
    }
    if !part("Answer").is_empty() {
        found.push(result(answer, "Heading", "AbstractURL", "Answer"));
    }
    let topics = answer.get("RelatedTopics").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let groups = topics.iter().filter_map(|topic| topic.get("Topics").and_then(Value::as_array)).flatten();
    let topics = topics.iter().chain(groups).filter(|topic| topic.get("Text").is_some());
    found.extend(topics.map(|topic| result(topic, "Text", "FirstURL", "Text")));
    Some(found)
}

fn shortened(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST_TEXT)).unwrap_or(text)
}

const NAME: &str = "web_search";
const DESCRIPTION: &str = "Searches the web and returns the titles, addresses and short texts of the best results. Use it for facts that are recent or that you are not sure of.";
const KEYLESS: &str = "No search key is configured on the proxy. These are DuckDuckGo's instant answers: encyclopedic topics only, not a search of the web. No results does not mean that there are none.";
/// Bytes of text of one result.
const LONGEST_TEXT: usize = 4096;

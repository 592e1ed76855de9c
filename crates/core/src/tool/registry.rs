//! The tools that there are: the built-in search and the operator's own. A broken entry stops the start, so that what is
//! listed can be called.

use super::http_tool::{self, HttpTool, Written};
use super::search::Search;
use crate::money::Nano;
use crate::secret::Secret;
use serde_json::Value;
use std::sync::Arc;

/// Something that the proxy runs for a model or a caller.
pub(crate) struct Tool {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) input_schema: Value,
    /// Of each call that reached the tool's server.
    pub(crate) price: Nano,
    pub(crate) runner: Runner,
}

/// How a tool is run.
pub(crate) enum Runner {
    Http(HttpTool),
    Search(Search),
}

/// All tools by configuration, by name.
#[derive(Default)]
pub(crate) struct Registry(Vec<Arc<Tool>>);

impl Registry {
    /// The tools that the settings name; `text` gives a setting that is not empty.
    ///
    /// # Errors
    /// One line for each mistake, which begins with the setting's name.
    pub(crate) fn read<'a>(text: impl Fn(&str) -> Option<&'a str>) -> Result<Self, Vec<String>> {
        let (mut tools, mut wrong) = (Vec::<Arc<Tool>>::new(), Vec::new());
        match text(NO_SEARCH).map(str::trim) {
            Some("1") => {}
            None | Some("0") => match search(&text) {
                Ok(search) => tools.push(Arc::new(search.tool())),
                Err(mistake) => wrong.push(mistake),
            },
            Some(_) => wrong.push((NO_SEARCH, "must be 0 or 1".to_owned())),
        }
        let written = text(TOOLS).map_or(Ok(Vec::new()), serde_json::from_str::<Vec<Written>>);
        let written = written.unwrap_or_else(|error| {
            wrong.push((TOOLS, format!("not a list of tools: {error}")));
            Vec::new()
        });
        for one in written {
            let name = one.name.clone();
            match one.settle() {
                Ok(tool) if tools.iter().any(|other| other.name == tool.name) => {
                    wrong.push((TOOLS, format!("{name:?}: there is another tool of that name")));
                }
                Ok(tool) => tools.push(Arc::new(tool)),
                Err(why) => wrong.push((TOOLS, format!("{name:?}: {why}"))),
            }
        }
        tools.sort_by(|a, b| a.name.cmp(&b.name));
        if wrong.is_empty() {
            return Ok(Self(tools));
        }
        Err(wrong.into_iter().map(|(name, why)| format!("{name}: {why}")).collect())
    }

    pub(crate) fn all(&self) -> &[Arc<Tool>] {
        &self.0
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Arc<Tool>> {
        self.0.iter().find(|tool| tool.name == name)
    }

    /// The secrets that must never leave.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.0.iter().flat_map(|tool| tool.secrets())
    }
}

impl Tool {
    pub(crate) fn secrets(&self) -> Box<dyn Iterator<Item = &Secret> + '_> {
        match &self.runner {
            Runner::Http(http) => Box::new(http.secrets()),
            Runner::Search(search) => Box::new(search.secrets()),
        }
    }
}

fn search<'a>(text: impl Fn(&str) -> Option<&'a str>) -> Result<Search, (&'static str, String)> {
    if let Some(text) = text(SEARXNG) {
        // Whoever hosts their own names it here: that is the list.
        let host = text.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
        let listed: Vec<String> = host.into_iter().collect();
        let (url, reach) = http_tool::place(text, &listed).map_err(|why| (SEARXNG, why))?;
        if url.query().is_some() {
            return Err((SEARXNG, "the address of a SearXNG has no query".to_owned()));
        }
        return Ok(Search::Searxng { url, reach });
    }
    let key = |text: Option<&str>, name: &'static str| {
        let secret = text.and_then(Secret::new);
        match secret {
            Some(secret) if secret.header("").is_none() => {
                Err((name, "holds bytes that no HTTP header may".to_owned()))
            }
            other => Ok(other),
        }
    };
    if let Some(secret) = key(text(TAVILY), TAVILY)? {
        return Ok(Search::Tavily(secret));
    }
    Ok(key(text(BRAVE), BRAVE)?.map_or(Search::Keyless, Search::Brave))
}

pub(crate) const TOOLS: &str = "PROXYAGENT_TOOLS";
pub(crate) const NO_SEARCH: &str = "PROXYAGENT_DISABLE_WEB_SEARCH";
pub(crate) const SEARXNG: &str = "PROXYAGENT_SEARXNG_URL";
pub(crate) const TAVILY: &str = "TAVILY_API_KEY";
pub(crate) const BRAVE: &str = "BRAVE_API_KEY";

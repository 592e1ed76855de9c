//! Models on Google's Vertex AI: where a request goes and what its body becomes there.
//! Source: docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude, …/model-reference/inference.

pub mod model_id;
pub mod service_account;

use crate::cloud::names::Name;
use crate::dialect::{Dialect, Operation};
use crate::envelope::Splice;
use bytes::Bytes;
use http::HeaderMap;

/// A project and where it computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub project: Name,
    pub location: Name,
}

impl Place {
    /// The location's host.
    pub fn base(&self) -> String {
        match self.location.as_str() {
            "global" => "https://aiplatform.googleapis.com".to_owned(),
            // Multi-regions.
            location @ ("us" | "eu") => format!("https://aiplatform.{location}.rep.googleapis.com"),
            location => format!("https://{location}-aiplatform.googleapis.com"),
        }
    }

    /// The path of an operation; `None` where Vertex AI does not have it. `model` is the name it has there.
    pub fn path(&self, dialect: Dialect, operation: Operation, model: &Name, stream: bool) -> Option<String> {
        let tail = match (dialect, operation) {
            (Dialect::Messages, Operation::Generate) => {
                let method = if stream { "streamRawPredict" } else { "rawPredict" };
                format!("publishers/anthropic/models/{model}:{method}")
            }
            (Dialect::Messages, Operation::CountTokens) => {
                "publishers/anthropic/models/count-tokens:rawPredict".to_owned()
            }
            (Dialect::Gemini, Operation::Generate) => {
                let method = if stream { "streamGenerateContent" } else { "generateContent" };
                format!("publishers/google/models/{model}:{method}")
            }
            (Dialect::Gemini, Operation::CountTokens) => {
                format!("publishers/google/models/{model}:countTokens")
            }
            (Dialect::Chat, Operation::Generate) => "endpoints/openapi/chat/completions".to_owned(),
            _ => return None,
        };
        Some(format!("/v1/projects/{}/locations/{}/{tail}", self.project, self.location))
    }
}

/// The body of an operation that [`Place::path`] has, and the members it lost.
pub fn body(dialect: Dialect, operation: Operation, model: &Name, body: Bytes) -> (Bytes, Vec<&'static str>) {
    let splice = match (dialect, operation) {
        (Dialect::Messages, Operation::Generate) => {
            Splice::default().without("model").without("tags").last("anthropic_version", VERSION)
        }
        // The path does not say the model.
        (Dialect::Messages, _) => {
            Splice::default().last("model", &quoted(model.as_str())).last("anthropic_version", VERSION)
        }
        (Dialect::Chat, _) => Splice::default().last("model", &quoted(&format!("google/{model}"))),
        _ => return (body, Vec::new()),
    };
    let (body, gone) = splice.apply(&body);
    (body, gone.into_iter().filter(|name| *name == "tags").collect())
}

/// The version stands in the body, and Vertex AI refuses a request with flags that it does not know.
pub fn fit_headers(headers: &mut HeaderMap) {
    headers.remove("anthropic-version");
    let flags: Vec<String> = headers
        .get_all(BETA)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|flag| !flag.is_empty() && !UNKNOWN_FLAGS.iter().any(|unknown| flag.starts_with(unknown)))
        .map(str::to_owned)
        .collect();
    headers.remove(BETA);
    if let Ok(value) = flags.join(",").parse()
        && !flags.is_empty()
    {
        headers.insert(BETA, value);
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

const BETA: &str = "anthropic-beta";
/// Of JSON: it is spliced in as it stands.
const VERSION: &str = "\"vertex-2023-10-16\"";
/// Beginnings of flags that public gateways keep from Vertex AI.
const UNKNOWN_FLAGS: &[&str] = &[
    "advisor-tool",
    "code-execution",
    "effort-2025-11-24",
    "fast-mode",
    "files-api",
    "fine-grained-tool-streaming",
    "mcp-client",
    "output-128k",
    "prompt-caching-scope",
    "skills",
    "structured-outputs",
    "token-efficient-tools",
    "web-fetch",
];

#[cfg(test)]
mod tests;

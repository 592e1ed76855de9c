//! Claude on Amazon Bedrock: where a Messages request goes and what its body becomes there.
//! Source: docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html.

pub mod answer;
pub mod betas;
pub mod model_id;
pub mod stream;

use crate::cloud::names::Name;
use crate::envelope::Splice;
use crate::meter::json::{elements, first_member, word};
use crate::percent;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderMap;

/// The host of a region.
pub fn base(region: &Name) -> String {
    let suffix = if region.as_str().starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://bedrock-runtime.{region}.{suffix}")
}

/// Of a generation. The id is one segment, encoded: an ARN has a `/`.
pub fn invoke_path(id: &Name, stream: bool) -> String {
    let operation = if stream { "invoke-with-response-stream" } else { "invoke" };
    format!("/model/{}/{operation}", percent::encoded(id.as_str().as_bytes()))
}

/// Of a token count, which knows models only, no profiles.
pub fn count_path(id: &Name) -> String {
    let model = model_id::without_profile(id.as_str());
    format!("/model/{}/count-tokens", percent::encoded(model.as_bytes()))
}

/// The body of a generation: the path says the model and whether to stream, the body the version and the betas.
pub fn invoke_body(body: &Bytes, headers: &HeaderMap, allowed: &[&str]) -> (Bytes, Vec<&'static str>) {
    let betas = betas_of(body, headers, allowed);
    let mut splice = without_foreign(Splice::default()).last("anthropic_version", VERSION);
    splice = if betas.is_empty() {
        splice.without("anthropic_beta")
    } else {
        splice.last("anthropic_beta", &serde_json::Value::from(betas).to_string())
    };
    let (body, gone) = splice.apply(body);
    (body, gone.into_iter().filter(|name| FOREIGN.contains(name)).collect())
}

/// The body of a token count: an invocation's body inside another. It must have a limit for the output, above what
/// thinking may use, and no empty list of tools.
pub fn count_body(body: &Bytes, headers: &HeaderMap) -> Bytes {
    let budget = first_member(body, b"thinking")
        .and_then(|thinking| first_member(thinking, b"budget_tokens"))
        .and_then(|budget| std::str::from_utf8(budget).ok()?.trim().parse::<u64>().ok());
    let mut splice = without_foreign(Splice::default())
        .without("anthropic_beta")
        .first("anthropic_version", VERSION)
        .first("max_tokens", &budget.map_or(1, |budget| budget.saturating_add(1)).to_string());
    if first_member(body, b"tools").is_some_and(|tools| elements(tools).next().is_none()) {
        splice = splice.without("tools");
    }
    let betas = betas_of(body, headers, betas::COUNTING);
    if !betas.is_empty() {
        splice = splice.last("anthropic_beta", &serde_json::Value::from(betas).to_string());
    }
    let (inner, _) = splice.apply(body);
    format!("{{\"input\":{{\"invokeModel\":{{\"body\":\"{}\"}}}}}}", STANDARD.encode(&inner)).into()
}

/// Headers that Bedrock does not read, and those that the body says.
pub fn strip_headers(headers: &mut HeaderMap) {
    let foreign = |name: &str| name.starts_with("anthropic-") || name.starts_with("x-stainless-");
    let names: Vec<http::HeaderName> =
        headers.keys().filter(|name| foreign(name.as_str())).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

/// The caller's flags, from the header and from the body.
fn betas_of(body: &Bytes, headers: &HeaderMap, allowed: &[&str]) -> Vec<String> {
    let listed = headers.get_all("anthropic-beta").iter().filter_map(|value| value.to_str().ok());
    let written =
        first_member(body, b"anthropic_beta").into_iter().flat_map(|list| elements(list)).filter_map(word);
    let asked: Vec<&str> = listed.flat_map(|value| value.split(',')).chain(written).collect();
    betas::accepted(&asked, allowed).into_iter().map(str::to_owned).collect()
}

fn without_foreign(splice: Splice) -> Splice {
    ["model", "stream"].iter().chain(FOREIGN).fold(splice, |splice, name| splice.without(name))
}

/// Of JSON: it is spliced in as it stands.
const VERSION: &str = "\"bedrock-2023-05-31\"";

/// Members of the dialect that Bedrock answers with "extraneous key".
const FOREIGN: &[&str] = &[
    "service_tier",
    "inference_geo",
    "speed",
    "container",
    "mcp_servers",
    "tags",
    "fallbacks",
    "diagnostics",
];

#[cfg(test)]
mod tests;

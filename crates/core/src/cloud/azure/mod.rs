//! OpenAI's models and Claude on Microsoft's Azure: where a request goes and what changes in it.
//! Source: learn.microsoft.com/azure/ai-foundry/openai/reference, …/openai/api-version-lifecycle,
//! platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry.

use crate::cloud::model_map::ModelMap;
use crate::cloud::names::{AZURE_DEPLOYMENT, Name};
use crate::dialect::{Dialect, Operation};
use crate::envelope::Splice;
use bytes::Bytes;

/// The host of a resource, for what is asked of it in this dialect.
pub fn base(resource: &Name, dialect: Dialect) -> String {
    match dialect {
        Dialect::Messages => format!("https://{resource}.services.ai.azure.com"),
        _ => format!("https://{resource}.openai.azure.com"),
    }
}

/// The deployment to call for `model`: what the operator mapped, otherwise one of the model's own name.
///
/// # Errors
/// What is wrong, to be written behind the model.
pub fn deployment(model: &str, map: &ModelMap) -> Result<Name, &'static str> {
    map.get(model).cloned().map_or_else(|| AZURE_DEPLOYMENT.check(model), Ok)
}

/// The path and query of an operation; `None` where Azure does not have it. With an `api_version` the older API is used,
/// which has the deployment in the path; without one the v1 API, which reads it from the body. A form is never edited, so
/// it goes to the older one anyway.
pub fn path(
    dialect: Dialect,
    operation: Operation,
    deployment: &Name,
    api_version: Option<&Name>,
    form: bool,
) -> Option<(String, Option<String>)> {
    let tail = tail(dialect, operation)?;
    if dialect == Dialect::Messages {
        return Some((format!("/anthropic/v1/{tail}"), None));
    }
    let version = api_version.map(Name::as_str).or(form.then_some(VERSION_FOR_FORMS));
    match version.filter(|_| dialect == Dialect::Chat) {
        Some(version) => {
            let path = format!("/openai/deployments/{deployment}/{tail}");
            Some((path, Some(format!("api-version={version}"))))
        }
        None => Some((format!("/openai/v1/{tail}"), None)),
    }
}

/// The caller's query without a version of the API: that is the credential's to say.
pub fn query(given: Option<&str>, own: Option<&str>) -> Option<String> {
    let kept = given.unwrap_or_default().split('&').filter(|pair| {
        !pair.is_empty()
            && !pair.split('=').next().is_some_and(|name| name.eq_ignore_ascii_case("api-version"))
    });
    let all: Vec<&str> = kept.chain(own).collect();
    (!all.is_empty()).then(|| all.join("&"))
}

/// The body with the deployment for a model; otherwise byte for byte as it came.
pub fn body(body: &Bytes, deployment: &Name) -> Bytes {
    Splice::default().value("model", &serde_json::Value::from(deployment.as_str()).to_string()).apply(body).0
}

fn tail(dialect: Dialect, operation: Operation) -> Option<&'static str> {
    TAILS.iter().find(|(d, o, _)| (*d, *o) == (dialect, operation)).map(|(.., tail)| *tail)
}

static TAILS: &[(Dialect, Operation, &str)] = &[
    (Dialect::Messages, Operation::Generate, "messages"),
    (Dialect::Messages, Operation::CountTokens, "messages/count_tokens"),
    (Dialect::Responses, Operation::Generate, "responses"),
    (Dialect::Responses, Operation::Compact, "responses/compact"),
    (Dialect::Chat, Operation::Generate, "chat/completions"),
    (Dialect::Chat, Operation::Completions, "completions"),
    (Dialect::Chat, Operation::Embeddings, "embeddings"),
    (Dialect::Chat, Operation::Images, "images/generations"),
    (Dialect::Chat, Operation::ImageEdits, "images/edits"),
    (Dialect::Chat, Operation::Speech, "audio/speech"),
    (Dialect::Chat, Operation::Transcriptions, "audio/transcriptions"),
    (Dialect::Chat, Operation::Translations, "audio/translations"),
];
/// The last one of the older API that is not a preview.
const VERSION_FOR_FORMS: &str = "2024-10-21";

/// Where Microsoft Entra gives out tokens for an application of `tenant`.
pub fn token_url(tenant: &Name) -> String {
    format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token")
}

/// What a token is asked for.
pub fn token_scope(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Messages => "https://ai.azure.com/.default",
        _ => "https://cognitiveservices.azure.com/.default",
    }
}

#[cfg(test)]
mod tests;

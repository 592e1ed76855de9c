//! The conformance cases of Azure, and what they leave open.

use super::*;
use crate::cloud::names::{AZURE_API_VERSION, AZURE_RESOURCE, ENTRA_TENANT};
use serde_json::Value;

const F03: &str = include_str!("../../../../../tests/fixtures/F03/case.json");

#[test]
fn requests_go_where_the_cases_say() {
    for (text, dialect) in [
        (include_str!("../../../../../tests/fixtures/F01/case.json"), Dialect::Chat),
        (include_str!("../../../../../tests/fixtures/F02/case.json"), Dialect::Responses),
    ] {
        let case: Value = serde_json::from_str(text).unwrap();
        let resource = AZURE_RESOURCE.check(case["credential"]["resource"].as_str().unwrap()).unwrap();
        let version = case["credential"]["api_version"].as_str().map(|v| AZURE_API_VERSION.check(v).unwrap());
        let map =
            ModelMap::parse("gpt-5.4-mini=my-mini-deployment", |name| AZURE_DEPLOYMENT.check(name)).unwrap();
        let deployment = deployment("gpt-5.4-mini", &map).unwrap();
        let (path, own) = path(dialect, Operation::Generate, &deployment, version.as_ref(), false).unwrap();
        let query = query(None, own.as_deref()).map(|query| format!("?{query}")).unwrap_or_default();
        let want = &case["upstream_request"];
        assert_eq!(format!("{}{path}{query}", base(&resource, dialect)), want["url"].as_str().unwrap());
        let body = body(&case["request"]["body"].to_string().into(), &deployment);
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["model"], want["body"]["model"]);
    }
}

#[test]
fn paths() {
    let name = AZURE_DEPLOYMENT.check("d").unwrap();
    let version = AZURE_API_VERSION.check("2025-01-01").unwrap();
    for (dialect, operation, versioned, form, want) in [
        (
            Dialect::Chat,
            Operation::Embeddings,
            true,
            false,
            Some("/openai/deployments/d/embeddings?api-version=2025-01-01"),
        ),
        (Dialect::Chat, Operation::Embeddings, false, false, Some("/openai/v1/embeddings")),
        (
            Dialect::Chat,
            Operation::Transcriptions,
            false,
            true,
            Some("/openai/deployments/d/audio/transcriptions?api-version=2024-10-21"),
        ),
        (Dialect::Responses, Operation::Generate, true, false, Some("/openai/v1/responses")),
        (Dialect::Messages, Operation::Generate, true, false, Some("/anthropic/v1/messages")),
        (
            Dialect::Messages,
            Operation::CountTokens,
            false,
            false,
            Some("/anthropic/v1/messages/count_tokens"),
        ),
        (Dialect::Gemini, Operation::Generate, false, false, None),
    ] {
        let made = path(dialect, operation, &name, versioned.then_some(&version), form)
            .map(|(path, query)| query.map_or(path.clone(), |query| format!("{path}?{query}")));
        assert_eq!(made.as_deref(), want);
    }
    let resource = AZURE_RESOURCE.check("r").unwrap();
    assert_eq!(base(&resource, Dialect::Messages), "https://r.services.ai.azure.com");
}

#[test]
fn a_callers_version_is_not_the_credentials() {
    for (given, own, want) in [
        (None, None, None),
        (Some("api-version=evil"), None, None),
        (Some("beta=true&Api-Version=evil"), Some("api-version=1"), Some("beta=true&api-version=1")),
        (Some(""), Some("api-version=1"), Some("api-version=1")),
    ] {
        assert_eq!(query(given, own).as_deref(), want);
    }
}

#[test]
fn only_the_models_value_changes() {
    let name = AZURE_DEPLOYMENT.check("d").unwrap();
    for (text, want) in [
        (r#"{"a":1.0, "model" : "m" ,"b":{"model":"m"}}"#, r#"{"a":1.0, "model" : "d" ,"b":{"model":"m"}}"#),
        (r#"{"a":1}"#, r#"{"a":1}"#),
    ] {
        assert_eq!(body(&Bytes::from_static(text.as_bytes()), &name), want);
    }
}

#[test]
fn an_entra_token_is_asked_for_as_the_case_says() {
    let case: Value = serde_json::from_str(F03).unwrap();
    let text = |name: &str| case["credential"][name].as_str().unwrap();
    let form = crate::oauth::form(&[
        ("client_id", text("client_id")),
        ("client_secret", text("client_secret")),
        ("grant_type", "client_credentials"),
        ("scope", token_scope(Dialect::Chat)),
    ]);
    assert_eq!(form, case["upstream_request"]["body_text"].as_str().unwrap());
    let tenant = ENTRA_TENANT.check(text("tenant")).unwrap();
    assert_eq!(token_url(&tenant), case["upstream_request"]["url"].as_str().unwrap());
}

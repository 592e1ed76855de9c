//! The conformance cases of Vertex AI, and what they leave open.

use super::service_account::{ServiceAccount, jwt, pkcs8};
use super::*;
use crate::cloud::model_map::ModelMap;
use crate::cloud::names::{GOOGLE_LOCATION, GOOGLE_PROJECT, VERTEX_MODEL};
use crate::time::UnixMs;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

fn place(location: &str) -> Place {
    Place {
        project: GOOGLE_PROJECT.check("fixture-project").unwrap(),
        location: GOOGLE_LOCATION.check(location).unwrap(),
    }
}

#[test]
fn requests_go_where_the_cases_say() {
    for (text, dialect) in [
        (include_str!("../../../../../tests/fixtures/E02/case.json"), Dialect::Messages),
        (include_str!("../../../../../tests/fixtures/E03/case.json"), Dialect::Messages),
        (include_str!("../../../../../tests/fixtures/E05/case.json"), Dialect::Gemini),
    ] {
        let case: Value = serde_json::from_str(text).unwrap();
        let place = place(case["credential"]["region"].as_str().unwrap());
        let sent = &case["request"]["body"];
        let asked = sent["model"].as_str().or(case["route"]["model"].as_str()).unwrap();
        let model = model_id::of(asked, &ModelMap::default()).unwrap();
        assert_eq!(model.as_str(), case["route"]["model"].as_str().unwrap());
        let stream = sent["stream"] == true;
        let path = place.path(dialect, Operation::Generate, &model, stream).unwrap();
        let want = &case["upstream_request"];
        assert_eq!(format!("{}{path}", place.base()), want["url"].as_str().unwrap());
        let (body, gone) = body(dialect, Operation::Generate, &model, sent.to_string().into());
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), want["body"]);
        assert!(gone.is_empty());
    }
}

#[test]
fn hosts_and_paths() {
    for (location, host) in [
        ("global", "https://aiplatform.googleapis.com"),
        ("us", "https://aiplatform.us.rep.googleapis.com"),
        ("eu", "https://aiplatform.eu.rep.googleapis.com"),
        ("europe-west4", "https://europe-west4-aiplatform.googleapis.com"),
    ] {
        assert_eq!(place(location).base(), host);
    }
    let model = VERTEX_MODEL.check("m").unwrap();
    for (dialect, operation, stream, want) in [
        (
            Dialect::Messages,
            Operation::CountTokens,
            false,
            Some("publishers/anthropic/models/count-tokens:rawPredict"),
        ),
        (
            Dialect::Gemini,
            Operation::Generate,
            true,
            Some("publishers/google/models/m:streamGenerateContent"),
        ),
        (Dialect::Gemini, Operation::CountTokens, false, Some("publishers/google/models/m:countTokens")),
        (Dialect::Chat, Operation::Generate, true, Some("endpoints/openapi/chat/completions")),
        (Dialect::Chat, Operation::Images, false, None),
        (Dialect::Responses, Operation::Generate, false, None),
    ] {
        let want = want.map(|tail| format!("/v1/projects/fixture-project/locations/us-east5/{tail}"));
        assert_eq!(place("us-east5").path(dialect, operation, &model, stream), want);
    }
}

#[test]
fn bodies() {
    let model = VERTEX_MODEL.check("m@1").unwrap();
    for (dialect, operation, text, want) in [
        (
            Dialect::Messages,
            Operation::Generate,
            r#"{"model":"m","tags":[1],"stream":true,"x":1.0}"#,
            r#"{"stream":true,"x":1.0,"anthropic_version":"vertex-2023-10-16"}"#,
        ),
        (
            Dialect::Messages,
            Operation::CountTokens,
            r#"{"model":"m","x":1}"#,
            r#"{"x":1,"model":"m@1","anthropic_version":"vertex-2023-10-16"}"#,
        ),
        (Dialect::Chat, Operation::Generate, r#"{"model":"m","x":1}"#, r#"{"x":1,"model":"google/m@1"}"#),
        (Dialect::Gemini, Operation::Generate, r#"{"x":1}"#, r#"{"x":1}"#),
    ] {
        let (out, _) = body(dialect, operation, &model, Bytes::from_static(text.as_bytes()));
        assert_eq!(std::str::from_utf8(&out).unwrap(), want);
    }
}

#[test]
fn models() {
    let map =
        ModelMap::parse("claude-opus-5-5=claude-opus-5-5@default", |name| VERTEX_MODEL.check(name)).unwrap();
    for (model, want) in [
        ("claude-opus-5-5", Some("claude-opus-5-5@default")),
        ("claude-haiku-5-5", Some("claude-haiku-5-5")),
        ("claude-sonnet-4-5", Some("claude-sonnet-4-5@20250929")),
        ("claude-sonnet-4-5-20250929", Some("claude-sonnet-4-5@20250929")),
        ("claude-sonnet-4-5@20250929", Some("claude-sonnet-4-5@20250929")),
        ("models/gemini-3.8-flash", Some("gemini-3.8-flash")),
        ("gemini-9-20260101", Some("gemini-9-20260101")),
        ("a/b", None),
        ("a:predict", None),
        ("..", None),
        ("", None),
    ] {
        assert_eq!(model_id::of(model, &map).ok().as_ref().map(Name::as_str), want, "{model}");
    }
}

#[test]
fn headers_lose_the_version_and_unknown_flags() {
    let mut headers = HeaderMap::new();
    headers.insert("anthropic-version", "2023-06-01".parse().unwrap());
    headers.insert(BETA, "context-1m-2025-08-07, files-api-2025-04-14".parse().unwrap());
    headers.append(BETA, "interleaved-thinking-2025-05-14".parse().unwrap());
    fit_headers(&mut headers);
    assert_eq!(headers.len(), 1);
    assert_eq!(headers[BETA], "context-1m-2025-08-07,interleaved-thinking-2025-05-14");
    headers.insert(BETA, "files-api-2025-04-14".parse().unwrap());
    fit_headers(&mut headers);
    assert!(headers.is_empty());
}

#[test]
fn a_service_accounts_claims_are_exact() {
    let case: Value =
        serde_json::from_str(include_str!("../../../../../tests/fixtures/E01/case.json")).unwrap();
    let file = &case["credential"]["json"];
    let account = ServiceAccount::parse(&file.to_string()).unwrap();
    let claims = account.claims(UnixMs(case["now_unix"].as_i64().unwrap() * 1000));
    let compact = case["expect_jwt"]["compact"].as_str().unwrap();
    let (signed, signature) = compact.rsplit_once('.').unwrap();
    assert_eq!(claims, signed);
    assert_eq!(jwt(&claims, &URL_SAFE_NO_PAD.decode(signature).unwrap()), compact);
    assert_eq!(ServiceAccount::form(compact), case["upstream_request"]["body_text"].as_str().unwrap());
    assert_eq!(account.token_url, case["upstream_request"]["url"].as_str().unwrap());
    // A PKCS#8 structure begins with a sequence.
    assert_eq!(pkcs8(&account.private_key).unwrap()[0], 0x30);
    assert_eq!(account.project, "fixture-project");

    for (change, says) in [
        ("type", "another type"),
        ("private_key", "no private_key"),
        ("project_id", "no project_id"),
        ("client_email", "no client_email"),
    ] {
        let mut file = file.clone();
        file[change] = "".into();
        assert!(ServiceAccount::parse(&file.to_string()).err().unwrap().contains(says), "{change}");
    }
    let mut odd = file.clone();
    odd["private_key"] = "-----BEGIN RSA PRIVATE KEY-----".into();
    assert!(ServiceAccount::parse(&odd.to_string()).err().unwrap().contains("PKCS#8"));
    assert!(ServiceAccount::parse("{}").is_err() && ServiceAccount::parse("secret").is_err());
}

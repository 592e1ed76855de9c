//! Calls paid in a cloud: where they go, what they carry, what comes back, and what they cost.

use super::*;
use crate::admin;
use http::StatusCode;
use serde_json::{Value as Json, json};

const MASTER: (&str, &str) =
    ("PROXYAGENT_SECRET_KEY", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
const FRAMES: &[u8] = include_bytes!("../../../../tests/fixtures/D02/upstream.bin");
const THROTTLED: &[u8] = include_bytes!("../../../../tests/fixtures/D03/upstream.bin");
const E01: &str = include_str!("../../../../tests/fixtures/E01/case.json");
const FRAMES_TYPE: &str = "application/vnd.amazon.eventstream";
const WHOLE: &str = r#"{"type":"message","content":[],"usage":{"input_tokens":12,"output_tokens":8}}"#;
const GEMINI: &str = r#"{"candidates":[{"content":{"parts":[{"text":"hi"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":2,"totalTokenCount":7}}"#;

/// A stage whose provider is paid with this credential alone.
pub(super) fn paid_with(provider: &str, kind: &str, fields: &Json) -> Stage {
    let proxy = World::proxy(&[MASTER]);
    let token = add_token(&proxy, "tok_1", &Limits { budget: Some(100_000_000_000), ..Limits::default() });
    let body = json!({"provider": provider, "kind": kind, "fields": fields});
    admin::ask(&proxy, "POST", "/admin/providers", &body.to_string());
    Stage { proxy, token }
}

/// The requests since the last look, as `URL`, headers and body.
pub(super) fn sent(stage: &Stage) -> Vec<(String, HeaderMap, String)> {
    let sent = stage.proxy.platform.take_sent().into_iter();
    sent.map(|sent| {
        let (parts, body) = sent.request.into_parts();
        (parts.uri.to_string(), parts.headers, String::from_utf8(body.to_vec()).unwrap())
    })
    .collect()
}

fn bedrock(fields: &Json) -> Stage {
    let mut all =
        json!({"region": "us-east-1", "access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret": "wJalrEXAMPLE"});
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    paid_with("anthropic", "bedrock", &all)
}

fn service_account() -> String {
    let case: Json = serde_json::from_str(E01).unwrap();
    case["credential"]["json"].to_string()
}

#[test]
fn bedrock_whole_and_counted() {
    let stage = bedrock(&json!({"session_token": "SESSION"}));
    stage.script(Reply::json(200, WHOLE).header("x-amzn-requestid", "r-1"));
    let got = stage.post(
        "/anthropic/v1/messages?beta=true",
        r#"{"model":"claude-sonnet-4-5","speed":"fast","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}"#,
    );
    assert_eq!((got.status, got.text().as_str()), (200, WHOLE));
    assert_eq!((got.header("request-id"), got.header("x-proxyagent-dropped")), (Some("r-1"), Some("speed")));
    let requests = sent(&stage);
    let [(url, headers, body)] = requests.as_slice() else { panic!("{}", requests.len()) };
    assert_eq!(
        url,
        "https://bedrock-runtime.us-east-1.amazonaws.com/model/global.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke"
    );
    assert_eq!(
        body,
        r#"{"max_tokens":100,"messages":[{"role":"user","content":"hi"}],"anthropic_version":"bedrock-2023-05-31"}"#
    );
    let signature = headers["authorization"].to_str().unwrap();
    assert!(
        signature.starts_with("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/bedrock/")
    );
    assert_eq!(headers["x-amz-date"], "20261124T080000Z");
    assert_eq!(headers["x-amz-security-token"], "SESSION");
    for name in ["x-api-key", "anthropic-version"] {
        assert!(headers.get(name).is_none(), "{name}");
    }

    stage.script(Reply::json(200, r#"{"inputTokens":11}"#));
    let got = stage.post(
        "/anthropic/v1/messages/count_tokens",
        r#"{"model":"claude-haiku-4-5","messages":[{"role":"user","content":"hi"}]}"#,
    );
    assert_eq!((got.status, got.text().as_str()), (200, r#"{"input_tokens":11}"#));
    let (url, _, body) = sent(&stage).remove(0);
    assert!(url.ends_with("/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/count-tokens"), "{url}");
    assert!(body.starts_with(r#"{"input":{"invokeModel":{"body":""#), "{body}");
}

#[test]
fn bedrocks_streams_are_told_as_anthropics_and_charged() {
    for size in [1, 37, 4096] {
        let stage = bedrock(&json!({"profile": "us"}));
        stage.script(Reply::chunks(200, FRAMES_TYPE, FRAMES.chunks(size)));
        let got = stage.post("/anthropic/v1/messages", MESSAGES_STREAM);
        assert_eq!((got.status, got.header("content-type")), (200, Some("text/event-stream; charset=utf-8")));
        let text = got.text();
        assert!(
            text.starts_with("event: message_start\n") && text.ends_with("{\"type\":\"message_stop\"}\n\n")
        );
        assert!(!text.contains("invocationMetrics"));
        let (url, headers, _) = sent(&stage).remove(0);
        assert!(url.ends_with("/model/us.anthropic.claude-opus-5-5/invoke-with-response-stream"), "{url}");
        assert_eq!(headers["accept"], FRAMES_TYPE);
        // 12 tokens in, 50 from the cache, 9 out.
        assert_eq!(stage.money(), (12 * 4_000 + 50 * 200 + 9 * 20_000, 0));
    }
}

#[test]
fn a_stream_that_breaks_ends_with_an_error() {
    let mut wrong = FRAMES.to_vec();
    let last = wrong.len() - 20;
    wrong[last] ^= 1;
    let cut = &FRAMES[..FRAMES.len() - 20];
    for (frames, says) in [(THROTTLED, "rate_limit_error"), (&wrong, "api_error"), (cut, "api_error")] {
        let stage = bedrock(&json!({}));
        stage.script(Reply::chunks(200, FRAMES_TYPE, frames.chunks(100)));
        let text = stage.post("/anthropic/v1/messages", MESSAGES_STREAM).text();
        let last = text.trim_end().rsplit("\n\n").next().unwrap();
        assert!(last.starts_with("event: error\n") && last.contains(says), "{last}");
        assert_eq!(text.matches("event: error").count(), 1, "{text}");
        assert!(!text.contains("message_stop"));
    }
}

#[test]
fn bedrocks_errors_are_anthropics() {
    for (status, kind, body, want, says) in [
        (400, "ValidationException", r#"{"message":"bad"}"#, 400, "invalid_request_error"),
        (400, "ServiceQuotaExceededException", r#"{"message":"q"}"#, 429, "rate_limit_error"),
        (404, "ResourceNotFoundException", r#"{"message":"no"}"#, 404, "not_found_error"),
        (403, "AccessDeniedException", r#"{"message":"User: arn:aws:iam::1:user/x"}"#, 502, "api_error"),
    ] {
        let stage = bedrock(&json!({}));
        stage.script(Reply::json(status, body).header("x-amzn-errortype", kind));
        let got = stage.post("/anthropic/v1/messages", MESSAGES);
        let shape: Json = serde_json::from_str(&got.text()).unwrap();
        assert_eq!((got.status, shape["error"]["type"].as_str()), (want, Some(says)), "{kind}");
        assert!(!got.text().contains("arn:"), "{}", got.text());
        assert_eq!(stage.money(), (0, 0));
    }
}

#[test]
fn a_bedrock_key_is_a_bearer_and_an_arn_a_model() {
    let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1";
    let fields =
        json!({"region": "us-east-1", "secret": "ABSKexample", "models": format!("claude-opus-5-5={arn}")});
    let stage = paid_with("anthropic", "bedrock", &fields);
    stage.script(Reply::json(200, WHOLE));
    assert_eq!(stage.post("/anthropic/v1/messages", MESSAGES).status, 200);
    let (url, headers, _) = sent(&stage).remove(0);
    assert!(url.contains(
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fa1/invoke"
    ));
    assert_eq!(headers["authorization"], "Bearer ABSKexample");
    assert!(headers.get("x-amz-date").is_none());
}

#[test]
fn vertex_exchanges_once_and_calls_both_vendors_models() {
    let stage = paid_with(
        "anthropic",
        "vertex",
        &json!({"service_account": service_account(), "region": "us-east5"}),
    );
    stage.script(Reply::json(200, r#"{"access_token":"ya29.A","expires_in":3599}"#));
    stage.script(Reply::json(200, WHOLE));
    assert_eq!(stage.post("/anthropic/v1/messages?beta=true", MESSAGES).text(), WHOLE);
    stage.script(Reply::chunks(200, "text/event-stream", STREAM.iter().map(|event| event.as_bytes())));
    assert_eq!(stage.post("/anthropic/v1/messages", MESSAGES_STREAM).text(), STREAM.concat());
    let requests = sent(&stage);
    let [exchange, whole, stream] = requests.as_slice() else { panic!("{}", requests.len()) };
    assert_eq!(exchange.0, "https://oauth2.googleapis.com/token");
    assert!(
        exchange
            .2
            .starts_with("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=ey")
    );
    let place = "https://us-east5-aiplatform.googleapis.com/v1/projects/fixture-project/locations/us-east5/publishers";
    assert_eq!(whole.0, format!("{place}/anthropic/models/claude-opus-5-5:rawPredict"));
    assert_eq!(stream.0, format!("{place}/anthropic/models/claude-opus-5-5:streamRawPredict"));
    for (_, headers, body) in [whole, stream] {
        assert_eq!(headers["authorization"], "Bearer ya29.A");
        assert!(headers.get("anthropic-version").is_none());
        assert!(
            body.ends_with(r#""anthropic_version":"vertex-2023-10-16"}"#) && !body.contains("\"model\""),
            "{body}"
        );
    }
    assert_eq!(stage.money(), (2 * STREAM_COST, 0));

    stage
        .script(Reply::json(404, r#"{"error":{"code":404,"message":"no such model","status":"NOT_FOUND"}}"#));
    let got = stage.post("/anthropic/v1/messages", MESSAGES);
    let shape: Json = serde_json::from_str(&got.text()).unwrap();
    assert_eq!((got.status, shape["error"]["type"].as_str()), (404, Some("not_found_error")));
    assert_eq!(shape["error"]["message"], "no such model");

    let stage =
        paid_with("gemini", "vertex", &json!({"service_account": service_account(), "region": "global"}));
    stage.script(Reply::json(200, r#"{"access_token":"ya29.B","expires_in":3599}"#));
    stage.script(Reply::json(200, GEMINI));
    let got = stage.post("/gemini/v1beta/models/gemini-3.8-flash:generateContent", r#"{"contents":[]}"#);
    assert_eq!((got.status, got.text().as_str()), (200, GEMINI));
    let (url, headers, body) = sent(&stage).remove(1);
    assert_eq!(
        url,
        "https://aiplatform.googleapis.com/v1/projects/fixture-project/locations/global/publishers/google/models/gemini-3.8-flash:generateContent"
    );
    assert_eq!(
        (headers["authorization"].to_str().unwrap(), body.as_str()),
        ("Bearer ya29.B", r#"{"contents":[]}"#)
    );
}

#[test]
fn azure_with_a_key_and_as_an_application() {
    let chat = r#"{"model":"gpt-5.4-mini","max_completion_tokens":9,"messages":[]}"#;
    let answer =
        r#"{"object":"chat.completion","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#;
    let fields = json!({"resource": "res", "secret": "AZKEY", "deployments": "gpt-5.4-mini=mine"});
    for (version, url) in [
        (None, "https://res.openai.azure.com/openai/v1/chat/completions"),
        (
            Some("2024-10-21"),
            "https://res.openai.azure.com/openai/deployments/mine/chat/completions?api-version=2024-10-21",
        ),
    ] {
        let mut fields = fields.clone();
        if let Some(version) = version {
            fields["api_version"] = version.into();
        }
        let stage = paid_with("openai", "azure", &fields);
        stage.script(Reply::json(200, answer));
        assert_eq!(stage.post("/openai/v1/chat/completions", chat).text(), answer);
        let (to, headers, body) = sent(&stage).remove(0);
        assert_eq!((to.as_str(), headers["api-key"].to_str().unwrap()), (url, "AZKEY"));
        assert!(headers.get("authorization").is_none() && body.starts_with(r#"{"model":"mine","#), "{body}");
    }

    let fields =
        json!({"resource": "res", "tenant": "contoso.com", "client_id": "app", "client_secret": "s~ecret"});
    let stage = paid_with("anthropic", "azure", &fields);
    stage.script(Reply::json(200, r#"{"access_token":"eyJA","expires_in":3599}"#));
    stage.script(Reply::json(200, WHOLE));
    assert_eq!(stage.post("/anthropic/v1/messages", MESSAGES).text(), WHOLE);
    let requests = sent(&stage);
    assert_eq!(requests[0].0, "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token");
    assert!(requests[0].2.ends_with("scope=https%3A%2F%2Fai.azure.com%2F.default"), "{}", requests[0].2);
    assert_eq!(requests[1].0, "https://res.services.ai.azure.com/anthropic/v1/messages");
    assert_eq!(requests[1].1["authorization"], "Bearer eyJA");
    assert_eq!(requests[1].2, MESSAGES);
}

#[test]
fn what_can_never_work_is_refused_when_it_is_added() {
    let proxy = World::proxy(&[MASTER]);
    for (provider, kind, fields, says) in [
        ("anthropic", "bedrock", json!({"secret": "s"}), "region is missing"),
        ("anthropic", "bedrock", json!({"secret": "s", "region": "us-east-1/"}), "no AWS region"),
        (
            "anthropic",
            "bedrock",
            json!({"secret": "s", "region": "us-east-1", "session_token": "t"}),
            "access_key_id",
        ),
        (
            "anthropic",
            "bedrock",
            json!({"secret": "s", "region": "us-east-1", "models": "a=arn:aws:s3:::x"}),
            "ARN",
        ),
        (
            "anthropic",
            "bedrock",
            json!({"secret": "s", "region": "us-east-1", "endpoint": "http://example.com"}),
            "clear",
        ),
        ("openai", "bedrock", json!({"secret": "s", "region": "us-east-1"}), "cannot be paid"),
        ("anthropic", "vertex", json!({"service_account": "{}", "region": "global"}), "service account"),
        ("anthropic", "vertex", json!({"service_account": service_account(), "region": "a.b"}), "location"),
        (
            "anthropic",
            "vertex",
            json!({"service_account": service_account(), "region": "eu", "project": "x/y"}),
            "project",
        ),
        ("openai", "azure", json!({"secret": "k"}), "resource is missing"),
        ("openai", "azure", json!({"resource": "r"}), "either secret"),
        ("openai", "azure", json!({"resource": "r", "secret": "k", "tenant": "t"}), "either secret"),
        ("openai", "azure", json!({"resource": "evil.example/", "secret": "k"}), "Azure resource"),
        ("groq", "azure", json!({"resource": "r", "secret": "k"}), "cannot be paid"),
    ] {
        let body = json!({"provider": provider, "kind": kind, "fields": fields});
        let answer = admin::send(&proxy, "POST", "/admin/providers", &body.to_string());
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{text}");
        assert!(text.contains(says) && !text.contains("PRIVATE KEY"), "{kind}: {text}");
    }
}

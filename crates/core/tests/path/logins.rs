//! Calls paid with a person's login: tokens are renewed, kept and not shared, and only the vendor's own client uses them.

use super::clouds::{paid_with, sent};
use super::*;
use crate::admin;
use proxyagent_core::time::Millis;
use serde_json::{Value as Json, json};

const WHOLE: &str = r#"{"type":"message","content":[],"usage":{"input_tokens":12,"output_tokens":8}}"#;

fn grant(access: &str, refresh: &str) -> Reply {
    Reply::json(
        200,
        &json!({"access_token": access, "refresh_token": refresh, "expires_in": 28800}).to_string(),
    )
}

fn ask(stage: &Stage, agent: &str) -> Got {
    let request = Request::post("/anthropic/v1/messages")
        .header("x-api-key", &stage.token)
        .header("user-agent", agent)
        .header("anthropic-beta", "claude-code-20250219")
        .body(Bytes::from_static(MESSAGES.as_bytes()))
        .unwrap();
    stage.ask(request)
}

const CLAUDE_CODE: &str = "claude-cli/2.1.330 (external, cli)";

#[test]
fn a_token_is_renewed_when_its_time_comes_with_the_newest_refresh_token() {
    let stage = paid_with("anthropic", "oauth", &json!({"refresh": "sk-ant-ort01-1"}));
    stage.script(grant("sk-ant-oat01-1", "sk-ant-ort01-2"));
    for _ in 0..2 {
        stage.script(Reply::json(200, WHOLE));
        assert_eq!(ask(&stage, CLAUDE_CODE).status, 200);
    }
    let requests = sent(&stage);
    assert_eq!(requests.len(), 3, "one renewal for two calls");
    assert_eq!(requests[0].0, "https://platform.claude.com/v1/oauth/token");
    let body: Json = serde_json::from_str(&requests[0].2).unwrap();
    assert_eq!(body["refresh_token"], "sk-ant-ort01-1");
    for (url, headers, body) in &requests[1..] {
        assert_eq!((url.as_str(), body.as_str()), ("https://api.anthropic.com/v1/messages", MESSAGES));
        assert_eq!(headers["authorization"], "Bearer sk-ant-oat01-1");
        assert_eq!(headers["anthropic-beta"], "claude-code-20250219,oauth-2025-04-20");
        assert!(headers.get("x-api-key").is_none());
    }
    // Another process, when the time is over.
    let stage = stage.restarted();
    stage.proxy.platform.pass(Millis::seconds(28_800));
    stage.script(grant("sk-ant-oat01-2", "sk-ant-ort01-3"));
    stage.script(Reply::json(200, WHOLE));
    assert_eq!(ask(&stage, CLAUDE_CODE).status, 200);
    let requests = sent(&stage);
    let body: Json = serde_json::from_str(&requests[0].2).unwrap();
    assert_eq!(body["refresh_token"], "sk-ant-ort01-2", "the newest was stored");
    assert_eq!(requests[1].1["authorization"], "Bearer sk-ant-oat01-2");
}

#[test]
fn a_token_refused_before_its_time_is_renewed_once() {
    let stage = paid_with("anthropic", "oauth", &json!({"refresh": "r1"}));
    stage.script(grant("a1", "r2"));
    stage.script(Reply::json(401, "{}"));
    stage.script(grant("a2", "r3"));
    stage.script(Reply::json(200, WHOLE));
    assert_eq!(ask(&stage, CLAUDE_CODE).status, 200);
    assert_eq!(sent(&stage).len(), 4);
}

#[test]
fn a_login_that_has_ended_is_parked() {
    let stage = paid_with("anthropic", "oauth", &json!({"refresh": "r1"}));
    stage.script(Reply::json(400, r#"{"error":"invalid_grant"}"#));
    assert_eq!(ask(&stage, CLAUDE_CODE).status, 502);
    let list = admin::ask(&stage.proxy, "GET", "/admin/providers", "");
    assert_eq!(list["credentials"][0]["state"], "parked");
    assert!(!list.to_string().contains("r1"));
}

#[test]
fn another_client_may_not_use_it_unless_the_operator_says_so() {
    let stage = paid_with("anthropic", "oauth", &json!({"secret": "sk-ant-oat01-x"}));
    let got = ask(&stage, "curl/8");
    assert_eq!((got.status, got.header("x-proxyagent-error")), (403, Some("credential_personal")));
    assert!(sent(&stage).is_empty());
    assert_eq!(stage.money(), (0, 0));

    // A key beside it pays for those.
    let key = json!({"provider": "anthropic", "secret": "sk-ant-api03-y", "priority": 9});
    admin::ask(&stage.proxy, "POST", "/admin/providers", &key.to_string());
    for (agent, header, value) in
        [("curl/8", "x-api-key", "sk-ant-api03-y"), (CLAUDE_CODE, "authorization", "Bearer sk-ant-oat01-x")]
    {
        stage.script(Reply::json(200, WHOLE));
        assert_eq!(ask(&stage, agent).status, 200);
        assert_eq!(sent(&stage).remove(0).1[header], value, "{agent}");
    }

    let stage = paid_with("anthropic", "oauth", &json!({"secret": "sk-ant-oat01-x", "any_client": "yes"}));
    stage.script(Reply::json(200, WHOLE));
    assert_eq!(ask(&stage, "curl/8").status, 200);
}

#[test]
fn a_chatgpt_login_answers_streamed_and_whole() {
    let stream = include_bytes!("../../../../tests/fixtures/G06/upstream.sse");
    let case: Json = serde_json::from_str(include_str!("../../../../tests/fixtures/G06/case.json")).unwrap();
    let fields = json!({"secret": "eyJ.fixture.access", "account_id": "acc-1"});
    let stage = paid_with("openai", "oauth", &fields);
    stage.script(Reply::chunks(200, "text/event-stream", stream.chunks(50)));
    let got = stage.post("/openai/v1/responses", &case["request"]["body"].to_string());
    assert_eq!((got.status, got.header("content-type")), (200, Some("application/json")));
    assert_eq!(serde_json::from_str::<Json>(&got.text()).unwrap(), case["client_response"]["body"]);
    assert_eq!(got.header("x-proxyagent-dropped"), Some("max_output_tokens"));
    let (url, headers, body) = sent(&stage).remove(0);
    assert_eq!(url, "https://chatgpt.com/backend-api/codex/responses");
    assert_eq!(headers["authorization"], "Bearer eyJ.fixture.access");
    assert_eq!(headers["chatgpt-account-id"], "acc-1");
    assert_eq!(serde_json::from_str::<Json>(&body).unwrap(), case["upstream_request"]["body"]);

    stage.script(Reply::chunks(200, "text/event-stream", stream.chunks(50)));
    let got = stage.post("/openai/v1/responses", r#"{"model":"gpt-6.1-sol","input":[],"stream":true}"#);
    assert_eq!(got.text().as_bytes(), stream);
    // It serves one dialect only.
    let got = stage.post("/openai/v1/embeddings", r#"{"model":"gpt-6.1-sol","input":"x"}"#);
    assert_eq!(got.header("x-proxyagent-error"), Some("credential_missing"));
}

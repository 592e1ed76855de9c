//! Answers that the provider keeps: only the token that made one may build on it.

use super::*;
use proxyagent_core::maintain::maintain;
use proxyagent_core::time::Millis;

const ANSWER: &str = r#"{"id":"resp_mine","object":"response","status":"completed","output":[],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}"#;
const EVENTS: &str = "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_mine\"}}\n\nevent: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"resp_mine\",\"output\":[],\"usage\":{\"input_tokens\":1,\"output_tokens\":1,\"total_tokens\":2}}}\n\n";
const NEXT: &str = r#"{"model":"gpt-5.5","input":"hi","previous_response_id":"resp_mine"}"#;

fn first(stage: &Stage, extra: &str) {
    let stream = extra.contains("stream");
    stage.script(if stream {
        Reply::chunks(200, "text/event-stream", EVENTS.as_bytes().chunks(13))
    } else {
        Reply::json(200, ANSWER)
    });
    let got = stage.post("/openai/v1/responses", &format!(r#"{{"model":"gpt-5.5","input":"hi"{extra}}}"#));
    assert_eq!(got.status, 200, "{}", got.text());
}

#[test]
fn a_token_builds_on_its_own_answer_only() {
    for extra in ["", r#","store":true"#, r#","stream":true"#] {
        let mut stage = Stage::new(&Limits::default());
        first(&stage, extra);
        stage.script(Reply::json(200, "{}"));
        assert_eq!(stage.post("/openai/v1/responses", NEXT).status, 200, "{extra}");
        stage.proxy.platform.take_sent();

        stage.token = add_token(&stage.proxy, "tok_2", &Limits::default());
        let got = stage.post("/openai/v1/responses", NEXT);
        assert_eq!((got.status, got.header("x-proxyagent-error")), (400, Some("body_invalid")), "{extra}");
        assert!(got.text().contains("send the full input"), "{}", got.text());
        assert!(stage.proxy.platform.take_sent().is_empty());
    }
}

#[test]
fn what_is_not_kept_is_not_remembered() {
    let stage = Stage::new(&Limits::default());
    first(&stage, r#","store":false"#);
    assert!(stage.rows("SELECT id FROM proxy_agent_responses").is_empty());
    assert_eq!(stage.post("/openai/v1/responses", NEXT).status, 400);
    // A compaction belongs to the same family.
    assert_eq!(stage.post("/openai/v1/responses/compact", NEXT).status, 400);
}

#[test]
fn an_answer_is_bound_to_the_account_that_keeps_it() {
    let stage = Stage::with(&Limits::default(), &[("XAI_API_KEY", "xai-CANARY")]);
    first(&stage, "");
    let elsewhere = NEXT.replace("gpt-5.5", "grok-4.7");
    assert_eq!(stage.post("/xai/v1/responses", &elsewhere).status, 400);
    // Nor does a translated call reach it.
    let stage = Stage::with(
        &Limits::default(),
        &[("PROXYAGENT_MODEL_MAP", r#"{"gpt-5.5":"anthropic:claude-opus-5-5"}"#)],
    );
    assert_eq!(stage.post("/openai/v1/responses", NEXT).status, 400);
    assert!(stage.proxy.platform.take_sent().is_empty());
}

#[test]
fn what_the_provider_has_forgotten_is_forgotten_here() {
    let stage = Stage::new(&Limits::default());
    first(&stage, "");
    run(maintain(&stage.proxy)).unwrap();
    assert_eq!(stage.rows("SELECT id FROM proxy_agent_responses").len(), 1);
    stage.proxy.platform.pass(Millis::seconds(32 * 86_400));
    run(maintain(&stage.proxy)).unwrap();
    assert!(stage.rows("SELECT id FROM proxy_agent_responses").is_empty());
}

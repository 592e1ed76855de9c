//! What passes, and how it arrives at the other side.

use super::*;

#[test]
fn the_key_replaces_the_token_and_nothing_else_changes() {
    let stage = Stage::new(&Limits::default());
    stage.script(
        Reply::json(200, r#"{"usage":{"input_tokens":3,"output_tokens":5}, "x":1.0}"#)
            .header("request-id", "r9")
            .header("anthropic-organization-id", "org"),
    );
    let body = "{ \"model\" : \"claude-opus-5-5\",\"max_tokens\":5,\n\"unknown\":{\"b\":1,\"a\":1.0,\"n\":12345678901234567890} }";
    let request = Request::post("/anthropic/v1/messages?beta=true&key=stale")
        .header("authorization", format!("Bearer {}", stage.token))
        .header("x-api-key", "sk-stale")
        .header("anthropic-beta", "a-1,b-2")
        .header("anthropic-version", "2026-10-21")
        .header("user-agent", "claude-cli/2")
        .header("x-proxyagent-request-id", "mine-1")
        .body(Bytes::from_static(body.as_bytes()))
        .unwrap();
    let got = stage.ask(request);
    assert_eq!(
        (got.status, got.text().as_str()),
        (200, r#"{"usage":{"input_tokens":3,"output_tokens":5}, "x":1.0}"#)
    );
    assert_eq!(got.header("request-id"), Some("r9"));
    assert_eq!(got.header("x-proxyagent-request-id"), Some("mine-1"));
    assert_eq!(got.header("anthropic-organization-id"), None);

    let sent = stage.proxy.platform.take_sent();
    let request = &sent[0].request;
    assert_eq!(sent.len(), 1);
    assert_eq!(request.uri(), "https://api.anthropic.com/v1/messages?beta=true");
    assert_eq!(request.body(), body.as_bytes());
    assert_eq!(request.headers()["x-api-key"], ANTHROPIC_KEY);
    assert_eq!(request.headers()["anthropic-beta"], "a-1,b-2");
    assert_eq!(request.headers()["anthropic-version"], "2026-10-21");
    assert_eq!(request.headers()["user-agent"], "claude-cli/2");
    assert!(!request.headers().contains_key("authorization"));
    assert!(!format!("{:?} {:?}", request.headers(), request.uri()).contains("pa_"));

    let record = &stage.proxy.platform.take_records()[0];
    assert_eq!(
        (record.request_id.as_str(), record.attempts, record.credential.as_deref()),
        ("mine-1", 1, Some("env:anthropic"))
    );
}

#[test]
fn an_alias_renames_the_model_in_place() {
    let stage =
        Stage::with(&Limits::default(), &[("PROXYAGENT_MODEL_MAP", r#"{"fast":"claude-haiku-5-5"}"#)]);
    stage.script(Reply::json(200, r#"{"usage":{"input_tokens":3,"output_tokens":5}}"#));
    let got = stage.post("/anthropic/v1/messages", r#"{"max_tokens":1,"model":"fast" }"#);
    assert_eq!(got.status, 200, "{}", got.text());
    assert_eq!(
        stage.proxy.platform.take_sent()[0].request.body(),
        &r#"{"max_tokens":1,"model":"claude-haiku-5-5" }"#.as_bytes()
    );
    let row = &stage.rows("SELECT asked_model, model, rule, cost_nano FROM proxy_agent_calls")[0];
    assert_eq!(row[..3], ["fast".into(), "claude-haiku-5-5".into(), "fast".into()]);
}

#[test]
fn usage_is_asked_for_on_chat_streams_and_hidden_again() {
    let chunk = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n";
    let usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":5,\"total_tokens\":17}}\n\n";
    let done = "data: [DONE]\n\n";
    for (options, sees_usage) in [("", false), (r#","stream_options":{"include_usage":true}"#, true)] {
        let stage = Stage::new(&Limits::default());
        stage.script(Reply::chunks(
            200,
            "text/event-stream",
            [chunk.as_bytes(), usage.as_bytes(), done.as_bytes()],
        ));
        let got = stage.post(
            "/openai/v1/chat/completions",
            &format!(r#"{{"model":"gpt-6.1-terra","stream":true{options}}}"#),
        );
        assert_eq!(
            got.text(),
            if sees_usage { format!("{chunk}{usage}{done}") } else { format!("{chunk}{done}") }
        );
        let sent = stage.proxy.platform.take_sent();
        assert_eq!(sent[0].request.headers()["authorization"], format!("Bearer {OPENAI_KEY}"));
        let body = std::str::from_utf8(sent[0].request.body()).unwrap().to_owned();
        assert_eq!(
            body,
            r#"{"model":"gpt-6.1-terra","stream":true,"stream_options":{"include_usage":true}}"#
        );
        assert_eq!(
            stage.rows("SELECT input, output, cost_nano, pricing FROM proxy_agent_calls"),
            [[12.into(), 5.into(), 37_000.into(), "exact".into()]]
        );
    }
}

#[test]
fn an_upstreams_refusal_is_relayed_as_it_came_and_costs_nothing() {
    for status in [400, 404, 429, 500, 529] {
        let stage = Stage::new(&Limits { budget: Some(1_000_000_000), ..Limits::default() });
        stage.script(
            Reply::json(status, r#"{"type":"error","error":{"type":"x","message":"prompt is too long: 9"}}"#)
                .header("retry-after", "7"),
        );
        let got = stage.post("/anthropic/v1/messages", MESSAGES_STREAM);
        assert_eq!(got.status, status);
        assert_eq!(got.text(), r#"{"type":"error","error":{"type":"x","message":"prompt is too long: 9"}}"#);
        assert_eq!(got.header("retry-after"), Some("7"));
        assert_eq!(stage.money(), (0, 0));
        assert_eq!(
            stage.rows("SELECT state, status, error FROM proxy_agent_calls"),
            [["settled".into(), i64::from(status).into(), "upstream_error".into()]]
        );
    }
}

#[test]
fn what_an_upstream_says_of_our_key_is_never_relayed() {
    for status in [401, 403] {
        let stage = Stage::new(&Limits::default());
        stage.script(
            Reply::json(status, &format!(r#"{{"error":{{"message":"bad key {ANTHROPIC_KEY}"}}}}"#))
                .header("x-request-id", ANTHROPIC_KEY),
        );
        let got = stage.post("/anthropic/v1/messages", MESSAGES);
        assert_eq!((got.status, got.header("x-proxyagent-error")), (502, Some("credential_refused")));
        assert!(
            !format!("{} {:?} {:?}", got.text(), got.headers, stage.proxy.platform.take_faults())
                .contains("CANARY")
        );
    }
}

#[test]
fn the_mock_answers_every_dialect_without_a_key() {
    for (path, extra, terminal) in [
        (
            "/anthropic/v1/messages",
            r#","max_tokens":9,"messages":[{"role":"user","content":"ping"}]"#,
            "message_stop",
        ),
        ("/openai/v1/chat/completions", r#","messages":[{"role":"user","content":"ping"}]"#, "[DONE]"),
        ("/openai/v1/responses", r#","input":"ping""#, "response.completed"),
    ] {
        for stream in [false, true] {
            let stage =
                Stage::new(&Limits { scope: Some("[\"mock\"]"), budget: Some(0), ..Limits::default() });
            let got = stage.post(path, &format!(r#"{{"model":"mock","stream":{stream}{extra}}}"#));
            assert_eq!(got.status, 200, "{path}: {}", got.text());
            assert!(got.text().contains("mock: ping") || stream, "{}", got.text());
            assert_eq!(got.text().contains(terminal), stream, "{}", got.text());
            assert!(stage.proxy.platform.take_sent().is_empty());
            let rows =
                stage.rows("SELECT state, provider, model, pricing, ended, cost_nano FROM proxy_agent_calls");
            assert_eq!(
                rows,
                [[
                    "settled".into(),
                    "mock".into(),
                    "mock".into(),
                    "exact".into(),
                    "complete".into(),
                    0.into()
                ]]
            );
            assert!(
                stage.rows("SELECT input, output FROM proxy_agent_calls")[0]
                    .iter()
                    .all(|n| n.int().unwrap() > 0)
            );
        }
    }
}

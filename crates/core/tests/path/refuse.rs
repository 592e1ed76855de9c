//! What is refused: in the caller's dialect, before anything is sent, with a row that says why.

use super::*;
use proxyagent_core::ports::Unsent;
use proxyagent_core::serve::BodyFault;

const PATHS: [(&str, &str); 3] = [
    ("/anthropic/v1/messages", "\"type\":\"error\""),
    ("/openai/v1/chat/completions", "\"error\":{\"message\""),
    ("/openai/v1/responses", "\"error\":{\"message\""),
];

#[test]
fn a_refusal_speaks_the_callers_dialect_and_sends_nothing() {
    let past = Some(1);
    for (limits, body, status, code) in [
        (Limits { revoked: past, ..Limits::default() }, r#"{"model":"m"}"#, 401, "token_revoked"),
        (Limits { expires: past, ..Limits::default() }, r#"{"model":"m"}"#, 401, "token_expired"),
        (Limits { scope: Some("[\"mock\"]"), ..Limits::default() }, r#"{"model":"m"}"#, 403, "scope_denied"),
        (
            Limits { budget: Some(1), ..Limits::default() },
            r#"{"model":"no-such-model"}"#,
            402,
            "price_unknown",
        ),
        (Limits::default(), "[]", 400, "body_invalid"),
        (Limits { revoked: past, ..Limits::default() }, "[]", 401, "token_revoked"),
    ] {
        for (path, shape) in PATHS {
            let stage = Stage::new(&limits);
            let got = stage.post(path, body);
            assert_eq!((got.status, got.header("x-proxyagent-error")), (status, Some(code)), "{path}");
            assert!(got.text().contains(shape) && got.text().contains("proxyagent: "), "{}", got.text());
            assert_eq!(got.header("x-should-retry"), Some("false"));
            assert!(stage.proxy.platform.take_sent().is_empty());
            let rows = stage.rows("SELECT state, status, error, ended, token_id FROM proxy_agent_calls");
            let want =
                ["refused".into(), i64::from(status).into(), code.into(), "refused".into(), "tok_1".into()];
            assert_eq!(rows, [want]);
            assert_eq!(
                stage.rows("SELECT requests, refused, model FROM proxy_agent_usage"),
                [[1.into(), 1.into(), "".into()]]
            );
        }
    }
}

#[test]
fn a_token_that_cannot_be_one_never_touches_the_store() {
    let stage = Stage::new(&Limits::default());
    let before = stage.proxy.platform.batches();
    let mut wrong = stage.token.clone();
    let last = if wrong.pop() == Some('0') { '1' } else { '0' };
    wrong.push(last);
    for token in [wrong.as_str(), "pa_short", "sk-ant-x", ""] {
        let request = Request::post("/anthropic/v1/messages")
            .header("x-api-key", token)
            .body(Bytes::from_static(MESSAGES.as_bytes()))
            .unwrap();
        let got = stage.ask(request);
        assert_eq!(got.status, 401, "{token}");
        assert!(token.is_empty() || !got.text().contains(token), "a token is never echoed");
    }
    assert_eq!(stage.proxy.platform.batches(), before);
    assert_eq!(stage.proxy.platform.take_records().len(), 4);
}

#[test]
fn a_store_that_is_down_makes_no_calls() {
    for warm in [false, true] {
        let stage = Stage::new(&Limits::default());
        if warm {
            stage.script(Reply::json(200, "{}"));
            stage.post("/anthropic/v1/messages", MESSAGES);
            stage.proxy.platform.take_sent();
        }
        stage.proxy.platform.set_store_down(true);
        let got = stage.post("/anthropic/v1/messages", MESSAGES);
        assert_eq!(
            (got.status, got.header("retry-after"), got.header("x-should-retry")),
            (503, Some("1"), None)
        );
        assert!(stage.proxy.platform.take_sent().is_empty());
    }
}

#[test]
fn an_upstream_that_does_not_answer_is_explained() {
    for (why, status, spent) in [
        (Unsent::Connect, 502, false),
        (Unsent::Tls, 502, false),
        (Unsent::Reset, 502, true),
        (Unsent::Slow, 504, true),
    ] {
        let stage = Stage::new(&Limits { budget: Some(1_000_000_000), ..Limits::default() });
        stage.script(Reply::Never(why));
        let got = stage.post("/anthropic/v1/messages", MESSAGES);
        assert_eq!(got.status, status, "{why}");
        let money = stage.money();
        assert_eq!((money.0 > 0, money.1), (spent, 0), "{why}");
    }
    let stage = Stage::new(&Limits::default());
    stage.script(Reply::json(307, "").header("location", "https://evil.example/"));
    assert_eq!(
        stage.post("/anthropic/v1/messages", MESSAGES).header("x-proxyagent-error"),
        Some("upstream_redirect")
    );
    assert_eq!(stage.proxy.platform.take_sent().len(), 1);
}

#[test]
fn a_body_that_is_not_there_is_explained() {
    let stage = Stage::new(&Limits::default());
    for (fault, status) in [(BodyFault::TooLarge, 413), (BodyFault::Broken, 400), (BodyFault::Slow, 408)] {
        let request =
            Request::post("/anthropic/v1/messages").header("x-api-key", &stage.token).body(()).unwrap();
        let head = serve::receive(&stage.proxy.house, request.into_parts().0);
        assert_eq!(run(serve::serve(&stage.proxy, head, Err(fault))).status().as_u16(), status);
    }
}

#[test]
fn what_is_remembered_may_admit_but_never_refuse() {
    let stage = Stage::new(&Limits { scope: Some("[\"anthropic:x\"]"), ..Limits::default() });
    assert_eq!(stage.post("/anthropic/v1/messages", MESSAGES).status, 403);
    stage
        .proxy
        .platform
        .query("UPDATE proxy_agent_tokens SET scope = '[\"*\"]', version = version + 1 RETURNING id");
    stage.script(Reply::json(200, "{}"));
    assert_eq!(stage.post("/anthropic/v1/messages", MESSAGES).status, 200);
}

#[test]
fn an_edit_counts_from_the_next_call_whatever_is_cached() {
    let stage = Stage::new(&Limits::default());
    stage.proxy.platform.with_stale_cache();
    for _ in 0..2 {
        stage.script(Reply::json(200, "{}"));
        assert_eq!(stage.post("/anthropic/v1/messages", MESSAGES).status, 200);
    }
    // Another process sets an alias: the epoch moves.
    stage.proxy.platform.query("INSERT INTO proxy_agent_aliases (match, target, position, created_ms) VALUES ('*', 'mock', 1, 1) RETURNING match");
    stage
        .proxy
        .platform
        .query("UPDATE proxy_agent_meta SET value = value + 1 WHERE name = 'epoch' RETURNING value");
    let got = stage.post("/anthropic/v1/messages", MESSAGES);
    assert!(got.status == 200 && got.text().contains("mock: hi"), "{}", got.text());
    stage
        .proxy
        .platform
        .query("UPDATE proxy_agent_tokens SET revoked_ms = 5, version = version + 1 RETURNING id");
    assert_eq!(
        stage.post("/anthropic/v1/messages", MESSAGES).header("x-proxyagent-error"),
        Some("token_revoked")
    );
}

#[test]
fn an_error_that_does_not_arrive_whole_is_not_passed_on_in_part() {
    let torn = Reply::json(400, r#"{"error":{"mess"#).cut(Severed::Reset);
    let huge = Reply::json(422, &"x".repeat((1 << 20) + 1));
    for (reply, code) in [(torn, "upstream_cut"), (huge, "upstream_too_large")] {
        let stage = Stage::new(&Limits::default());
        stage.script(reply);
        let got = stage.post("/anthropic/v1/messages", MESSAGES);
        assert_eq!((got.status, got.header("x-proxyagent-error")), (502, Some(code)));
        assert!(got.text().contains("\"type\":\"error\""), "{}", got.text());
        assert_eq!(stage.rows("SELECT cost_nano, error FROM proxy_agent_calls"), [[0.into(), code.into()]]);
    }
}

//! What is not served, and what is answered without a call.

use super::*;

#[test]
fn what_is_not_served_says_so_in_the_callers_shape() {
    let stage = Stage::new(&Limits::default());
    for (method, path, shape) in [
        ("POST", "/anthropic/v1/messages/batches", "\"type\":\"permission_error\""),
        ("GET", "/anthropic/v1/messages/batches/msgbatch_1/results", "\"type\":\"permission_error\""),
        ("POST", "/anthropic/v1/files", "\"type\":\"permission_error\""),
        ("GET", "/openai/v1/responses/resp_1", "\"code\":\"not_served\""),
        ("DELETE", "/openai/v1/responses/resp_1", "\"code\":\"not_served\""),
        ("POST", "/openai/v1/files", "\"code\":\"not_served\""),
        ("GET", "/openai/v1/organization/users", "\"code\":\"not_served\""),
        ("POST", "/gemini/v1beta/cachedContents", "\"status\":\"PERMISSION_DENIED\""),
        ("POST", "/gemini/v1beta/models/g:embedContent", "\"status\":\"PERMISSION_DENIED\""),
    ] {
        let request = Request::builder().method(method).uri(path).header("x-api-key", &stage.token);
        let got = stage.ask(request.body(Bytes::new()).unwrap());
        assert_eq!((got.status, got.header("x-proxyagent-error")), (403, Some("not_served")), "{path}");
        assert_eq!(got.header("x-should-retry"), Some("false"));
        assert!(got.text().contains(shape), "{path}: {}", got.text());
    }
    assert!(stage.proxy.platform.take_sent().is_empty());
}

#[test]
fn telemetry_is_taken_and_thrown_away() {
    let stage = Stage::new(&Limits::default());
    let before = stage.proxy.platform.batches();
    for path in ["/v1/metrics", "/v1/logs", "/v1/traces", "/anthropic/v1/metrics"] {
        for (kind, body) in [("application/json", "{}"), ("application/x-protobuf", "")] {
            let request =
                Request::post(path).header("content-type", kind).body(Bytes::from_static(b"x")).unwrap();
            let got = stage.ask(request);
            assert_eq!(
                (got.status, got.text().as_str(), got.header("content-type")),
                (200, body, Some(kind)),
                "{path}"
            );
        }
    }
    assert_eq!(stage.proxy.platform.batches(), before);
    assert!(stage.proxy.platform.take_records().is_empty());
}

#[test]
fn the_rest_of_the_gateway_contract_is_refused_for_good() {
    let stage = Stage::new(&Limits::default());
    for path in ["/api/oauth/usage", "/anthropic/managed/settings", "/.well-known/oauth-authorization-server"]
    {
        let got = stage.ask(Request::get(path).body(Bytes::new()).unwrap());
        assert_eq!((got.status, got.header("x-should-retry")), (501, Some("false")), "{path}");
        assert!(got.text().contains("\"type\":\"not_supported\""), "{}", got.text());
    }
}

#[test]
fn a_websocket_is_told_to_come_back_without() {
    let stage = Stage::new(&Limits::default());
    let request =
        Request::get("/openai/v1/responses").header("upgrade", "websocket").header("connection", "upgrade");
    let got = stage.ask(request.header("x-api-key", &stage.token).body(Bytes::new()).unwrap());
    assert_eq!((got.status, got.header("x-proxyagent-error")), (426, Some("no_websocket")));
}

#[test]
fn a_messages_answer_says_how_much_of_the_budget_is_used() {
    const USED: &str = "anthropic-ratelimit-unified-overage-utilization";
    let budgeted = Limits { budget: Some(STREAM_COST * 1000), ..Limits::default() };
    let ask = |stage: &Stage, body: &str| {
        stage.script(if body.contains("stream") {
            stream_reply()
        } else {
            Reply::json(200, r#"{"usage":{"input_tokens":12,"output_tokens":8}}"#)
                .header("anthropic-ratelimit-unified-status", "of-the-account")
        });
        stage.post("/anthropic/v1/messages", body)
    };
    let stage = Stage::new(&budgeted);
    assert_eq!(ask(&stage, MESSAGES).header(USED), Some("0.00"));
    stage
        .proxy
        .platform
        .query("UPDATE proxy_agent_tokens SET spent_nano = budget_nano * 8 / 10 RETURNING id");
    for body in [MESSAGES, MESSAGES_STREAM] {
        let got = ask(&stage, body);
        assert_eq!(got.header(USED), Some("0.80"), "{body}");
        assert_eq!(got.header("anthropic-ratelimit-unified-status"), Some("allowed_warning"));
        assert_eq!(got.header("anthropic-ratelimit-unified-overage-surpassed-threshold"), Some("0.75"));
    }
    stage.script(Reply::json(529, "{}"));
    assert_eq!(stage.post("/anthropic/v1/messages", MESSAGES).header(USED), None);
    let unlimited = Stage::new(&Limits::default());
    let got = ask(&unlimited, MESSAGES);
    assert_eq!((got.header(USED), got.header("anthropic-ratelimit-unified-status")), (None, None));
}

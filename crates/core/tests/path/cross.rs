//! Calls whose target speaks another dialect than the caller: translated there and back, metered, settled.

use super::*;

const CLAUDE: &[(&str, &str)] = &[("PROXYAGENT_MODEL_MAP", r#"{"gpt-4o":"anthropic:claude-opus-5-5"}"#)];
const GPT: &[(&str, &str)] = &[("PROXYAGENT_MODEL_MAP", r#"{"claude-x":"openai:gpt-6.1-terra"}"#)];
const CHAT: &str = r#"{"model":"gpt-4o","max_tokens":50,"logprobs":true,"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hi"}]}"#;

#[test]
fn a_chat_caller_reaches_a_messages_upstream() {
    let stage = Stage::with(&Limits { budget: Some(1_000_000_000), ..Limits::default() }, CLAUDE);
    stage.script(Reply::json(
        200,
        r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-5-5","content":[{"type":"text","text":"Hello!"}],"stop_reason":"end_turn","usage":{"input_tokens":12,"output_tokens":8}}"#,
    ));
    let request = Request::post("/openai/v1/chat/completions?x=1")
        .header("authorization", format!("Bearer {}", stage.token))
        .header("openai-beta", "x")
        .body(Bytes::from_static(CHAT.as_bytes()))
        .unwrap();
    let got = stage.ask(request);
    assert_eq!(got.status, 200, "{}", got.text());
    let answer: serde_json::Value = serde_json::from_str(&got.text()).unwrap();
    assert_eq!(answer["choices"][0]["message"]["content"], "Hello!");
    assert_eq!(answer["model"], "gpt-4o");
    assert_eq!(answer["usage"]["prompt_tokens"], 12);
    assert_eq!(got.header("x-proxyagent-dropped"), Some("logprobs"));

    let sent = &stage.proxy.platform.take_sent()[0].request;
    assert_eq!(sent.uri(), "https://api.anthropic.com/v1/messages");
    assert_eq!(sent.headers()["x-api-key"], ANTHROPIC_KEY);
    assert_eq!(sent.headers()["anthropic-version"], "2023-06-01");
    assert!(!sent.headers().contains_key("openai-beta"));
    let body: serde_json::Value = serde_json::from_slice(sent.body()).unwrap();
    assert_eq!((&body["model"], &body["max_tokens"]), (&"claude-opus-5-5".into(), &50.into()));
    let row = stage.rows("SELECT asked_provider, asked_model, provider, model, input, output, cost_nano, pricing FROM proxy_agent_calls");
    let want = [
        "openai".into(),
        "gpt-4o".into(),
        "anthropic".into(),
        "claude-opus-5-5".into(),
        12.into(),
        8.into(),
        STREAM_COST.into(),
        "exact".into(),
    ];
    assert_eq!(row, [want]);
    assert_eq!(stage.money(), (STREAM_COST, 0));
}

#[test]
fn a_chat_caller_gets_a_messages_stream_as_chat_at_every_split() {
    let whole = [
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":12,\"output_tokens\":1}}}\n\n",
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
        STREAM[1],
        STREAM[2],
        "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
        STREAM[3],
        STREAM[4],
    ]
    .concat();
    let body = CHAT.replace("\"max_tokens\":50", "\"max_tokens\":50,\"stream\":true");
    let mut first = None;
    for cut in 0..=whole.len() {
        let stage = Stage::with(&Limits::default(), CLAUDE);
        stage.script(Reply::chunks(
            200,
            "text/event-stream",
            [&whole.as_bytes()[..cut], &whole.as_bytes()[cut..]],
        ));
        let got = stage.post("/openai/v1/chat/completions", &body);
        let text = got.text();
        assert!(text.contains("\"content\":\"Hel\"") && text.ends_with("data: [DONE]\n\n"), "{text}");
        assert!(!text.contains("event:") && !text.contains("\"usage\":{"), "{text}");
        assert_eq!(got.header("content-type"), Some("text/event-stream; charset=utf-8"));
        let ids = |text: &str| text.replace(|c: char| c.is_ascii_hexdigit(), "");
        assert_eq!(ids(first.get_or_insert(text.clone())), ids(&text), "cut at {cut}");
        assert_eq!(
            stage.rows("SELECT state, input, output, cost_nano FROM proxy_agent_calls"),
            [["settled".into(), 12.into(), 8.into(), STREAM_COST.into()]]
        );
    }
}

#[test]
fn a_messages_caller_reaches_a_chat_upstream_errors_included() {
    let body = MESSAGES.replace("claude-opus-5-5", "claude-x");
    let stage = Stage::with(&Limits::default(), GPT);
    stage.script(Reply::json(
        200,
        r#"{"id":"c","object":"chat.completion","created":1,"model":"gpt","choices":[{"index":0,"message":{"role":"assistant","content":"Hello!"},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17}}"#,
    ));
    let got = stage.post("/anthropic/v1/messages", &body);
    let answer: serde_json::Value = serde_json::from_str(&got.text()).unwrap();
    assert_eq!(
        (&answer["content"][0]["text"], &answer["stop_reason"]),
        (&"Hello!".into(), &"end_turn".into())
    );
    assert_eq!(
        stage.proxy.platform.take_sent()[0].request.uri(),
        "https://api.openai.com/v1/chat/completions"
    );
    assert_eq!(stage.rows("SELECT cost_nano FROM proxy_agent_calls"), [[37_000.into()]]);

    stage.script(Reply::json(429, r#"{"error":{"message":"slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#).header("retry-after", "7"));
    let got = stage.post("/anthropic/v1/messages", &body);
    assert_eq!((got.status, got.header("retry-after")), (429, Some("7")));
    assert!(
        got.text().contains("\"type\":\"rate_limit_error\"") && got.text().contains("slow down"),
        "{}",
        got.text()
    );
}

#[test]
fn a_translated_stream_that_breaks_off_says_so_and_is_charged() {
    let stage = Stage::with(&Limits { budget: Some(1_000_000_000), ..Limits::default() }, CLAUDE);
    stage.script(
        Reply::chunks(200, "text/event-stream", [STREAM[0].as_bytes(), STREAM[1].as_bytes()])
            .cut(Severed::Reset),
    );
    let got = stage.post(
        "/openai/v1/chat/completions",
        &CHAT.replace("\"max_tokens\":50", "\"max_tokens\":50,\"stream\":true"),
    );
    assert!(got.text().trim_end().lines().last().unwrap().starts_with("data: {\"error\":"), "{}", got.text());
    let (spent, held) = stage.money();
    assert!(spent > 0 && held == 0);
}

#[test]
fn a_responses_caller_reaches_a_messages_upstream() {
    let stage = Stage::with(&Limits::default(), CLAUDE);
    stage.script(Reply::json(
        200,
        r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-5-5","content":[{"type":"text","text":"Hello!"}],"stop_reason":"end_turn","usage":{"input_tokens":12,"output_tokens":8}}"#,
    ));
    let got = stage.post("/openai/v1/responses", r#"{"model":"gpt-4o","input":"hi","store":false}"#);
    assert_eq!(got.status, 200, "{}", got.text());
    let answer: serde_json::Value = serde_json::from_str(&got.text()).unwrap();
    assert_eq!(answer["output"][0]["content"][0]["text"], "Hello!");
    assert_eq!((&answer["status"], &answer["usage"]["input_tokens"]), (&"completed".into(), &12.into()));
    assert_eq!(stage.rows("SELECT cost_nano FROM proxy_agent_calls"), [[STREAM_COST.into()]]);
}

#[test]
fn counting_tokens_is_not_translated() {
    let stage = Stage::with(&Limits::default(), GPT);
    let got =
        stage.post("/anthropic/v1/messages/count_tokens", &MESSAGES.replace("claude-opus-5-5", "claude-x"));
    assert_eq!((got.status, got.header("x-proxyagent-error")), (501, Some("not_supported")));
    assert!(stage.proxy.platform.take_sent().is_empty());
}

//! Gemini's own dialect: the model in the path, streams with and without events.

use super::*;

const KEY: &[(&str, &str)] = &[("GEMINI_API_KEY", "AIza-CANARY")];
const BODY: &str = r#"{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#;
const WHOLE: &str = r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"Hello"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":12,"candidatesTokenCount":5,"totalTokenCount":17}}"#;

fn with(settings: &[(&str, &str)]) -> Stage {
    let mut all = KEY.to_vec();
    all.extend_from_slice(settings);
    Stage::with(&Limits::default(), &all)
}

#[test]
fn an_alias_renames_the_model_in_the_path() {
    let stage =
        with(&[("PROXYAGENT_MODEL_MAP", r#"{"fast":"gemini-3.8-flash","odd":"gemini:a@b:c","bad":"a/b"}"#)]);
    for (model, verb, want) in [
        ("fast", "generateContent?x=1", "models/gemini-3.8-flash:generateContent?x=1"),
        ("odd", "generateContent", "models/a%40b%3Ac:generateContent"),
        ("gemini-3.8-flash", "countTokens", "models/gemini-3.8-flash:countTokens"),
    ] {
        stage.script(Reply::json(200, WHOLE));
        let got = stage.post(&format!("/gemini/v1/models/{model}:{verb}"), BODY);
        assert_eq!(got.status, 200, "{}", got.text());
        let sent = &stage.proxy.platform.take_sent()[0].request;
        assert_eq!(
            sent.uri().to_string(),
            format!("https://generativelanguage.googleapis.com/v1beta/{want}")
        );
        assert_eq!(sent.body(), BODY.as_bytes());
    }
    let got = stage.post("/gemini/v1beta/models/bad:generateContent", BODY);
    assert_eq!((got.status, got.header("x-proxyagent-error")), (400, Some("body_invalid")));
    assert!(got.text().contains("INVALID_ARGUMENT") && stage.proxy.platform.take_sent().is_empty());
}

#[test]
fn the_scope_is_checked_against_the_path() {
    let limits = Limits { scope: Some("[\"gemini:gemini-3.8-flash\"]"), ..Limits::default() };
    let stage = Stage::with(&limits, KEY);
    let got = stage.post("/gemini/v1beta/models/gemini-3.1-pro-preview:generateContent", BODY);
    assert_eq!((got.status, got.header("x-proxyagent-error")), (403, Some("scope_denied")));
    let got = stage.post(
        "/gemini/v1beta/models/gemini-3.8-flash:generateContent",
        r#"{"model":"models/gemini-3.1-pro-preview","contents":[]}"#,
    );
    assert_eq!(got.status, 400);
    assert!(stage.proxy.platform.take_sent().is_empty());
}

#[test]
fn the_mock_speaks_it() {
    let stage = Stage::new(&Limits { scope: Some("[\"mock\"]"), ..Limits::default() });
    for (verb, begins, holds) in [
        ("generateContent", "{\"candidates\"", "mock: hi"),
        ("streamGenerateContent?alt=sse", "data: {", "\"finishReason\":\"STOP\""),
        ("streamGenerateContent", "[{\"candidates\"", "mock: hi"),
        ("countTokens", "{\"totalTokens\"", ""),
    ] {
        let got = stage.post(&format!("/gemini/v1beta/models/mock:{verb}"), BODY);
        assert_eq!(got.status, 200, "{verb}: {}", got.text());
        assert!(got.text().starts_with(begins) && got.text().contains(holds), "{verb}: {}", got.text());
    }
    let flags: Vec<bool> = stage.proxy.platform.take_records().iter().map(|record| record.streamed).collect();
    assert_eq!(flags, [false, true, true, false]);
}

#[test]
fn a_messages_caller_reaches_it_streamed_and_whole() {
    let stage = with(&[("PROXYAGENT_MODEL_MAP", r#"{"claude-opus-5-5":"gemini:gemini-3.8-flash"}"#)]);
    stage.script(Reply::json(200, WHOLE));
    let got = stage.post("/anthropic/v1/messages?beta=true", MESSAGES);
    assert!(got.status == 200 && got.text().contains("\"text\":\"Hello\""), "{}", got.text());
    stage.script(Reply::chunks(200, "text/event-stream", [format!("data: {WHOLE}\r\n\r\n").as_bytes()]));
    let got = stage.post("/anthropic/v1/messages", MESSAGES_STREAM);
    assert!(got.text().contains("event: message_stop"), "{}", got.text());
    let sent = stage.proxy.platform.take_sent();
    let urls: Vec<String> = sent.iter().map(|sent| sent.request.uri().to_string()).collect();
    let place = "https://generativelanguage.googleapis.com/v1beta/models/gemini-3.8-flash";
    assert_eq!(urls, [format!("{place}:generateContent"), format!("{place}:streamGenerateContent?alt=sse")]);
    assert_eq!(sent[0].request.headers()["x-goog-api-key"], "AIza-CANARY");
    assert!(!sent[0].request.headers().contains_key("anthropic-version"));
}

#[test]
fn a_gemini_caller_reaches_another_dialect_with_and_without_events() {
    let stage = with(&[("PROXYAGENT_MODEL_MAP", r#"{"g":"anthropic:claude-opus-5-5"}"#)]);
    stage.script(stream_reply());
    let got = stage.post("/gemini/v1beta/models/g:streamGenerateContent?alt=sse", BODY);
    assert!(
        got.text().contains("\"finishReason\":\"STOP\"") && !got.text().contains("[DONE]"),
        "{}",
        got.text()
    );
    stage.script(Reply::json(
        200,
        r#"{"id":"m","type":"message","role":"assistant","model":"c","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","usage":{"input_tokens":12,"output_tokens":8}}"#,
    ));
    let got = stage.post("/gemini/v1beta/models/g:streamGenerateContent", BODY);
    let array: serde_json::Value = serde_json::from_str(&got.text()).unwrap();
    assert_eq!(array[0]["candidates"][0]["content"]["parts"][0]["text"], "Hello");
    let sent = stage.proxy.platform.take_sent();
    assert!(sent[0].request.body().windows(13).any(|w| w == b"\"stream\":true"));
    assert!(!sent[1].request.body().windows(13).any(|w| w == b"\"stream\":true"));
    assert_eq!(
        stage.rows("SELECT cost_nano FROM proxy_agent_calls"),
        [[STREAM_COST.into()], [STREAM_COST.into()]]
    );
}

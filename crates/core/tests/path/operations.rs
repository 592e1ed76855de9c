//! Everything that is no chat: one path, one meter, one price table.

use super::*;

const FORM: &str = "multipart/form-data; boundary=b";

fn form(model: &str) -> String {
    format!(
        "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\ncontent-type: audio/wav\r\n\r\nRIFF\r\n--b\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\n{model}\r\n--b--\r\n"
    )
}

fn post_form(stage: &Stage, path: &str, body: &str) -> Got {
    let request = Request::post(path).header("authorization", format!("Bearer {}", stage.token));
    stage.ask(request.header("content-type", FORM).body(Bytes::copy_from_slice(body.as_bytes())).unwrap())
}

#[test]
fn each_operation_is_metered_and_settled() {
    for (path, body, answer, operation, row) in [
        (
            "/openai/v1/completions",
            r#"{"model":"gpt-3.5-turbo-instruct","prompt":"x"}"#,
            r#"{"choices":[{"text":"y"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}"#,
            "completions",
            // 10 × $1.5/M + 5 × $2/M
            [10, 5, 25_000],
        ),
        (
            "/openai/v1/embeddings",
            r#"{"model":"text-embedding-3-small","input":"x"}"#,
            r#"{"data":[],"usage":{"prompt_tokens":8,"total_tokens":8}}"#,
            "embeddings",
            [8, 0, 160],
        ),
        (
            "/openai/v1/responses/compact",
            r#"{"model":"gpt-6.1-terra","input":"x","store":false}"#,
            r#"{"id":"resp_1","object":"response.compaction","output":[],"usage":{"input_tokens":12,"output_tokens":5,"total_tokens":17}}"#,
            "compact",
            [12, 5, 37_000],
        ),
        (
            "/openai/v1/images/generations",
            r#"{"model":"gpt-image-1.5","prompt":"x"}"#,
            r#"{"data":[],"usage":{"input_tokens":50,"input_tokens_details":{"text_tokens":10,"image_tokens":40},"output_tokens":272,"output_tokens_details":{"image_tokens":272},"total_tokens":322}}"#,
            "images",
            [50, 272, 9_074_000],
        ),
    ] {
        let stage = Stage::new(&Limits { budget: Some(10_000_000_000), ..Limits::default() });
        stage.script(Reply::json(200, answer));
        let got = stage.post(path, body);
        assert_eq!((got.status, got.text().as_str()), (200, answer), "{path}");
        assert_eq!(
            stage.proxy.platform.take_sent()[0].request.uri().path(),
            path.strip_prefix("/openai").unwrap()
        );
        let rows = stage.rows("SELECT operation, input, output, cost_nano, pricing FROM proxy_agent_calls");
        let [input, output, cost] = row;
        assert_eq!(
            rows,
            [[operation.into(), input.into(), output.into(), cost.into(), "exact".into()]],
            "{path}"
        );
        assert_eq!(stage.money(), (cost, 0));
    }
}

#[test]
fn a_form_passes_as_it_came() {
    let stage = Stage::new(&Limits { budget: Some(10_000_000_000), ..Limits::default() });
    for (path, operation) in [
        ("/openai/v1/audio/transcriptions", "transcriptions"),
        ("/openai/v1/audio/translations", "translations"),
    ] {
        stage.script(Reply::json(
            200,
            r#"{"text":"hi","usage":{"type":"tokens","input_tokens":14,"input_token_details":{"audio_tokens":14},"output_tokens":3,"total_tokens":17}}"#,
        ));
        let body = form("gpt-4o-transcribe");
        assert_eq!(post_form(&stage, path, &body).status, 200);
        let sent = &stage.proxy.platform.take_sent()[0].request;
        assert_eq!(
            (sent.body(), &sent.headers()["content-type"]),
            (&Bytes::from(body), &FORM.parse().unwrap())
        );
        let record = &stage.proxy.platform.take_records()[0];
        let usage = (record.usage.input, record.usage.audio_in, record.usage.output);
        assert_eq!(
            (record.operation.name(), usage, record.pricing.name()),
            (operation, (14, 14, 3), "exact")
        );
    }
}

#[test]
fn a_form_obeys_scope_price_and_aliases() {
    let aliases = &[("PROXYAGENT_MODEL_MAP", r#"{"ears":"gpt-4o-transcribe"}"#)];
    let scoped =
        Limits { scope: Some("[\"openai:gpt-4o-transcribe\",\"openai:ears\"]"), ..Limits::default() };
    let path = "/openai/v1/audio/transcriptions";
    for (limits, model, status, code) in [
        (&scoped, "whisper-1", 403, "scope_denied"),
        (&scoped, "ears", 400, "body_invalid"),
        (&Limits { budget: Some(1_000_000_000), ..Limits::default() }, "whisper-1", 402, "price_unknown"),
        (&Limits { budget: Some(1), ..Limits::default() }, "gpt-4o-transcribe", 402, "budget_exhausted"),
    ] {
        let stage = Stage::with(limits, aliases);
        let got = post_form(&stage, path, &form(model));
        assert_eq!(
            (got.status, got.header("x-proxyagent-error")),
            (status, Some(code)),
            "{model}: {}",
            got.text()
        );
        assert!(stage.proxy.platform.take_sent().is_empty());
    }
    let stage = Stage::new(&Limits::default());
    let got = post_form(&stage, "/openai/v1/chat/completions", &form("gpt-5.5"));
    assert_eq!(got.status, 400);
    // Without a budget, what has no price per token passes and is marked.
    stage.script(Reply::json(200, r#"{"text":"hi","usage":{"type":"duration","seconds":3}}"#));
    assert_eq!(post_form(&stage, path, &form("whisper-1")).status, 200);
    let settled = stage.rows("SELECT pricing FROM proxy_agent_calls WHERE state = 'settled'");
    assert_eq!(settled, [["unpriced".into()]]);
}

#[test]
fn speech_without_usage_costs_its_hold_which_grows_with_the_text() {
    let cost = |text: &str| {
        let stage = Stage::new(&Limits { budget: Some(10_000_000_000), ..Limits::default() });
        stage.script(Reply::chunks(200, "audio/mpeg", [&b"\xff\xfb\x00"[..]]));
        let body = format!(r#"{{"model":"gpt-4o-mini-tts","voice":"alloy","input":"{text}"}}"#);
        let got = stage.post("/openai/v1/audio/speech", &body);
        assert_eq!((got.status, got.header("content-type")), (200, Some("audio/mpeg")));
        assert_eq!(got.chunks[0].as_ref().unwrap().as_ref(), b"\xff\xfb\x00");
        assert_eq!(stage.rows("SELECT pricing FROM proxy_agent_calls"), [["estimated".into()]]);
        stage.money().0
    };
    let (short, long) = (cost("hi"), cost(&"hi ".repeat(100)));
    assert!(short > 0 && long > short && long < 100_000_000, "{short} {long}");
}

#[test]
fn moderations_are_free_at_the_provider_that_says_so() {
    let stage = Stage::new(&Limits { budget: Some(0), ..Limits::default() });
    stage.script(Reply::json(200, r#"{"results":[]}"#));
    let got = stage.post("/openai/v1/moderations", r#"{"input":"x"}"#);
    assert_eq!(got.status, 200, "{}", got.text());
    assert_eq!(
        stage.proxy.platform.take_sent()[0].request.body(),
        &r#"{"model":"omni-moderation-latest","input":"x"}"#.as_bytes()
    );
    assert_eq!(stage.rows("SELECT pricing, cost_nano FROM proxy_agent_calls"), [["free".into(), 0.into()]]);
}

#[test]
fn what_a_provider_does_not_serve_is_refused_before_it_is_sent() {
    let stage = Stage::with(&Limits::default(), &[("PROXYAGENT_MODEL_MAP", r#"{"e":"mock"}"#)]);
    for (path, body) in [
        ("/anthropic/v1/embeddings", r#"{"model":"x","input":"y"}"#),
        ("/openai/v1/embeddings", r#"{"model":"e","input":"y"}"#),
    ] {
        let got = stage.post(path, body);
        assert_eq!((got.status, got.header("x-proxyagent-error")), (501, Some("not_supported")), "{path}");
    }
    assert!(stage.proxy.platform.take_sent().is_empty());
}

#[test]
fn usage_is_asked_for_where_a_stream_has_such_an_option() {
    for (path, body, asked) in [
        ("/openai/v1/completions", r#"{"model":"gpt-3.5-turbo-instruct","stream":true}"#, true),
        ("/openai/v1/images/generations", r#"{"model":"gpt-image-1.5","stream":true}"#, false),
        ("/openai/v1/audio/speech", r#"{"model":"gpt-4o-mini-tts","stream":true}"#, false),
    ] {
        let stage = Stage::new(&Limits::default());
        stage.script(Reply::chunks(200, "text/event-stream", [&b"data: [DONE]\n\n"[..]]));
        stage.post(path, body);
        let sent = stage.proxy.platform.take_sent();
        let text = std::str::from_utf8(sent[0].request.body()).unwrap();
        assert_eq!(text.contains("include_usage"), asked, "{text}");
    }
}

#[test]
fn what_an_endpoint_refuses_is_left_out_and_named() {
    let stage = Stage::with(&Limits::default(), &[("MISTRAL_API_KEY", "m"), ("DEEPSEEK_API_KEY", "d")]);
    stage.script(Reply::json(200, r#"{"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#));
    let got = stage.post(
        "/mistral/v1/chat/completions",
        r#"{"model":"mistral-medium-latest","stream_options":{"include_usage":true},"seed":7,"tool_choice":"required","max_completion_tokens":5,"messages":[],"store":false}"#,
    );
    assert_eq!((got.status, got.header("x-proxyagent-dropped")), (200, Some("stream_options, store")));
    assert_eq!(
        std::str::from_utf8(stage.proxy.platform.take_sent()[0].request.body()).unwrap(),
        r#"{"model":"mistral-medium-latest","random_seed":7,"tool_choice":"any","max_tokens":5,"messages":[]}"#
    );
    stage.script(Reply::json(200, r#"{"usage":{"input_tokens":1,"output_tokens":1}}"#));
    let got = stage.post(
        "/deepseek/anthropic/v1/messages",
        r#"{"model":"deepseek-v4-pro","max_tokens":5,"tools":[{"type":"custom","name":"f","input_schema":{}}]}"#,
    );
    assert_eq!((got.status, got.header("x-proxyagent-dropped")), (200, None));
    assert!(
        stage.proxy.platform.take_sent()[0]
            .request
            .body()
            .ends_with(br#""tools":[{"name":"f","input_schema":{}}]}"#)
    );
}

//! The operator's own upstreams: routed, scoped, aliased and metered like the shipped ones.

use super::*;
use crate::admin::{ask, refused};

const OWN: &[(&str, &str)] = &[
    (
        "PROXYAGENT_UPSTREAMS",
        r#"[{"name":"ollama","base_url":"http://127.0.0.1:11434","free":true,"models":["llama3.3"]},
            {"name":"vllm","base_url":"http://10.0.0.7:8000/v1","allow_http":true,"key_variable":"VLLM_API_KEY"},
            {"name":"zai","base_url":"https://api.z.ai/api/anthropic","dialect":"messages","key_variable":"ZAI_API_KEY"},
            {"name":"unset","base_url":"https://h.example","key_variable":"UNSET_API_KEY"}]"#,
    ),
    ("VLLM_API_KEY", "vllm-CANARY"),
    ("ZAI_API_KEY", "zai-CANARY"),
];
const CHAT: &str = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17}}"#;

#[test]
fn a_call_goes_where_the_operator_says_with_the_key_or_without() {
    for (path, url, header, free) in [
        ("/ollama/v1/chat/completions", "http://127.0.0.1:11434/v1/chat/completions", None, true),
        (
            "/vllm/chat/completions",
            "http://10.0.0.7:8000/v1/chat/completions",
            Some(("authorization", "Bearer vllm-CANARY")),
            false,
        ),
        (
            "/zai/v1/messages",
            "https://api.z.ai/api/anthropic/v1/messages",
            Some(("x-api-key", "zai-CANARY")),
            false,
        ),
    ] {
        let stage = Stage::with(&Limits::default(), OWN);
        stage.script(Reply::json(
            200,
            if path.contains("messages") {
                r#"{"usage":{"input_tokens":12,"output_tokens":5}}"#
            } else {
                CHAT
            },
        ));
        let got = stage.post(path, r#"{"model":"llama3.3","max_tokens":5,"messages":[]}"#);
        assert_eq!(got.status, 200, "{}", got.text());
        let sent = stage.proxy.platform.take_sent();
        assert_eq!(sent[0].request.uri().to_string(), url);
        for name in ["authorization", "x-api-key"] {
            let value = sent[0].request.headers().get(name).map(|v| v.to_str().unwrap());
            assert_eq!(
                value,
                header.filter(|(wanted, _)| *wanted == name).map(|(_, value)| value),
                "{path} {name}"
            );
        }
        let row = stage.rows("SELECT input, output, pricing, cost_nano FROM proxy_agent_calls");
        let pricing = if free { "free" } else { "unpriced" };
        assert_eq!(row, [[12.into(), 5.into(), pricing.into(), 0.into()]]);
    }
}

#[test]
fn a_budget_takes_only_what_is_free_or_priced() {
    let stage = Stage::with(&Limits { budget: Some(1_000), ..Limits::default() }, OWN);
    stage.script(Reply::json(200, CHAT));
    assert_eq!(stage.post("/ollama/v1/chat/completions", r#"{"model":"llama3.3"}"#).status, 200);
    let got = stage.post("/vllm/v1/chat/completions", r#"{"model":"llama3.3"}"#);
    assert_eq!((got.status, got.header("x-proxyagent-error")), (402, Some("price_unknown")));
}

#[test]
fn scopes_and_aliases_know_it() {
    let stage = Stage::with(&Limits { scope: Some(r#"["ollama:llama*"]"#), ..Limits::default() }, OWN);
    stage.script(Reply::json(200, CHAT));
    assert_eq!(stage.post("/ollama/chat/completions", r#"{"model":"llama3.3"}"#).status, 200);
    assert_eq!(stage.post("/ollama/chat/completions", r#"{"model":"qwen"}"#).status, 403);
    assert_eq!(stage.post("/vllm/chat/completions", r#"{"model":"llama3.3"}"#).status, 403);
    ask(&stage.proxy, "POST", "/admin/tokens", r#"{"label":"x","scope":["ollama","vllm:*"]}"#);
    assert!(
        refused(&stage.proxy, "POST", "/admin/tokens", r#"{"label":"x","scope":["nobody"]}"#, 400)
            .contains("ollama")
    );
    ask(&stage.proxy, "PUT", "/admin/aliases", r#"{"map":{"claude-opus-5-5":"ollama:llama3.3"}}"#);
    stage.proxy.platform.take_sent();
    // A Messages caller, translated to the upstream's Chat.
    stage.script(Reply::json(200, CHAT));
    let got = stage.post("/anthropic/v1/messages", MESSAGES);
    assert!(got.status == 200 && got.text().contains("\"text\":\"hi\""), "{}", got.text());
    assert_eq!(
        stage.proxy.platform.take_sent()[0].request.uri(),
        "http://127.0.0.1:11434/v1/chat/completions"
    );
    let catalog = ask(&stage.proxy, "GET", "/admin/catalog", "");
    assert!(catalog["providers"].as_array().unwrap().iter().any(|p| p["name"] == "ollama"));
}

#[test]
fn one_proxys_upstreams_are_not_anothers() {
    let other = Stage::new(&Limits::default());
    let got = other.post("/ollama/v1/chat/completions", r#"{"model":"llama3.3"}"#);
    assert_eq!((got.status, got.header("x-proxyagent-error")), (404, Some("provider_unknown")));
    let stage = Stage::with(&Limits::default(), OWN);
    let got = stage.post("/unset/v1/chat/completions", r#"{"model":"x"}"#);
    assert_eq!((got.status, got.header("x-proxyagent-error")), (400, Some("credential_missing")));
    let list =
        Request::get("/ollama/v1/models").header("x-api-key", &stage.token).body(Bytes::new()).unwrap();
    assert!(stage.ask(list).text().contains("llama3.3"));
}

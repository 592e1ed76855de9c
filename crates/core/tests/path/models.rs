//! Lists of models: what the token may use, in the caller's dialect.

use super::*;
use serde_json::Value as Json;

const KEYS: &[(&str, &str)] = &[
    ("GEMINI_API_KEY", "g"),
    ("PROXYAGENT_MODEL_MAP", r#"{"fast":"anthropic:claude-haiku-5-5","claude-old-*":"mock"}"#),
];

fn list(stage: &Stage, path: &str, headers: &[(&str, &str)]) -> Json {
    let mut request = Request::get(path).header("authorization", format!("Bearer {}", stage.token));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let got = stage.ask(request.body(Bytes::new()).unwrap());
    assert_eq!(got.status, 200, "{path}: {}", got.text());
    serde_json::from_str(&got.text()).unwrap()
}

fn ids(list: &Json) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap()).collect()
}

#[test]
fn a_list_is_what_the_scope_allows() {
    for (scope, path, has, lacks) in [
        (
            r#"["anthropic:claude-haiku-*"]"#,
            "/anthropic/v1/models?limit=1000",
            &["claude-haiku-5-5", "fast"][..],
            &["claude-opus-5-5", "mock"][..],
        ),
        (
            r#"["*"]"#,
            "/openai/v1/models",
            &["gpt-5.5", "mock", "mock-paid", "fast"],
            &["claude-opus-5-5", "text-embedding-3-small", "whisper-1"],
        ),
        (r#"["mock"]"#, "/openai/v1/models", &["mock", "mock-paid"], &["gpt-5.5"]),
        (
            r#"["*"]"#,
            "/v1/models",
            &["gpt-5.5", "claude-opus-5-5", "gemini-3.8-flash", "mock"],
            &["grok-4.7"],
        ),
        // No key is there for it.
        (r#"["*"]"#, "/groq/v1/models", &["mock"], &["openai/gpt-oss-120b"]),
    ] {
        let stage = Stage::with(&Limits { scope: Some(scope), ..Limits::default() }, KEYS);
        let list = list(&stage, path, &[]);
        let ids = ids(&list);
        for id in has {
            assert!(ids.contains(id), "{scope} {path}: no {id} in {ids:?}");
        }
        for id in lacks {
            assert!(!ids.contains(id), "{scope} {path}: {id}");
        }
        assert!(stage.proxy.platform.take_sent().is_empty());
        assert!(stage.rows("SELECT id FROM proxy_agent_calls").is_empty(), "a list is no call");
    }
}

#[test]
fn a_list_speaks_the_callers_dialect() {
    let stage = Stage::with(&Limits::default(), KEYS);
    let shape = |path: &str, headers: &[(&str, &str)]| {
        let list = list(&stage, path, headers);
        match (list["has_more"].is_boolean(), list["object"] == "list", list["models"].is_array()) {
            (true, false, false) => "messages",
            (false, true, false) => "chat",
            (false, false, true) => "gemini",
            other => panic!("{path}: {other:?} {list}"),
        }
    };
    for (path, headers, want) in [
        ("/anthropic/v1/models", &[][..], "messages"),
        ("/anthropic/v1/v1/models", &[], "messages"),
        ("/openai/v1/models", &[], "chat"),
        ("/openai/v1/models", &[("anthropic-version", "2023-06-01")], "messages"),
        ("/v1/models", &[], "chat"),
        ("/v1/models", &[("anthropic-version", "2026-10-21")], "messages"),
        ("/mock/v1/models", &[], "chat"),
        ("/gemini/v1beta/models", &[], "gemini"),
        ("/gemini/v1/models", &[], "chat"),
        ("/gemini/v1/models", &[("x-goog-api-key", "stale")], "gemini"),
        ("/gemini/v1/models?key=stale", &[], "gemini"),
        ("/gemini/v1beta/openai/models", &[], "chat"),
    ] {
        assert_eq!(shape(path, headers), want, "{path} {headers:?}");
    }
    let gemini = list(&stage, "/gemini/v1beta/models", &[]);
    let flash =
        gemini["models"].as_array().unwrap().iter().find(|m| m["name"] == "models/gemini-3.8-flash").unwrap();
    assert!(flash["inputTokenLimit"].is_u64() && flash["supportedGenerationMethods"][0] == "generateContent");
}

#[test]
fn one_model_and_pages() {
    let stage = Stage::with(&Limits { scope: Some(r#"["anthropic:*"]"#), ..Limits::default() }, KEYS);
    let one = list(&stage, "/anthropic/v1/models/claude-opus-5-5", &[]);
    assert_eq!((&one["type"], &one["id"]), (&"model".into(), &"claude-opus-5-5".into()));
    assert_eq!(list(&stage, "/anthropic/v1/models/claude%2Dopus-5-5", &[]), one);
    for path in ["/anthropic/v1/models/claude-nope", "/openai/v1/models/gpt-5.5"] {
        let request = Request::get(path).header("x-api-key", &stage.token).body(Bytes::new()).unwrap();
        let got = stage.ask(request);
        assert_eq!((got.status, got.header("x-proxyagent-error")), (404, Some("not_found")), "{path}");
    }
    let all = list(&stage, "/anthropic/v1/models", &[]);
    let (mut paged, mut after) = (Vec::new(), String::new());
    loop {
        let page = list(&stage, &format!("/anthropic/v1/models?limit=7{after}"), &[]);
        assert!(page["data"].as_array().unwrap().len() <= 7);
        paged.extend(page["data"].as_array().unwrap().clone());
        if page["has_more"] == false {
            break;
        }
        after = format!("&after_id={}", page["last_id"].as_str().unwrap());
    }
    assert_eq!(&paged, all["data"].as_array().unwrap());
}

#[test]
fn a_list_needs_a_live_token_but_no_room_in_its_limits() {
    for (limits, status, code) in [
        (Limits { revoked: Some(1), ..Limits::default() }, 401, "token_revoked"),
        (Limits { expires: Some(1), ..Limits::default() }, 401, "token_expired"),
    ] {
        let stage = Stage::new(&limits);
        let request = Request::get("/anthropic/v1/models").header("x-api-key", &stage.token);
        let got = stage.ask(request.body(Bytes::new()).unwrap());
        assert_eq!((got.status, got.header("x-proxyagent-error")), (status, Some(code)));
        assert!(got.text().contains("\"type\":\"error\""), "{}", got.text());
    }
    let stage = Stage::new(&Limits::default());
    let got = stage.ask(Request::get("/v1/models").body(Bytes::new()).unwrap());
    assert_eq!((got.status, got.header("x-proxyagent-error")), (401, Some("token_missing")));
    let stage = Stage::new(&Limits { rate: Some(1), budget: Some(0), ..Limits::default() });
    for _ in 0..5 {
        list(&stage, "/v1/models", &[]);
    }
    // A revocation counts at once, whatever is remembered.
    stage.proxy.platform.with_stale_cache();
    list(&stage, "/v1/models", &[]);
    stage
        .proxy
        .platform
        .query("UPDATE proxy_agent_tokens SET revoked_ms = 5, version = version + 1 RETURNING id");
    let request = Request::get("/v1/models").header("x-api-key", &stage.token).body(Bytes::new()).unwrap();
    assert_eq!(stage.ask(request).status, 401);
}

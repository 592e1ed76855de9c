//! `GET /v1/tools` and `POST /v1/tools/{name}/execute`: what leaves, what comes back, what is written down.

use super::*;
use crate::world::Reply;
use proxyagent_core::ports::{Severed, Unsent, Value as Column};
use serde_json::json;

const ROWS: &str =
    "SELECT provider, model, operation, state, status, error, cost_nano FROM proxy_agent_calls";
const SIZES: &str = "SELECT tool, outcome, status, sent_bytes, received_bytes FROM proxy_agent_tool_calls";

#[test]
fn a_token_sees_the_tools_of_its_scope() {
    for (scope, names) in [
        (r#"["*"]"#, vec!["note", "weather", "web_search"]),
        (r#"["tool:*"]"#, vec!["note", "weather", "web_search"]),
        (r#"["tool:we*"]"#, vec!["weather", "web_search"]),
        (r#"["anthropic", "tool:note"]"#, vec!["note"]),
        (r#"["anthropic", "*:*"]"#, vec![]),
        (r#"["openai:note"]"#, vec![]),
    ] {
        let stage = stage(&Limits { scope: Some(scope), ..Limits::default() });
        let got = get(&stage, "/v1/tools");
        assert_eq!(got.status, 200);
        let listed = json(&got);
        let seen: Vec<&str> =
            listed["tools"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
        assert_eq!(seen, names, "{scope}");
        assert!(!got.text().contains("CANARY"));
        let got = stage.post("/v1/tools/note/execute", "{}x");
        assert_eq!(got.status, 400, "a body that is no JSON is refused before anything is looked up");
        if !names.contains(&"note") {
            assert_eq!(stage.post("/v1/tools/note/execute", "{}").status, 404, "{scope}");
            assert_eq!(
                stage.rows(ROWS),
                [[
                    Column::Null,
                    Column::Null,
                    "tool".into(),
                    "refused".into(),
                    404.into(),
                    "not_found".into(),
                    0.into()
                ]]
            );
        }
    }
}

#[test]
fn the_arguments_leave_as_a_query_or_a_body_with_the_tools_own_headers() {
    let stage = stage(&Limits::default());
    stage.script(Reply::json(200, r#"{"t":3,"said":"{{7*7}} ${HOME} [[mock:cut]]"}"#));
    let got = stage.post("/v1/tools/weather/execute", r#"{"arguments":{"city":"São & Paulo=?#","days":2}}"#);
    assert_eq!(
        json(&got),
        json!({"name": "weather", "content": r#"{"t":3,"said":"{{7*7}} ${HOME} [[mock:cut]]"}"#, "is_error": false})
    );
    stage.script(Reply::chunks(200, "text/plain", [&b"kept"[..]]));
    let got = stage.post("/v1/tools/note/execute", r#"{"input":{"text":"a\"b"}}"#);
    assert_eq!(json(&got)["content"], "kept");

    let sent = stage.proxy.platform.take_sent();
    let (weather, note) = (&sent[0].request, &sent[1].request);
    assert_eq!(
        (weather.method().as_str(), weather.uri().to_string().as_str()),
        ("GET", "https://weather.example/v1/now?units=metric&city=S%C3%A3o%20%26%20Paulo%3D%3F%23&days=2")
    );
    assert_eq!(weather.headers()["authorization"], "Bearer WEATHER-CANARY");
    assert!(weather.headers()["authorization"].is_sensitive());
    assert!(weather.body().is_empty());
    assert_eq!(
        (note.method().as_str(), note.uri().to_string().as_str()),
        ("POST", "http://10.0.0.5:8080/notes")
    );
    assert_eq!(note.body(), &r#"{"text":"a\"b"}"#.as_bytes());
    assert!(!note.headers().contains_key("authorization"));
    for request in [weather, note] {
        let all = format!("{:?} {}", request.headers(), request.uri());
        assert!(!all.contains("pa_") && !all.contains("x-api-key"), "the machine token stays here: {all}");
    }
    let ok = |tool: &str, cost: i64| -> Vec<Column> {
        let settled = ["settled".into(), 200.into(), Column::Null, cost.into()];
        ["tool".into(), tool.into(), "tool".into()].into_iter().chain(settled).collect()
    };
    assert_eq!(stage.rows(ROWS), [ok("weather", 0), ok("note", 10_000_000)]);
    assert_eq!(stage.money(), (10_000_000, 0));
    assert_eq!(
        stage.rows(SIZES),
        [
            ["weather".into(), "ok".into(), 200.into(), 56.into(), 45.into()],
            ["note".into(), "ok".into(), 200.into(), 15.into(), 4.into()],
        ]
    );
}

#[test]
fn what_goes_wrong_in_a_tool_is_a_result_that_says_so() {
    let large = "x".repeat(65);
    for (reply, said, outcome, status) in [
        (
            Reply::json(500, r#"{"oops":1}"#),
            r#"the tool answered with status 500: {"oops":1}"#,
            "tool_failed",
            502,
        ),
        (Reply::json(302, "").header("location", "http://127.0.0.1/"), "redirect", "tool_redirect", 502),
        (
            Reply::json(401, r#"{"key":"Bearer WEATHER-CANARY"}"#),
            "refused the proxy's credential",
            "tool_credential_refused",
            502,
        ),
        (Reply::json(200, &large), "larger than 64 bytes", "tool_too_large", 502),
        (Reply::chunks(200, "image/png", [&b"\xff\xfe"[..]]), "is not text", "tool_failed", 502),
        (Reply::json(200, "{}").header("content-encoding", "gzip"), "compressed", "tool_encoded", 502),
        (Reply::json(200, "{\"a").cut(Severed::Reset), "broke off", "tool_cut", 502),
        (Reply::Never(Unsent::Connect), "could not be reached", "tool_unreachable", 502),
        (Reply::Never(Unsent::Forbidden), "not one that tools may reach", "tool_forbidden", 502),
        (Reply::Never(Unsent::Slow), "did not answer in time", "tool_slow", 504),
    ] {
        let stage = stage(&Limits::default());
        stage.script(reply);
        let got = stage.post("/v1/tools/weather/execute", r#"{"arguments":{"city":"x"}}"#);
        let answer = json(&got);
        assert_eq!((got.status, &answer["is_error"]), (200, &json!(true)), "{outcome}");
        assert!(answer["content"].as_str().unwrap().contains(said), "{outcome}: {answer}");
        assert!(!got.text().contains("CANARY"), "{outcome}");
        let row = &stage.rows(ROWS)[0];
        assert_eq!(row[3..6], ["settled".into(), i64::from(status).into(), outcome.into()]);
        assert_eq!(stage.rows(SIZES)[0][1], outcome.into());
    }
}

#[test]
fn an_echo_of_the_tools_credential_is_redacted() {
    let stage = stage(&Limits::default());
    stage.script(Reply::json(200, r#"{"you sent":"Bearer WEATHER-CANARY"}"#));
    let got = stage.post("/v1/tools/weather/execute", r#"{"arguments":{"city":"x"}}"#);
    assert_eq!(json(&got)["content"], r#"{"you sent":"[redacted]"}"#);
}

#[test]
fn wrong_arguments_go_nowhere_and_cost_nothing() {
    let stage = stage(&Limits::default());
    for (arguments, said) in [
        (r#"{}"#, "arguments lacks \"city\""),
        (r#"{"city":""}"#, "arguments.city must have at least 1 characters"),
        (r#"{"city":"x","url":"http://127.0.0.1"}"#, "arguments must not have \"url\""),
    ] {
        let got = stage.post("/v1/tools/weather/execute", &format!(r#"{{"arguments":{arguments}}}"#));
        assert_eq!(json(&got), json!({"name": "weather", "content": said, "is_error": true}));
    }
    assert!(stage.proxy.platform.take_sent().is_empty());
    assert_eq!(stage.rows(SIZES).len(), 3);
    assert_eq!(stage.money(), (0, 0));
}

#[test]
fn a_tools_price_is_held_and_charged_like_a_models() {
    let limits = Limits { budget: Some(25_000_000), ..Limits::default() };
    let stage = stage(&limits);
    for spent in [10_000_000, 20_000_000] {
        stage.script(Reply::json(200, "{}"));
        assert_eq!(stage.post("/v1/tools/note/execute", "{}").status, 200);
        assert_eq!(stage.money(), (spent, 0));
    }
    let got = stage.post("/v1/tools/note/execute", "{}");
    assert_eq!((got.status, got.header("x-proxyagent-error")), (402, Some("budget_exhausted")));
    // What never reached the tool is not paid for; what may have is.
    let stage = super::stage(&Limits::default());
    for (why, spent) in [
        (Unsent::Connect, 0),
        (Unsent::Forbidden, 0),
        (Unsent::Slow, 10_000_000),
        (Unsent::Reset, 20_000_000),
    ] {
        stage.script(Reply::Never(why));
        stage.post("/v1/tools/note/execute", "{}");
        assert_eq!(stage.money(), (spent, 0), "{why}");
    }
}

#[test]
fn a_token_that_may_not_call_may_not_run_tools_either() {
    for (limits, status) in [
        (Limits { revoked: Some(1), ..Limits::default() }, 401),
        (Limits { expires: Some(1), ..Limits::default() }, 401),
        (Limits { rate: Some(1), ..Limits::default() }, 429),
    ] {
        let stage = stage(&limits);
        stage.script(Reply::json(200, "{}"));
        stage.post("/v1/tools/note/execute", "{}");
        assert_eq!(stage.post("/v1/tools/note/execute", "{}").status, status);
        assert_eq!(get(&stage, "/v1/tools").status, if status == 401 { 401 } else { 200 });
    }
    let stage = stage(&Limits::default());
    assert_eq!(stage.ask(Request::get("/v1/tools").body(bytes::Bytes::new()).unwrap()).status, 401);
    for path in ["/v1/tools/none/execute", "/v1/tools/Web_search/execute"] {
        assert_eq!(stage.post(path, "{}").status, 404, "{path}");
    }
}

#[test]
fn every_search_is_asked_and_read_in_its_own_way() {
    let results = |text: &str| json!([{"title": "T", "url": "https://u", "text": text}]);
    let cases = [
        (
            vec![("TAVILY_API_KEY", "tvly-CANARY")],
            r#"{"results":[{"title":"T","url":"https://u","content":"C","score":1}]}"#,
            ("https://api.tavily.com/search", r#"{"query":"a b","max_results":2,"search_depth":"basic"}"#),
            json!({"source": "tavily", "results": results("C")}),
            8_000_000,
        ),
        (
            vec![("BRAVE_API_KEY", "brave-CANARY")],
            r#"{"web":{"results":[{"title":"T","url":"https://u","description":"D"}]}}"#,
            ("https://api.search.brave.com/res/v1/web/search?q=a%20b&count=2", ""),
            json!({"source": "brave", "results": results("D")}),
            5_000_000,
        ),
        (
            vec![("PROXYAGENT_SEARXNG_URL", "http://127.0.0.1:8888/"), ("BRAVE_API_KEY", "x")],
            r#"{"results":[{"title":"T","url":"https://u","content":"1"},{"title":"T","url":"https://u","content":"2"},{"title":"3"}]}"#,
            ("http://127.0.0.1:8888/search?q=a%20b&format=json", ""),
            json!({"source": "searxng", "results": [
                {"title": "T", "url": "https://u", "text": "1"}, {"title": "T", "url": "https://u", "text": "2"}]}),
            0,
        ),
    ];
    for (settings, reply, (uri, body), want, cost) in cases {
        let stage = Stage::with(&Limits::default(), &settings);
        stage.script(Reply::json(200, reply));
        let got =
            stage.post("/v1/tools/web_search/execute", r#"{"arguments":{"query":"a b","max_results":2}}"#);
        let content: Value = serde_json::from_str(json(&got)["content"].as_str().unwrap()).unwrap();
        assert_eq!(content, want);
        let sent = &stage.proxy.platform.take_sent()[0].request;
        assert_eq!((sent.uri().to_string().as_str(), &sent.body()[..]), (uri, body.as_bytes()));
        assert_eq!(stage.money(), (cost, 0));
    }
    let stage = Stage::new(&Limits::default());
    stage.script(Reply::json(
        200,
        r#"{"Heading":"H","AbstractText":"A","AbstractURL":"https://u","Answer":"","RelatedTopics":[{"Text":"R","FirstURL":"https://r"},{"Name":"group","Topics":[{"Text":"G","FirstURL":"https://g"}]}]}"#,
    ));
    let got = stage.post("/v1/tools/web_search/execute", r#"{"arguments":{"query":"x"}}"#);
    let content: Value = serde_json::from_str(json(&got)["content"].as_str().unwrap()).unwrap();
    assert_eq!(content["results"].as_array().unwrap().len(), 3);
    assert!(content["note"].as_str().unwrap().contains("not a search of the web"), "it says what it is");
}

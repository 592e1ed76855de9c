//! Every conformance case of the nine providers, through the whole path: what arrives upstream, what arrives at the
//! caller, what is metered and charged.

use super::*;
use proxyagent_core::money::Nano;
use proxyagent_core::provider::PROVIDERS;
use proxyagent_core::time::UnixMs;
use serde_json::Value as Json;
use std::path::PathBuf;

/// Cases that this path does not take, and why.
const EXCLUDED: &[(&str, &str)] = &[
    ("A11", "answered here, from the price table: models.rs"),
    ("A13", "a subscription's OAuth credential"),
    ("A17", "batches are not served: closed.rs"),
    ("A18", "batches are not served: closed.rs"),
    ("A20", "refused here, with 402: money.rs"),
    ("A21", "refused here: refuse.rs"),
    ("A22", "refused here, with 403: refuse.rs"),
    ("B07", "several credentials"),
    ("B09", "refused here: refuse.rs"),
    ("B15", "WebSockets are not served"),
    ("B24", "WebSockets are not served"),
    ("H06", "an answer that no caller can get any more: its cause is left out of the request"),
];

struct Case {
    id: String,
    json: Json,
}

impl Case {
    fn provider(&self) -> &str {
        match (self.json["route"]["provider"].as_str(), &self.id[..1]) {
            (Some("deepseek-anthropic"), _) => "deepseek",
            (Some(name), _) => name,
            (None, "A") => "anthropic",
            (None, "B") => "openai",
            _ => "gemini",
        }
    }

    /// A body given as JSON or as a file.
    fn body(&self, of: &str) -> Option<Vec<u8>> {
        let part = &self.json[of];
        match (part["body_file"].as_str(), &part["body"]) {
            (Some(file), _) => Some(std::fs::read(root().join(&self.id).join(file)).unwrap()),
            (None, Json::Null) => None,
            (None, Json::String(text)) => Some(text.clone().into_bytes()),
            (None, body) => Some(body.to_string().into_bytes()),
        }
    }

    fn request(&self, token: &str) -> Request<Bytes> {
        let given = &self.json["request"];
        let path = given["path"].as_str().unwrap().replace(TOKEN, token);
        let mut request = Request::builder()
            .method(given["method"].as_str().unwrap())
            .uri(format!("/{}{path}", self.provider()));
        for (name, value) in given["headers"].as_object().unwrap() {
            request = request.header(name, value.as_str().unwrap().replace(TOKEN, token));
        }
        request.body(self.body("request").unwrap_or_default().into()).unwrap()
    }

    fn reply(&self) -> Reply {
        let answer = &self.json["upstream_response"];
        let headers = answer["headers"].as_object().unwrap();
        let kind = headers.get("content-type").map_or("application/json", |kind| kind.as_str().unwrap());
        let body = self.body("upstream_response").unwrap_or_default();
        let reply =
            Reply::chunks(u16::try_from(answer["status"].as_u64().unwrap()).unwrap(), kind, body.chunks(7));
        if answer["then"] == "connection_reset" { reply.cut(Severed::Reset) } else { reply }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures")
}

fn cases() -> Vec<Case> {
    let index: Vec<Json> =
        serde_json::from_slice(&std::fs::read(root().join("index.json")).unwrap()).unwrap();
    let ids = index.iter().map(|entry| entry["id"].as_str().unwrap().to_owned());
    let wanted = ids.filter(|id| "ABCH".contains(&id[..1]) && !EXCLUDED.iter().any(|(other, _)| other == id));
    wanted
        .map(|id| {
            let json =
                serde_json::from_slice(&std::fs::read(root().join(&id).join("case.json")).unwrap()).unwrap();
            Case { id, json }
        })
        // Two are in the index only.
        .filter(|case| case.json["upstream_request"].is_object())
        .collect()
}

fn stage() -> Stage {
    let keys: Vec<(String, &str)> = PROVIDERS
        .iter()
        .filter(|p| !p.offline)
        .map(|p| {
            let key = match p.name {
                "anthropic" => "sk-ant-api03-UPSTREAM",
                "openai" => "sk-UPSTREAM",
                "gemini" => "AIza-UPSTREAM",
                _ => "UPSTREAM",
            };
            (p.key_variable.to_owned(), key)
        })
        .collect();
    let mut settings: Vec<(&str, &str)> = keys.iter().map(|(name, key)| (name.as_str(), *key)).collect();
    settings.push((
        "PROXYAGENT_UPSTREAMS",
        r#"[{"name":"perplexity","base_url":"https://api.perplexity.ai/chat/completions","key_variable":"PERPLEXITY_API_KEY"}]"#,
    ));
    settings.push(("PERPLEXITY_API_KEY", "UPSTREAM"));
    let stage = Stage::with(&Limits::default(), &settings);
    // The only instant the cases name.
    stage.proxy.platform.set_now(UnixMs(1_795_435_200_000));
    stage
}

#[test]
fn every_case_of_the_nine_providers() {
    let (mut seen, mut priced) = (Vec::new(), 0);
    for case in cases() {
        let stage = stage();
        stage.script(case.reply());
        let got = stage.ask(case.request(&stage.token));
        arrives_upstream(&case, &stage);
        arrives_at_the_caller(&case, &got);
        priced += usize::from(is_charged(&case, &stage));
        seen.push(case.id);
    }
    assert!(seen.len() >= 35 && priced >= 25, "{} seen, {priced} priced: {seen:?}", seen.len());
}

fn arrives_upstream(case: &Case, stage: &Stage) {
    let id = &case.id;
    let want = &case.json["upstream_request"];
    let sent = stage.proxy.platform.take_sent();
    assert_eq!(sent.len(), 1, "{id}");
    let request = &sent[0].request;
    assert_eq!(request.uri().to_string(), want["url"].as_str().unwrap(), "{id}");
    assert_eq!(request.method().as_str(), want["method"].as_str().unwrap(), "{id}");
    for (name, value) in want["headers"].as_object().unwrap() {
        assert_eq!(request.headers().get(name).map(|v| v.to_str().unwrap()), value.as_str(), "{id} {name}");
    }
    for name in want["headers_absent"].as_array().into_iter().flatten() {
        assert!(!request.headers().contains_key(name.as_str().unwrap()), "{id} {name}");
    }
    assert!(!format!("{:?} {}", request.headers(), request.uri()).contains("pa_"), "{id}");
    let body = case.body("upstream_request").unwrap();
    if want["body_file"].is_string() {
        assert_eq!(request.body(), &body, "{id}");
    } else {
        let json = |bytes: &[u8]| serde_json::from_slice::<Json>(bytes).unwrap();
        assert_eq!(json(request.body()), json(&body), "{id}");
    }
}

fn arrives_at_the_caller(case: &Case, got: &Got) {
    let id = &case.id;
    assert_eq!(Some(u64::from(got.status)), case.json["client_response"]["status"].as_u64(), "{id}");
    let want = case.body("client_response").or_else(|| case.body("upstream_response")).unwrap();
    let text = got.text();
    let cut = case.json["upstream_response"]["then"] == "connection_reset";
    if cut {
        let sent = case.body("upstream_response").unwrap();
        assert!(text.len() > sent.len() && text.contains("error"), "{id}: {text}");
    } else if case.json["client_response"]["body_file"].is_string() {
        // A stream that ended in an error of the upstream may be followed by nothing.
        assert!(text.as_bytes() == want, "{id}: {text}");
    } else {
        assert_eq!(
            serde_json::from_str::<Json>(&text).unwrap(),
            serde_json::from_slice::<Json>(&want).unwrap(),
            "{id}"
        );
    }
}

/// Whether the case states a price; the row agrees with it.
fn is_charged(case: &Case, stage: &Stage) -> bool {
    let id = &case.id;
    let row = &stage
        .rows("SELECT input, output, cache_read, cost_nano, pricing, provider FROM proxy_agent_calls")[0];
    assert_eq!(row[5].text(), Some(case.provider()), "{id}");
    let stated = &case.json["usage"];
    let count = |name: &str| i64::try_from(stated[name].as_u64().unwrap_or(0)).unwrap();
    assert_eq!(
        [row[0].int(), row[1].int(), row[2].int()],
        [Some(count("input")), Some(count("output")), Some(count("cache_read"))],
        "{id}"
    );
    let dollars = Some(&case.json["price"]["cost_usd"])
        .filter(|cost| cost.is_number())
        .or(Some(&case.json["reported_cost_usd"])
            .filter(|cost| cost.is_number() && case.provider() == "openrouter"));
    let complete = case.json["usage_complete"] != false;
    let Some(dollars) = dollars.filter(|_| complete) else { return false };
    let nano = Nano::parse_decimal(&dollars.to_string(), 0).unwrap();
    assert_eq!((row[3].int(), row[4].text()), (Some(nano.0), Some("exact")), "{id}");
    true
}

/// Each provider, named by its own table: streamed and whole, its key where it belongs, and nothing of the token.
#[test]
fn every_provider_answers_in_every_dialect_it_speaks() {
    for provider in PROVIDERS.iter().filter(|p| !p.offline) {
        for endpoint in provider.endpoints.iter().filter(|e| e.operation.name() == "generate") {
            for stream in [false, true] {
                let stage = stage();
                let dialect = endpoint.dialect.name();
                let (whole, events) = answers(dialect);
                stage.script(if stream {
                    Reply::chunks(200, "text/event-stream", events.bytes().collect::<Vec<u8>>().chunks(11))
                } else {
                    Reply::json(200, whole)
                });
                let model = provider.example_models[0];
                let (path, body) = call(dialect, provider.name, model, stream);
                let got = stage.post(&path, &body);
                assert_eq!(got.status, 200, "{} {dialect}: {}", provider.name, got.text());
                assert_eq!(got.text(), if stream { events } else { whole }, "{} {dialect}", provider.name);
                let sent = stage.proxy.platform.take_sent();
                let request = &sent[0].request;
                let url = request.uri().to_string();
                assert!(url.starts_with(provider.base_url), "{url}");
                assert_eq!(url.contains("alt=sse"), dialect == "gemini" && stream, "{url}");
                let keys = ["authorization", "x-api-key", "x-goog-api-key", "api-key"];
                let found: Vec<&str> =
                    keys.into_iter().filter(|name| request.headers().contains_key(*name)).collect();
                assert_eq!(found.len(), 1, "{} {dialect}: {found:?}", provider.name);
                assert!(request.headers()[found[0]].to_str().unwrap().ends_with("UPSTREAM"));
                let row = &stage
                    .rows("SELECT input, output, streamed, pricing, provider, model FROM proxy_agent_calls")
                    [0];
                let counts = [row[0].clone(), row[1].clone(), row[2].clone()];
                assert_eq!(
                    counts,
                    [12.into(), 5.into(), i64::from(stream).into()],
                    "{} {dialect}",
                    provider.name
                );
                assert_eq!(row[4..], [provider.name.into(), model.into()]);
                // Only a broker's models have no row in the table.
                let known = stage.proxy.house.prices().find(provider.name, model).is_some();
                assert_eq!(
                    row[3].text(),
                    Some(if known { "exact" } else { "unpriced" }),
                    "{}",
                    provider.name
                );
            }
        }
    }
}

fn call(dialect: &str, provider: &str, model: &str, stream: bool) -> (String, String) {
    let flag = format!(r#""model":"{model}","stream":{stream},"stream_options":{{"include_usage":true}}"#);
    match dialect {
        "messages" => {
            (format!("/{provider}/v1/messages"), format!(r#"{{{flag},"max_tokens":9,"messages":[]}}"#))
        }
        "chat" => (format!("/{provider}/v1/chat/completions"), format!(r#"{{{flag},"messages":[]}}"#)),
        "responses" => (format!("/{provider}/v1/responses"), format!(r#"{{{flag},"input":"hi"}}"#)),
        _ => {
            let verb = if stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
            (format!("/{provider}/v1beta/models/{model}:{verb}"), r#"{"contents":[]}"#.to_owned())
        }
    }
}

/// A whole answer and a stream; each says 12 tokens in and 5 out.
fn answers(dialect: &str) -> (&'static str, &'static str) {
    match dialect {
        "messages" => (
            r#"{"type":"message","content":[],"usage":{"input_tokens":12,"output_tokens":5}}"#,
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":12,\"output_tokens\":1}}}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":5}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        ),
        "chat" => (
            r#"{"choices":[{"index":0,"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17}}"#,
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":5,\"total_tokens\":17}}\n\ndata: [DONE]\n\n",
        ),
        "responses" => (
            r#"{"id":"resp_1","object":"response","status":"completed","output":[],"usage":{"input_tokens":12,"output_tokens":5,"total_tokens":17}}"#,
            "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\"}}\n\nevent: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"resp_1\",\"output\":[],\"usage\":{\"input_tokens\":12,\"output_tokens\":5,\"total_tokens\":17}}}\n\n",
        ),
        _ => (
            r#"{"candidates":[{"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":12,"candidatesTokenCount":5,"totalTokenCount":17}}"#,
            "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hi\"}]}}]}\r\n\r\ndata: {\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":12,\"candidatesTokenCount\":5,\"totalTokenCount\":17}}\r\n\r\n",
        ),
    }
}

const TOKEN: &str = "pa_test_machine_token";

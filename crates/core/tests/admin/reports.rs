use super::{ask, refused, send};
use crate::world::World;
use proxyagent_core::proxy::Proxy;
use serde_json::{Value, json};
use std::sync::Arc;

/// Calls 1 to 5, in order of time; the fourth is refused before it said what it wanted.
fn with_calls() -> Arc<Proxy<World>> {
    let proxy = World::proxy(&[]);
    for sql in [
        "INSERT INTO proxy_agent_tokens (id, hash, masked, label, scope, created_ms)
         VALUES ('tok_1', 'h', 'pa_x', 'ci', '[\"*\"]', 0)",
        "INSERT INTO proxy_agent_calls
           (id, request_id, token_id, state, started_ms, dialect, operation, asked_provider, asked_model, provider, model,
            rule, credential_id, streamed, attempts, status, held_nano, cost_nano, pricing, input, cache_read, cache_write,
            cache_write_long, output, reasoning, web_search, ended, first_byte_ms, duration_ms, overhead_us)
         VALUES ('req_2', 'mine', 'tok_1', 'settled', 2000, 'messages', 'generate', 'anthropic', 'fast', 'openai',
            'gpt-5.5', 'fast', 'env:openai', 1, 1, 200, 900000, 208000, 'exact', 10, 4, 2, 1, 8, 3, 1, 'complete', 40, 90, 350)",
        "INSERT INTO proxy_agent_calls (id, request_id, token_id, state, started_ms, dialect, operation)
         VALUES ('req_1', 'req_1', 'gone', 'settled', 1000, 'chat', 'generate'),
                ('req_3', 'req_3', 'tok_1', 'open', 3000, 'chat', 'generate'),
                ('req_5', 'req_5', 'tok_1', 'settled', 5000, 'chat', 'generate')",
        "INSERT INTO proxy_agent_calls (id, request_id, state, started_ms, dialect, operation, status, ended, error)
         VALUES ('req_4', 'req_4', 'refused', 4000, 'chat', 'generate', 401, 'refused', 'token_unknown')",
    ] {
        proxy.platform.query(sql);
    }
    proxy
}

fn ids(page: &Value) -> Vec<&str> {
    page["logs"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[test]
fn a_row_has_every_promised_field() {
    let proxy = with_calls();
    let answer = send(&proxy, "GET", "/admin/logs?limit=1&before=req_3", "");
    assert_eq!(std::str::from_utf8(answer.body()).unwrap(), ROW.replace('\n', ""));
}

#[test]
fn pages_go_from_the_newest_to_the_end() {
    let proxy = with_calls();
    let all = ask(&proxy, "GET", "/admin/logs", "");
    assert_eq!((ids(&all), &all["next"]), (vec!["req_5", "req_4", "req_3", "req_2", "req_1"], &Value::Null));
    let refused_call = &all["logs"][1];
    assert_eq!(
        (&refused_call["token_label"], &refused_call["asked"], &refused_call["error"]),
        (&Value::Null, &Value::Null, &json!("token_unknown"))
    );
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = ask(&proxy, "GET", &format!("/admin/logs{query}"), "");
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?limit=2&before={next}");
    }
    assert_eq!(seen, ids(&all));
    assert_eq!(ids(&ask(&proxy, "GET", "/admin/logs?before=req%5F2", "")), ["req_1"]);
    assert_eq!(ask(&proxy, "GET", "/admin/logs?limit=5", "")["next"], Value::Null);
    for query in [
        "limit=0",
        "limit=1001",
        "limit=x",
        "limit=",
        "limit=-1",
        "before=",
        "before=a%20b",
        "before=%",
        "offset=3",
    ] {
        refused(&proxy, "GET", &format!("/admin/logs?{query}"), "", 400);
    }
}

#[test]
fn usage_comes_from_the_counters_along_every_axis() {
    let proxy = with_calls();
    let nothing = ask(&proxy, "GET", "/admin/usage", "");
    assert_eq!((&nothing["usage"]["requests"], &nothing["providers"]), (&json!(0), &json!([])));
    proxy.platform.query(
        "INSERT INTO proxy_agent_usage
           (day, token_id, provider, model, requests, refused, prompt_tokens, completion_tokens, cost_nano)
         VALUES (20781, 'tok_1', 'openai', 'gpt-5.5', 3, 1, 100, 20, 1000000000),
                (20782, 'tok_1', 'openai', 'gpt-5.5', 1, 0, 10, 2, 500000000),
                (20782, 'tok_2', 'mock', 'mock', 5, 0, 50, 10, 0),
                (20782, '', '', '', 4, 4, 0, 0, 0)",
    );
    let counters = |requests: i64, refused: i64, prompt: i64, completion: i64, nano: i64| {
        json!({
            "requests": requests, "refused": refused, "prompt_tokens": prompt, "completion_tokens": completion,
            "cost_usd": serde_json::from_str::<Value>(&(nano as f64 / 1e9).to_string()).unwrap(), "cost_nano": nano
        })
    };
    let with = |members: Value, counters: &Value| {
        let mut all = members.as_object().unwrap().clone();
        all.extend(counters.as_object().unwrap().clone());
        Value::Object(all)
    };
    let openai = counters(4, 1, 110, 22, 1_500_000_000);
    let mock = counters(5, 0, 50, 10, 0);
    let unknown = counters(4, 4, 0, 0, 0);
    assert_eq!(
        ask(&proxy, "GET", "/admin/usage", ""),
        json!({
            "usage": counters(13, 5, 160, 32, 1_500_000_000),
            "providers": [with(json!({"provider": "mock"}), &mock), with(json!({"provider": "openai"}), &openai)],
            "tools": [],
            "models": [
                with(json!({"provider": "openai", "model": "gpt-5.5"}), &openai),
                with(json!({"provider": "mock", "model": "mock"}), &mock),
            ],
            "tokens": [
                with(json!({"token_id": "tok_1", "token_label": "ci"}), &openai),
                with(json!({"token_id": "tok_2", "token_label": null}), &mock),
                with(json!({"token_id": null, "token_label": null}), &unknown),
            ],
            "days": [
                with(json!({"day": "2026-11-25"}), &counters(10, 4, 60, 12, 500_000_000)),
                with(json!({"day": "2026-11-24"}), &counters(3, 1, 100, 20, 1_000_000_000)),
            ],
            "backend": "sqlite",
            "encryption": false
        })
    );
}

#[test]
fn credentials_are_named_and_never_shown() {
    let proxy = World::proxy(&[("ANTHROPIC_API_KEY", "sk-ant-CANARY")]);
    let answer = send(&proxy, "GET", "/admin/providers", "");
    assert!(!std::str::from_utf8(answer.body()).unwrap().contains("CANARY"));
    assert_eq!(
        serde_json::from_slice::<Value>(answer.body()).unwrap(),
        json!({
            "credentials": [{
                "id": "env:anthropic", "provider": "anthropic", "kind": "api_key", "label": "ANTHROPIC_API_KEY",
                "active": true, "masked": "env", "created_ms": null, "priority": 0, "state": "ok", "why": null,
                "until_ms": null, "failures": 0, "fields": {}
            }],
            "configured": ["anthropic"],
            "encryption": false,
            "key_id": null
        })
    );
}

#[test]
fn the_catalog_lists_every_provider() {
    let catalog = ask(&World::proxy(&[]), "GET", "/admin/catalog", "");
    let providers = catalog["providers"].as_array().unwrap();
    assert_eq!(providers.len(), proxyagent_core::provider::PROVIDERS.len());
    let anthropic = providers.iter().find(|provider| provider["name"] == "anthropic").unwrap();
    assert_eq!((&anthropic["label"], &anthropic["dialects"]), (&json!("Anthropic"), &json!(["messages"])));
    assert_eq!(
        (&anthropic["key_variable"], &anthropic["offline"]),
        (&json!("ANTHROPIC_API_KEY"), &json!(false))
    );
    let mock = providers.iter().find(|provider| provider["name"] == "mock").unwrap();
    assert_eq!((&mock["key_variable"], &mock["offline"]), (&Value::Null, &json!(true)));
}

/// One page of one call, with line breaks where a reader wants them.
const ROW: &str = r#"{"logs":[{"id":"req_2","ts_ms":2000,"time":"1970-01-01T00:00:02.000Z","token_id":"tok_1","token_label":"ci",
"provider":"openai","model":"gpt-5.5","status":200,"prompt_tokens":17,"completion_tokens":8,"latency_ms":90,
"streamed":true,"tools_used":[],"cost_usd":0.000208,"error":null,
"request_id":"mine","dialect":"messages","operation":"generate","asked":"anthropic:fast","rule":"fast",
"credential_id":"env:openai","state":"settled","ended":"complete","attempts":1,"pricing":"exact",
"cached_tokens":4,"reasoning_tokens":3,"first_byte_ms":40,"overhead_us":350,"held_usd":0.0009,"held_nano":900000,"cost_nano":208000,
"usage":{"input":10,"cache_read":4,"cache_write":2,"cache_write_long":1,"output":8,"reasoning":3,
"audio_in":0,"image_in":0,"audio_out":0,"image_out":0,"web_search":1,"web_fetch":0}}],"next":"req_2"}"#;

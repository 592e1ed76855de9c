//! How long a call with every limit takes when the store holds ten past calls, and when it holds a million:
//! `cargo test --release -p proxyagent-local-server --test admission_time -- --ignored --nocapture`
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use bytes::Bytes;
use http::Request;
use proxyagent_core::admin::{self, Admin};
use proxyagent_core::ports::{Sql, Statement};
use proxyagent_core::proxy::Proxy;
use proxyagent_core::serve::{self, Body};
use proxyagent_local_server::Native;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Calls of a token with a budget in a group, each rate, and a provider budget.
#[tokio::test]
#[ignore = "a measurement: it takes minutes and a quiet machine"]
async fn a_call_takes_as_long_after_a_million_calls_as_after_ten() {
    let few = measured(10).await;
    let many = measured(1_000_000).await;
    eprintln!("per call, median: {few:?} after 10 past calls, {many:?} after 1,000,000");
    // A deeper tree costs a page or two, not a scan.
    assert!(many < few * 2, "{few:?} and {many:?}");
}

#[tokio::test]
async fn every_limit_can_be_asked_for_at_once() {
    assert!(measured(10).await > Duration::ZERO);
}

async fn measured(past: i64) -> Duration {
    let home = tempfile::tempdir().unwrap();
    let vars =
        BTreeMap::from([("PROXYAGENT_PROVIDER_BUDGETS".to_owned(), r#"{"mock": 1000000}"#.to_owned())]);
    let proxy = proxyagent_local_server::open(home.path(), vars).await.unwrap();
    ask(&proxy, "PUT", "/admin/groups/all", r#"{"budget_usd": 1000000, "budget_window": "month"}"#).await;
    let minted = ask(
        &proxy,
        "POST",
        "/admin/tokens",
        r#"{"label":"a","budget_usd":1000000,"budget_window":"day","budget_group":"all","rate_limit":60000000,
            "tokens_per_minute":60000000,"concurrency":1000}"#,
    )
    .await;
    let (token, id) =
        (minted["token"].as_str().unwrap().to_owned(), minted["id"].as_str().unwrap().to_owned());
    let rows = Statement::new(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) \
         INSERT INTO proxy_agent_calls (id, request_id, token_id, state, started_ms, dialect, operation, provider, model, cost_nano) \
         SELECT printf('req_%012x_%d', i, i), 'r', ?2, 'settled', i, 'chat', 'generate', 'mock', 'mock-paid', 1 FROM n",
        vec![past.into(), id.into()],
    );
    proxy.platform.batch(vec![rows]).await.unwrap();
    let mut took = Vec::new();
    for round in 0..300 {
        let begun = Instant::now();
        call(&proxy, &token).await;
        if round >= 50 {
            took.push(begun.elapsed());
        }
    }
    took.sort();
    took[took.len() / 2]
}

async fn call(proxy: &Arc<Proxy<Native>>, token: &str) {
    const BODY: &str = r#"{"model":"mock-paid","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}"#;
    let request = Request::post("/openai/v1/chat/completions").header("x-api-key", token).body(()).unwrap();
    let head = serve::receive(&proxy.house, request.into_parts().0);
    let response = serve::serve(proxy, head, Ok(Bytes::from_static(BODY.as_bytes()))).await;
    assert_eq!(response.status(), 200);
    assert!(matches!(response.body(), Body::Full(_)));
}

async fn ask(proxy: &Arc<Proxy<Native>>, method: &str, path: &str, body: &'static str) -> serde_json::Value {
    let request =
        Request::builder().method(method).uri(path).body(Bytes::from_static(body.as_bytes())).unwrap();
    let answer = admin::handle(proxy, Admin::local(), request).await;
    assert!(answer.status().is_success(), "{:?}", answer.body());
    serde_json::from_slice(answer.body()).unwrap()
}

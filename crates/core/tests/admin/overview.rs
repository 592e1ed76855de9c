//! What the dashboard asks that no other client does: the series of its charts, and what a request would meet.

use super::{ask, refused};
use crate::world::{DAWN, World};
use proxyagent_core::ports::{Sql, Statement};
use proxyagent_core::proxy::Proxy;
use std::sync::Arc;

#[test]
fn a_day_is_read_from_its_calls() {
    let proxy = World::proxy(&[]);
    add_call(&proxy, 10, "settled", None, 100, Some(40));
    add_call(&proxy, 20, "settled", Some("upstream_error"), 7, Some(400));
    add_call(&proxy, 30, "refused", Some("scope_denied"), 0, None);
    add_call(&proxy, 60 * 60 * 30, "settled", None, 50, Some(20));
    let series = ask(&proxy, "GET", "/admin/series?range=24h", "");
    let slots = series["slots"].as_array().unwrap();
    assert_eq!((slots.len(), &series["slot_ms"]), (48, &1_800_000.into()));
    let totals = &series["totals"];
    assert_eq!(
        (&totals["requests"], &totals["refused"], &totals["failed"]),
        (&3.into(), &1.into(), &1.into())
    );
    assert_eq!(totals["cost_nano"], 107);
    assert_eq!(series["before"]["requests"], 1, "the one of thirty hours ago");
    let busy: Vec<_> = slots.iter().filter(|slot| slot["requests"] != 0).collect();
    assert_eq!(busy.len(), 1);
    assert_eq!(busy[0]["first_byte_p50_ms"], 50, "on the ladder, not exact");
    assert_eq!(series["models"][0]["model"], "claude-x");
    assert_eq!(series["errors"].as_array().unwrap().len(), 2);
    assert_eq!(ask(&proxy, "GET", "/admin/series?range=1h", "")["slots"].as_array().unwrap().len(), 60);
    refused(&proxy, "GET", "/admin/series?range=2y", "", 400);
}

#[test]
fn a_month_is_read_from_the_counters() {
    let proxy = World::proxy(&[]);
    for (back, cost) in [(0, 5), (29, 6), (30, 9)] {
        let sql = format!(
            "INSERT INTO proxy_agent_usage VALUES ({}, 'tok_1', 'p', 'm', 2, 1, 10, 10, {cost})",
            DAWN.day() - back
        );
        write(&proxy, sql);
    }
    let series = ask(&proxy, "GET", "/admin/series?range=30d", "");
    let slots = series["slots"].as_array().unwrap();
    assert_eq!((&slots[0]["cost_nano"], &slots[29]["cost_nano"]), (&6.into(), &5.into()));
    assert_eq!((&series["totals"]["cost_nano"], &series["before"]["cost_nano"]), (&11.into(), &9.into()));
    assert_eq!(series["machines"][0]["token_id"], "tok_1");
}

#[test]
fn a_request_is_explained_without_being_made() {
    let proxy = World::proxy(&[("ANTHROPIC_API_KEY", "k")]);
    ask(&proxy, "PUT", "/admin/aliases", r#"{"map":{"claude-old*":"claude-haiku-4-5"}}"#);
    let minted = ask(&proxy, "POST", "/admin/tokens", r#"{"label":"ci","scope":["mock"],"budget_usd":1}"#);
    let id = minted["id"].as_str().unwrap();
    let told = ask(&proxy, "GET", &format!("/admin/explain?model=anthropic%3Aclaude-old-1&token={id}"), "");
    assert_eq!(told["rule"], "claude-old*");
    assert_eq!(told["target"], "anthropic:claude-haiku-4-5");
    assert_eq!(told["scope"]["allowed"], false);
    assert_eq!(told["price"]["known"], true);
    assert!(told["credential_id"].is_string());
    assert_eq!(told["refusals"].as_array().unwrap().len(), 1, "{told}");
    let told = ask(&proxy, "GET", "/admin/explain?model=openai:gpt-x", "");
    assert!(told["refusals"][0].as_str().unwrap().contains("no credential"), "{told}");
    let told = ask(&proxy, "GET", &format!("/admin/explain?model=anthropic:mock&token={id}"), "");
    assert_eq!((&told["target"], told["refusals"].as_array().unwrap().len()), (&"mock:mock".into(), 0));
    for wrong in ["", "model=claude", "model=nobody:x", "model=anthropic:", "modle=anthropic:x"] {
        refused(&proxy, "GET", &format!("/admin/explain?{wrong}"), "", 400);
    }
    refused(&proxy, "GET", "/admin/explain?model=mock:mock&token=tok_none", "", 404);
    assert!(proxy.platform.take_sent().is_empty());
}

fn add_call(
    proxy: &Arc<Proxy<World>>,
    seconds_ago: i64,
    state: &str,
    error: Option<&str>,
    cost: i64,
    first_byte: Option<i64>,
) {
    let at = DAWN.0 - seconds_ago * 1000;
    let text = |value: Option<String>| value.map_or("NULL".to_owned(), |value| format!("'{value}'"));
    write(
        proxy,
        format!(
            "INSERT INTO proxy_agent_calls
               (id, request_id, state, started_ms, dialect, operation, provider, model, error, cost_nano, first_byte_ms)
             VALUES ('req_{at:012x}0', 'r', '{state}', {at}, 'messages', 'generate', 'anthropic', 'claude-x', {}, {cost}, {})",
            text(error.map(str::to_owned)),
            first_byte.map_or("NULL".to_owned(), |ms| ms.to_string()),
        ),
    );
}

fn write(proxy: &Arc<Proxy<World>>, sql: String) {
    crate::world::run(proxy.platform.batch(vec![Statement { sql: sql.into(), params: vec![] }])).unwrap();
}

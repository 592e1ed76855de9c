//! The audit log: who did what, and that nobody can change it unnoticed.

use super::{ask, refused, send};
use crate::path::{Limits, Stage, stream_reply};
use crate::world::{DAWN, World, run};
use bytes::Bytes;
use http::Request;
use proxyagent_core::admin::{self, Admin};
use proxyagent_core::maintain::maintain;
use proxyagent_core::ports::{Sql, Statement};
use proxyagent_core::proxy::Proxy;
use proxyagent_core::time::Millis;
use serde_json::{Value, json};
use std::sync::Arc;

fn entries(proxy: &Arc<Proxy<World>>, query: &str) -> Vec<Value> {
    ask(proxy, "GET", &format!("/admin/audit{query}"), "")["entries"].as_array().unwrap().clone()
}

fn verify(proxy: &Arc<Proxy<World>>) -> Value {
    ask(proxy, "GET", "/admin/audit/verify", "")
}

#[test]
fn every_change_has_one_entry_and_what_changes_nothing_has_none() {
    let proxy = World::proxy(&[]);
    let key = "sk-proj-Stray0123456789abcdefghij";
    let made = ask(&proxy, "POST", "/admin/tokens", &format!(r#"{{"label":"lap {key}","budget_usd":1}}"#));
    let id = made["id"].as_str().unwrap();
    ask(&proxy, "PATCH", &format!("/admin/tokens/{id}"), r#"{"rate_limit":5}"#);
    ask(&proxy, "DELETE", &format!("/admin/tokens/{id}"), "");
    ask(&proxy, "PUT", "/admin/aliases", r#"{"map":{"a":"mock"}}"#);
    ask(&proxy, "POST", "/admin/aliases", r#"{"match":"b","target":"mock"}"#);
    ask(&proxy, "DELETE", "/admin/aliases/a", "");
    for (method, path, body, status) in [
        ("DELETE", "/admin/tokens/tok_none", "", 404),
        ("PATCH", "/admin/tokens/tok_none", r#"{"label":"x"}"#, 404),
        ("DELETE", "/admin/aliases/a", "", 404),
        ("POST", "/admin/tokens", r#"{"label":""}"#, 400),
        ("GET", "/admin/audit?limit=0", "", 400),
        ("GET", "/admin/audit?colour=1", "", 400),
        ("GET", "/admin/audit/verify?from=x", "", 400),
        ("POST", "/admin/audit", "", 405),
    ] {
        refused(&proxy, method, path, body, status);
    }
    let found = entries(&proxy, "");
    let said: Vec<_> = found.iter().rev().map(|e| (e["action"].clone(), e["subject"].clone())).collect();
    let want = [
        ("token.create", id),
        ("token.edit", id),
        ("token.revoke", id),
        ("alias.replace", "*"),
        ("alias.set", "b"),
        ("alias.remove", "a"),
    ];
    assert_eq!(said, want.map(|(action, subject)| (json!(action), json!(subject))));
    assert!(found.iter().all(|e| e["actor"] == "local" && e["ts_ms"] == DAWN.0));
    assert_eq!(found[5]["detail"]["label"], "lap [redacted:openai-project-key]");
    assert_eq!(found[5]["detail"]["budget_nano"], 1_000_000_000);
    assert_eq!(found[4]["detail"], json!({"rate_limit": 5}));
    assert_eq!(found[1]["detail"], json!({"target": "mock"}));
    assert!(!format!("{found:?}").contains(made["token"].as_str().unwrap()));
    let verdict = verify(&proxy);
    assert_eq!(
        (&verdict["ok"], &verdict["entries"], &verdict["next"]),
        (&json!(true), &json!(6), &Value::Null)
    );
    assert_eq!(verdict["head"], found[0]["hash"]);
}

#[test]
fn it_says_who_asked_under_which_request_id() {
    let proxy = World::proxy(&[]);
    let request = Request::post("/admin/tokens")
        .header("x-proxyagent-request-id", "deploy-17")
        .body(Bytes::from_static(br#"{"label":"x"}"#))
        .unwrap();
    assert_eq!(run(admin::handle(&proxy, Admin::local(), request)).status(), 200);
    assert_eq!(entries(&proxy, "")[0]["request_id"], "deploy-17");
    let answer = send(&proxy, "POST", "/admin/tokens", r#"{"label":"y"}"#);
    assert_eq!(
        entries(&proxy, "")[0]["request_id"],
        answer.headers()["x-proxyagent-request-id"].to_str().unwrap()
    );
}

#[test]
fn pages_follow_each_other() {
    let proxy = World::proxy(&[]);
    for n in 0..7 {
        ask(&proxy, "POST", "/admin/tokens", &format!(r#"{{"label":"t{n}"}}"#));
    }
    let (mut seen, mut query) = (Vec::new(), "?limit=3".to_owned());
    loop {
        let page = ask(&proxy, "GET", &format!("/admin/audit{query}"), "");
        seen.extend(page["entries"].as_array().unwrap().iter().map(|e| e["seq"].as_i64().unwrap()));
        let Some(next) = page["next"].as_i64() else { break };
        query = format!("?limit=3&before={next}");
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
}

#[test]
fn an_altered_entry_is_named() {
    for (change, seq, how) in [
        ("UPDATE proxy_agent_audit SET actor = 'someone' WHERE seq = 2", 2, "altered"),
        ("UPDATE proxy_agent_audit SET ts_ms = ts_ms + 1 WHERE seq = 3", 3, "altered"),
        ("UPDATE proxy_agent_audit SET detail = '{}' WHERE seq = 1", 1, "altered"),
        ("UPDATE proxy_agent_audit SET subject = 'x', hash = prev WHERE seq = 2", 2, "altered"),
        ("UPDATE proxy_agent_audit SET prev = hash WHERE seq = 4", 4, "altered"),
        ("DELETE FROM proxy_agent_audit WHERE seq = 2", 2, "removed"),
        ("DELETE FROM proxy_agent_audit WHERE seq = 1", 1, "removed"),
    ] {
        let proxy = World::proxy(&[]);
        for n in 0..4 {
            ask(&proxy, "POST", "/admin/tokens", &format!(r#"{{"label":"t{n}"}}"#));
        }
        proxy.platform.query(change);
        let verdict = verify(&proxy);
        assert_eq!((&verdict["ok"], &verdict["altered"]["seq"]), (&json!(false), &json!(seq)), "{change}");
        assert_eq!(verdict["altered"]["message"], format!("entry {seq} was {how}"));
    }
}

/// Three calls, sealed.
fn sealed() -> Stage {
    let stage = Stage::new(&Limits::default());
    for _ in 0..3 {
        stage.script(stream_reply());
        stage.ask(stage.stream_request());
        stage.proxy.platform.pass(Millis(5));
    }
    run(maintain(&stage.proxy)).unwrap();
    assert!(entries(&stage.proxy, "?seals=1").is_empty(), "they might still change");
    stage.proxy.platform.pass(Millis::seconds(16 * 60));
    run(maintain(&stage.proxy)).unwrap();
    run(maintain(&stage.proxy)).unwrap();
    stage
}

#[test]
fn calls_are_sealed_once_and_an_altered_one_is_named() {
    let ids: Vec<String> = sealed()
        .rows("SELECT id FROM proxy_agent_calls ORDER BY id")
        .iter()
        .map(|row| row[0].text().unwrap().to_owned())
        .collect();
    for (change, message) in [
        ("SELECT 1", None),
        (
            "UPDATE proxy_agent_calls SET cost_nano = 0 WHERE started_ms = (SELECT MIN(started_ms) + 5 FROM proxy_agent_calls)",
            Some(format!("call {} (sealed by entry 1) was altered", ids[1])),
        ),
        (
            "UPDATE proxy_agent_calls SET error = 'x' WHERE started_ms = (SELECT MAX(started_ms) FROM proxy_agent_calls)",
            Some(format!("call {} (sealed by entry 1) was altered", ids[2])),
        ),
        (
            "DELETE FROM proxy_agent_calls WHERE started_ms = (SELECT MIN(started_ms) FROM proxy_agent_calls)",
            Some(format!("call the one before {} (sealed by entry 1) was removed", ids[1])),
        ),
        (
            "DELETE FROM proxy_agent_calls WHERE started_ms = (SELECT MAX(started_ms) FROM proxy_agent_calls)",
            Some(format!("call the one after {} (sealed by entry 1) was removed", ids[1])),
        ),
    ] {
        let stage = sealed();
        let seals = entries(&stage.proxy, "?seals=1");
        assert_eq!(seals.len(), 1, "each call is sealed once: {seals:?}");
        assert_eq!((&seals[0]["actor"], &seals[0]["detail"]["calls"]), (&json!("proxy"), &json!(3)));
        assert!(entries(&stage.proxy, "").is_empty(), "seals are listed only when asked for");
        stage.proxy.platform.query(change);
        let verdict = verify(&stage.proxy);
        assert_eq!(verdict["altered"]["message"].as_str().map(str::to_owned), message, "{change}");
        assert_eq!(verdict["ok"], message.is_none());
        if message.is_none() {
            assert_eq!(verdict["calls"], 3);
        }
    }
}

#[test]
fn an_open_call_is_sealed_when_it_is_closed() {
    let stage = Stage::new(&Limits::default());
    let relay = stage.start_stream().unwrap();
    drop(relay);
    let minute = Millis::seconds(60);
    for _ in 0..14 {
        stage.proxy.platform.pass(minute);
        run(maintain(&stage.proxy)).unwrap();
    }
    assert!(entries(&stage.proxy, "?seals=1").is_empty());
    for _ in 0..3 {
        stage.proxy.platform.pass(minute);
        run(maintain(&stage.proxy)).unwrap();
    }
    assert_eq!(entries(&stage.proxy, "?seals=1").len(), 1);
    assert_eq!((&verify(&stage.proxy)["ok"], &verify(&stage.proxy)["calls"]), (&json!(true), &json!(1)));
}

#[test]
fn what_retention_removed_is_not_missed() {
    let stage = sealed();
    stage.proxy.platform.pass(Millis::seconds(91 * 86_400));
    run(maintain(&stage.proxy)).unwrap();
    assert!(stage.rows("SELECT id FROM proxy_agent_calls").is_empty());
    let verdict = verify(&stage.proxy);
    assert_eq!(
        (&verdict["ok"], &verdict["calls"], &verdict["expired_calls"]),
        (&json!(true), &json!(0), &json!(3))
    );
}

#[test]
fn many_calls_are_sealed_in_batches_and_verified_in_rounds() {
    let stage = Stage::new(&Limits::default());
    let call = |n: i64| {
        let began = DAWN.0 + n / 3;
        Statement::new(
            "INSERT INTO proxy_agent_calls (id, request_id, state, started_ms, dialect, operation) \
             VALUES (?1, 'r', 'settled', ?2, 'chat', 'generate')",
            vec![format!("req_{began:012x}{n:020}").into(), began.into()],
        )
    };
    run(stage.proxy.platform.batch((0..5200).map(call).collect())).unwrap();
    stage.proxy.platform.pass(Millis::seconds(30 * 60));
    run(maintain(&stage.proxy)).unwrap();
    ask(&stage.proxy, "POST", "/admin/tokens", r#"{"label":"x"}"#);
    let (mut calls, mut seq, mut rounds) = (0, 1, 0);
    loop {
        let verdict = ask(&stage.proxy, "GET", &format!("/admin/audit/verify?from={seq}"), "");
        assert_eq!(verdict["ok"], true, "{verdict}");
        (calls, rounds) = (calls + verdict["calls"].as_i64().unwrap(), rounds + 1);
        let Some(next) = verdict["next"].as_i64() else { break };
        seq = next;
    }
    assert_eq!(calls, 5200);
    assert!(rounds > 1, "a round is bounded");
}

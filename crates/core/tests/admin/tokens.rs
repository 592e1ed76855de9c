use super::{ask, refused, send};
use crate::world::{DAWN, World, run};
use proxyagent_core::ports::{Sql, Value as Cell};
use proxyagent_core::proxy::Proxy;
use proxyagent_core::store;
use proxyagent_core::time::Millis;
use proxyagent_core::token::{Token, TokenHash};
use serde_json::{Value, json};
use std::sync::Arc;

fn create(proxy: &Arc<Proxy<World>>, body: &str) -> Value {
    ask(proxy, "POST", "/admin/tokens", body)
}

fn listed(proxy: &Arc<Proxy<World>>) -> Vec<Value> {
    ask(proxy, "GET", "/admin/tokens", "")["tokens"].as_array().unwrap().clone()
}

fn found(proxy: &Arc<Proxy<World>>, text: &str) -> Option<Token> {
    let find = store::tokens::find(&TokenHash::of(text).unwrap());
    let rows = run(proxy.platform.batch(vec![find])).unwrap();
    rows[0].first().map(|row| Token::from_row(row).unwrap())
}

#[test]
fn a_token_is_shown_once_and_found_by_its_hash() {
    let proxy = World::proxy(&[]);
    let body =
        r#"{"label":"ci","scope":["openai:gpt-*","mock"],"ttl_seconds":60,"rate_limit":30,"budget_usd":0.1}"#;
    let created = create(&proxy, body);
    let text = created["token"].as_str().unwrap();
    let members: Vec<&String> = created.as_object().unwrap().keys().collect();
    let promised = [
        "token",
        "id",
        "label",
        "scope",
        "budget_usd",
        "budget_window",
        "budget_group",
        "rate_limit",
        "tokens_per_minute",
        "concurrency",
        "tools",
        "expires_ms",
        "masked",
        "note",
    ];
    assert_eq!(members, promised);
    assert_eq!(created["scope"], json!(["openai:gpt-*", "mock"]));
    assert_eq!(created["expires_ms"], DAWN.0 + 60_000);
    assert!(!created["note"].as_str().unwrap().contains("No scope"));

    let token = found(&proxy, text).unwrap();
    assert_eq!(token.id, created["id"].as_str().unwrap());
    assert_eq!(token.budget.map(|budget| budget.0), Some(100_000_000));
    assert_eq!(token.rate_limit.map(|limit| limit.get()), Some(30));

    let list = send(&proxy, "GET", "/admin/tokens", "");
    assert!(!std::str::from_utf8(list.body()).unwrap().contains(text));
    for row in proxy.platform.query("SELECT * FROM proxy_agent_tokens") {
        assert!(!row.0.contains(&Cell::Text(text.to_owned())));
    }
}

#[test]
fn without_limits_there_are_none_and_the_scope_is_said() {
    let proxy = World::proxy(&[]);
    for body in [
        r#"{"label":"a"}"#,
        r#"{"label":"a","scope":[]}"#,
        r#"{"label":"a","scope":null,"ttl_seconds":null,"rate_limit":null,"budget_usd":null}"#,
    ] {
        let created = create(&proxy, body);
        assert_eq!(created["scope"], json!(["*"]));
        assert!(created["note"].as_str().unwrap().contains("No scope was given"));
        for limit in ["budget_usd", "rate_limit", "expires_ms"] {
            assert_eq!(created[limit], Value::Null, "{limit}");
        }
    }
    let all = listed(&proxy);
    assert_eq!(all.len(), 3);
    assert_eq!(
        all[0],
        json!({
            "id": all[0]["id"], "label": "a", "masked": all[0]["masked"], "scope": ["*"], "status": "active",
            "revoked": false, "revoked_ms": null, "rate_limit": null, "tokens_per_minute": null, "concurrency": null, "tools": false,
            "open_calls": 0, "budget_window": null, "window_start_ms": null, "window_end_ms": null,
            "budget_group": null, "created_ms": DAWN.0, "expires_ms": null,
            "last_used_ms": null, "budget_usd": null, "spent_usd": 0, "held_usd": 0, "budget_nano": null,
            "spent_nano": 0, "held_nano": 0, "version": 1
        })
    );
}

#[test]
fn what_cannot_be_meant_is_refused_and_nothing_is_minted() {
    let proxy = World::proxy(&[]);
    let long = "x".repeat(201);
    for (fields, part) in [
        (r#""label":"a","color":"red""#.to_owned(), "unknown field `color`"),
        (r#""label":"a","label":"b""#.to_owned(), "duplicate field `label`"),
        (r#""scope":["*"]"#.to_owned(), "missing field `label`"),
        (r#""label":"""#.to_owned(), "1 to 200"),
        (r#""label":"  ""#.to_owned(), "1 to 200"),
        (format!(r#""label":"{long}""#), "1 to 200"),
        (r#""label":"a\u0000b""#.to_owned(), "control"),
        (r#""label":"a\u202eb""#.to_owned(), "control"),
        (r#""label":"a","scope":["anthropic*"]"#.to_owned(), "\"anthropic*\" can match nothing"),
        (r#""label":"a","scope":"*""#.to_owned(), "invalid type"),
        (r#""label":"a","ttl_seconds":0"#.to_owned(), "does not expire"),
        (r#""label":"a","ttl_seconds":-1"#.to_owned(), "does not expire"),
        (r#""label":"a","ttl_seconds":3153600001"#.to_owned(), "at most"),
        (r#""label":"a","ttl_seconds":1.5"#.to_owned(), "invalid type"),
        (r#""label":"a","rate_limit":0"#.to_owned(), "null, for no limit"),
        (r#""label":"a","rate_limit":-5"#.to_owned(), "null, for no limit"),
        (r#""label":"a","rate_limit":60000001"#.to_owned(), "1 to 60000000"),
        (r#""label":"a","budget_usd":-1"#.to_owned(), "budget_usd must not be negative"),
        (r#""label":"a","budget_usd":"5""#.to_owned(), "number of dollars"),
        (r#""label":"a","budget_usd":1e-10"#.to_owned(), "nine decimals"),
        (r#""label":"a","budget_usd":9000001"#.to_owned(), "9000000"),
    ] {
        let why = refused(&proxy, "POST", "/admin/tokens", &format!("{{{fields}}}"), 400);
        assert!(why.contains(part), "{fields}: {why}");
    }
    for body in ["", "[]", "{", "null", "{\"label\":\"a\"} x", "{\"label\":\"\\ud800\"}"] {
        let why = refused(&proxy, "POST", "/admin/tokens", body, 400);
        assert!(why.contains("the body is not valid"), "{body}: {why}");
    }
    assert_eq!(listed(&proxy), [] as [Value; 0]);
}

#[test]
fn money_is_exact_in_both_directions() {
    let proxy = World::proxy(&[]);
    for (given, nano) in [
        ("0", 0),
        ("0.1", 100_000_000),
        ("0.000208", 208_000),
        ("0.000000001", 1),
        ("8999999.999999999", 8_999_999_999_999_999_i64),
    ] {
        let body = format!(r#"{{"label":"a","budget_usd":{given}}}"#);
        let answer = send(&proxy, "POST", "/admin/tokens", &body);
        let text = std::str::from_utf8(answer.body()).unwrap();
        assert!(text.contains(&format!("\"budget_usd\":{given},")), "{text}");
        let id = serde_json::from_str::<Value>(text).unwrap()["id"].clone();
        let token = listed(&proxy).into_iter().find(|token| token["id"] == id).unwrap();
        assert_eq!(token["budget_nano"], nano);
    }
}

#[test]
fn status_table() {
    let proxy = World::proxy(&[]);
    for (body, spent, status) in [
        (r#"{"label":"a"}"#, 0, "active"),
        (r#"{"label":"a","ttl_seconds":10}"#, 0, "active"),
        (r#"{"label":"a","ttl_seconds":9}"#, 0, "expired"),
        (r#"{"label":"a","budget_usd":0}"#, 0, "exhausted"),
        (r#"{"label":"a","budget_usd":1}"#, 999_999_999, "active"),
        (r#"{"label":"a","budget_usd":1}"#, 1_000_000_000, "exhausted"),
        (r#"{"label":"a","ttl_seconds":9,"budget_usd":0}"#, 0, "expired"),
    ] {
        let id = create(&proxy, body)["id"].clone();
        let spend = proxyagent_core::ports::Statement::new(
            "UPDATE proxy_agent_tokens SET spent_nano = ?1, held_nano = 5 WHERE id = ?2",
            vec![Cell::Int(spent), id.as_str().unwrap().into()],
        );
        run(proxy.platform.batch(vec![spend])).unwrap();
        proxy.platform.pass(Millis::seconds(9));
        let token = listed(&proxy).into_iter().find(|token| token["id"] == id).unwrap();
        assert_eq!((&token["status"], &token["held_nano"]), (&json!(status), &json!(5)), "{body}");
    }
}

#[test]
fn revoking_lasts_and_repeating_it_changes_nothing() {
    let proxy = World::proxy(&[]);
    let created = create(&proxy, r#"{"label":"a"}"#);
    let path = format!("/admin/tokens/{}", created["id"].as_str().unwrap());
    for _ in 0..2 {
        assert_eq!(ask(&proxy, "DELETE", &path, ""), json!({"id": created["id"], "revoked": true}));
        let token = found(&proxy, created["token"].as_str().unwrap()).unwrap();
        assert_eq!((token.revoked, token.version), (Some(DAWN), 2));
        proxy.platform.pass(Millis(1));
    }
    let token = &listed(&proxy)[0];
    assert_eq!((&token["revoked"], &token["status"]), (&json!(true), &json!("revoked")));
    assert!(refused(&proxy, "DELETE", "/admin/tokens/tok_nope", "", 404).contains("tok_nope"));
}

#[test]
fn an_edit_changes_what_it_names_and_bumps_the_version() {
    let proxy = World::proxy(&[]);
    let created =
        create(&proxy, r#"{"label":"a","scope":["mock"],"ttl_seconds":60,"rate_limit":3,"budget_usd":1}"#);
    let path = format!("/admin/tokens/{}", created["id"].as_str().unwrap());
    proxy.platform.pass(Millis::seconds(30));
    ask(&proxy, "PUT", "/admin/groups/ci", r#"{"budget_usd":7}"#);
    // Another label alone ends no open stream.
    for (version, (body, field, want)) in (1..).zip([
        (r#"{"label":"b"}"#, "label", json!("b")),
        (r#"{"scope":["openai"]}"#, "scope", json!(["openai"])),
        (r#"{"rate_limit":null}"#, "rate_limit", Value::Null),
        (r#"{"ttl_seconds":60}"#, "expires_ms", json!(DAWN.0 + 90_000)),
        (r#"{"ttl_seconds":null}"#, "expires_ms", Value::Null),
        (r#"{"budget_usd":2.5}"#, "budget_usd", json!(2.5)),
        (r#"{"budget_usd":null}"#, "budget_usd", Value::Null),
        (r#"{"budget_group":"ci"}"#, "budget_group", json!("ci")),
        (r#"{"budget_group":null}"#, "budget_group", Value::Null),
        (r#"{"tokens_per_minute":9000}"#, "tokens_per_minute", json!(9000)),
        (r#"{"concurrency":4}"#, "concurrency", json!(4)),
    ]) {
        let before = listed(&proxy)[0].clone();
        let mut after = ask(&proxy, "PATCH", &path, body);
        assert_eq!((&after[field], &after["version"]), (&want, &json!(version)), "{body}");
        assert_eq!(after, listed(&proxy)[0]);
        for changed in [field, "version", "budget_nano"] {
            after[changed] = before[changed].clone();
        }
        assert_eq!(after, before, "{body} changed something else");
    }
    for (body, part) in [
        ("{}", "changes nothing"),
        (r#"{"label":null}"#, "changes nothing"),
        (r#"{"scope":[]}"#, "at least one entry"),
        (r#"{"rate_limit":0}"#, "null, for no limit"),
        (r#"{"concurrency":0}"#, "null, for no limit"),
        (r#"{"budget_window":"year"}"#, "day, week, month"),
        (r#"{"revoked":false}"#, "unknown field `revoked`"),
    ] {
        let why = refused(&proxy, "PATCH", &path, body, 400);
        assert!(why.contains(part), "{body}: {why}");
    }
    refused(&proxy, "PATCH", "/admin/tokens/tok_nope", r#"{"label":"b"}"#, 404);
}

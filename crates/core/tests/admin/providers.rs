//! Stored credentials: what is accepted, what is shown, what is in the store.

use super::*;
use proxyagent_core::ports::Statement;
use serde_json::json;

const MASTER: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const CANARY: &str = "sk-CANARY-0123456789";

fn proxy() -> Arc<Proxy<World>> {
    World::proxy(&[("PROXYAGENT_SECRET_KEY", MASTER)])
}

fn add(proxy: &Arc<Proxy<World>>, body: &Value) -> String {
    let made = ask(proxy, "POST", "/admin/providers", &body.to_string());
    assert_eq!(made["stored"], json!(true));
    made["id"].as_str().unwrap().to_owned()
}

fn one(proxy: &Arc<Proxy<World>>, id: &str) -> Value {
    let list = ask(proxy, "GET", "/admin/providers", "");
    list["credentials"].as_array().unwrap().iter().find(|c| c["id"] == id).cloned().unwrap_or_default()
}

fn key(provider: &str) -> Value {
    json!({"provider": provider, "secret": CANARY, "kind": "api_key", "label": "main"})
}

#[test]
fn a_credential_is_stored_sealed_listed_and_removed() {
    let proxy = proxy();
    let id = add(&proxy, &key("openai"));
    let shown = one(&proxy, &id);
    assert_eq!(
        (&shown["provider"], &shown["kind"], &shown["label"], &shown["active"], &shown["masked"]),
        (&json!("openai"), &json!("api_key"), &json!("main"), &json!(true), &json!("sealed"))
    );
    assert_eq!(shown["state"], json!("ok"));
    let list = ask(&proxy, "GET", "/admin/providers", "");
    assert_eq!((&list["encryption"], &list["configured"]), (&json!(true), &json!(["openai"])));
    let rows = proxy.platform.query("SELECT id, sealed, label, key_id FROM proxy_agent_keys");
    assert!(!format!("{list} {rows:?}").contains("CANARY"));
    ask(&proxy, "DELETE", &format!("/admin/providers/{id}"), "");
    assert_eq!(one(&proxy, &id), Value::Null);
    refused(&proxy, "DELETE", &format!("/admin/providers/{id}"), "", 404);
}

#[test]
fn what_can_never_work_is_refused_and_its_secret_not_repeated() {
    let proxy = proxy();
    let with = |name: &str, value: Value| {
        let mut body = key("openai");
        body[name] = value;
        body
    };
    for (body, says) in [
        (key("nobody"), "no provider \"nobody\""),
        (key("mock"), "cannot be paid"),
        (with("kind", json!("iou")), "no kind \"iou\""),
        (with("secret", json!("")), "secret is missing"),
        (with("secret", json!("sk-CANARY with space")), "space"),
        (with("secret", Value::Null), "secret is missing"),
        (with("colour", json!("red")), "unknown field `colour`"),
        (with("meta", json!({"region": "x"})), "no field \"region\""),
        (with("meta", json!({"endpoint": ["x"]})), "cannot be a list"),
        (with("meta", json!({"endpoint": "http://example.com"})), "in clear"),
        (with("meta", json!({"endpoint": "https://u:p@example.com"})), "user name"),
        (with("label", json!("two\nlines")), "one line"),
    ] {
        let sentence = refused(&proxy, "POST", "/admin/providers", &body.to_string(), 400);
        assert!(sentence.contains(says) && !sentence.contains("CANARY"), "{body}: {sentence}");
    }
    assert!(proxy.platform.query("SELECT id FROM proxy_agent_keys").is_empty());
    let without = World::proxy(&[]);
    let sentence = refused(&without, "POST", "/admin/providers", &key("openai").to_string(), 400);
    assert!(sentence.contains("PROXYAGENT_SECRET_KEY"), "{sentence}");
}

#[test]
fn a_credential_is_changed_disabled_and_enabled() {
    let proxy = proxy();
    let id = add(&proxy, &key("openai"));
    let path = format!("/admin/providers/{id}");
    let shown = ask(&proxy, "PATCH", &path, r#"{"label":"spare","priority":5}"#);
    assert_eq!((&shown["label"], &shown["priority"]), (&json!("spare"), &json!(5)));
    let shown = ask(&proxy, "POST", &format!("{path}/disable"), "");
    assert_eq!((&shown["active"], &shown["state"]), (&json!(false), &json!("disabled")));
    let list = ask(&proxy, "GET", "/admin/providers", "");
    assert_eq!(list["configured"], json!([]));
    let shown = ask(&proxy, "POST", &format!("{path}/enable"), "");
    assert_eq!((&shown["active"], &shown["state"]), (&json!(true), &json!("ok")));
    refused(&proxy, "PATCH", "/admin/providers/cred_none", r#"{"priority":1}"#, 404);
    refused(&proxy, "POST", "/admin/providers/env:openai/disable", "", 400);
    refused(&proxy, "PATCH", &path, r#"{"secret":"x"}"#, 400);
}

#[test]
fn a_replacement_keeps_the_id_and_the_fields_that_are_not_given() {
    let proxy = proxy();
    let mut body = key("openai");
    body["meta"] = json!({"endpoint": "https://gateway.example/v1"});
    let id = add(&proxy, &body);
    let sealed = || proxy.platform.query("SELECT sealed, version FROM proxy_agent_keys")[0].clone();
    let before = sealed();
    ask(&proxy, "POST", &format!("/admin/providers/{id}/replace"), r#"{"secret":"sk-CANARY-NEW"}"#);
    let after = sealed();
    assert_ne!(before.0[0], after.0[0]);
    assert_eq!(after.0[1], 2.into());
    assert_eq!(one(&proxy, &id)["fields"], json!({"endpoint": "https://gateway.example/v1"}));
    refused(&proxy, "POST", &format!("/admin/providers/{id}/replace"), r#"{"secret":"a b"}"#, 400);
}

#[test]
fn rows_that_were_swapped_or_edited_are_refused() {
    for harm in [
        // Two rows exchange their secrets.
        &[
            "UPDATE proxy_agent_keys SET label = (SELECT o.sealed FROM proxy_agent_keys AS o WHERE o.id <> proxy_agent_keys.id)",
            "UPDATE proxy_agent_keys SET sealed = label",
        ][..],
        &["UPDATE proxy_agent_keys SET provider = 'groq'"],
        &["UPDATE proxy_agent_keys SET id = id || 'x'"],
        &["UPDATE proxy_agent_keys SET sealed = substr(sealed, 1, length(sealed) - 4) || 'AAAA'"],
    ] {
        let proxy = proxy();
        add(&proxy, &key("openai"));
        add(&proxy, &key("anthropic"));
        harm.iter().for_each(|sql| run_sql(&proxy, sql));
        let list = ask(&proxy, "GET", "/admin/providers", "");
        let states: Vec<&Value> =
            list["credentials"].as_array().unwrap().iter().map(|c| &c["state"]).collect();
        assert_eq!(states, [&json!("unusable"), &json!("unusable")], "{harm:?}");
        let faults = proxy.platform.take_faults();
        assert!(faults.len() == 2 && faults.iter().all(|f| f.contains("cannot be used")), "{faults:?}");
        assert!(!format!("{list} {faults:?}").contains("CANARY"));
    }
}

fn run_sql(proxy: &Arc<Proxy<World>>, sql: &'static str) {
    use proxyagent_core::ports::Sql;
    run(proxy.platform.batch(vec![Statement::new(sql, vec![])])).unwrap();
}

#[test]
fn the_catalog_says_what_a_form_must_ask() {
    let catalog = ask(&proxy(), "GET", "/admin/catalog", "");
    let kind = catalog["kinds"].as_array().unwrap().iter().find(|k| k["name"] == "api_key").unwrap();
    let fields = kind["fields"].as_array().unwrap();
    assert_eq!((&fields[0]["name"], &fields[0]["secret"]), (&json!("secret"), &json!(true)));
    let openai = catalog["providers"].as_array().unwrap().iter().find(|p| p["name"] == "openai").unwrap();
    assert!(openai["kinds"].as_array().unwrap().contains(&json!("api_key")));
}

#[test]
fn a_trial_says_whether_a_credential_works() {
    use crate::world::Reply;
    use proxyagent_core::ports::Unsent;
    type Case = (fn() -> Reply, &'static str, Value);
    let replies: [Case; 7] = [
        (|| Reply::json(200, "{}"), "ok", json!(200)),
        (|| Reply::json(401, "{}"), "auth_failed", json!(401)),
        (|| Reply::json(403, "{}"), "auth_failed", json!(403)),
        (|| Reply::json(429, "{}"), "limited", json!(429)),
        (|| Reply::json(500, "{}"), "unreachable", json!(500)),
        (|| Reply::json(404, "{}"), "failed", json!(404)),
        (|| Reply::Never(Unsent::Connect), "unreachable", Value::Null),
    ];
    for (reply, verdict, status) in replies {
        for provider in ["openai", "anthropic", "gemini"] {
            let proxy = proxy();
            let id = add(&proxy, &key(provider));
            proxy.platform.script(reply());
            let found = ask(&proxy, "POST", &format!("/admin/providers/{id}/test"), "");
            assert_eq!(
                (&found["verdict"], &found["status"]),
                (&json!(verdict), &status),
                "{provider}: {found}"
            );
            let sent = proxy.platform.take_sent();
            assert!(format!("{:?}", sent[0].request.uri()).starts_with("https://"));
            assert!(!found.to_string().contains("CANARY"));
        }
    }
    let proxy = World::proxy(&[("OPENAI_API_KEY", CANARY)]);
    proxy.platform.script(Reply::json(200, "{}"));
    let found = ask(&proxy, "POST", "/admin/providers/env:openai/test", r#"{"model":"gpt-5.5"}"#);
    assert_eq!((&found["verdict"], &found["model"]), (&json!("ok"), &json!("gpt-5.5")));
    refused(&proxy, "POST", "/admin/providers/cred_none/test", "", 404);
}

#[test]
fn a_new_master_key_seals_everything_anew_and_the_old_one_is_then_useless() {
    let new = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeffe0e1e2e3e4e5e6e7e8e9eaebecedeeef";
    let proxy = proxy();
    let ids = [add(&proxy, &key("openai")), add(&proxy, &key("anthropic"))];
    // Another process rotates: it seals with the new key what this one has open, and this one reads on.
    proxy.platform.set_keys(&format!("{new}\n{MASTER}"));
    let other = World::restarted_with(proxy, &[("PROXYAGENT_SECRET_KEY", &format!("{new},{MASTER}"))]);
    let round = ask(&other, "POST", "/admin/keys/rotate", "");
    assert_eq!((&round["resealed"], &round["left"]), (&json!(2), &json!(0)));
    assert_eq!(ask(&other, "POST", "/admin/keys/rotate", "")["resealed"], json!(0));
    let old = World::restarted_with(other, &[("PROXYAGENT_SECRET_KEY", MASTER)]);
    for id in &ids {
        assert_eq!(one(&old, id)["state"], json!("ok"), "it reads the keys again");
    }
    assert!(old.platform.take_faults().is_empty());
    old.platform.set_keys(MASTER);
    let old = World::restarted_with(old, &[("PROXYAGENT_SECRET_KEY", MASTER)]);
    for id in &ids {
        let shown = one(&old, id);
        assert_eq!(shown["state"], json!("unusable"));
        assert!(shown["why"].as_str().unwrap().contains("master key"), "{shown}");
    }
    let new = World::restarted_with(old, &[("PROXYAGENT_SECRET_KEY", new)]);
    for id in &ids {
        assert_eq!(one(&new, id)["state"], json!("ok"));
    }
}

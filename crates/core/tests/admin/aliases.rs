use super::{ask, refused};
use crate::world::{World, run};
use proxyagent_core::ports::{Sql, Value as Cell};
use proxyagent_core::proxy::Proxy;
use proxyagent_core::store::aliases::{Snapshot, load, put};
use proxyagent_core::time::UnixMs;
use serde_json::{Value, json};
use std::sync::Arc;

fn map(proxy: &Arc<Proxy<World>>) -> Value {
    ask(proxy, "GET", "/admin/aliases", "")["map"].clone()
}

fn epoch(proxy: &Arc<Proxy<World>>) -> Cell {
    proxy.platform.query("SELECT value FROM proxy_agent_meta WHERE name = 'epoch'")[0].0[0].clone()
}

#[test]
fn a_put_replaces_all_keeps_the_order_and_bumps_the_epoch_once() {
    let proxy = World::proxy(&[]);
    assert_eq!(map(&proxy), json!({}));
    for (bumps, text) in [
        (2, r#"{"z":"mock","claude-*":"openai:gpt-5.5","*":"mock-paid"}"#),
        (3, r#"{"a \"quoted\"":"mock"}"#),
        (4, r#"{"only":"anthropic:claude-haiku-5-5"}"#),
        (5, "{}"),
    ] {
        let body = format!(r#"{{"map":{text}}}"#);
        if text.contains("quoted") {
            refused(&proxy, "PUT", "/admin/aliases", &body, 400);
            ask(&proxy, "PUT", "/admin/aliases", &body.replace("a \\\"quoted\\\"", "a-\\\"quoted\\\""));
        } else {
            let answer = ask(&proxy, "PUT", "/admin/aliases", &body);
            assert_eq!(answer["map"].to_string(), text);
            assert_eq!(map(&proxy).to_string(), text);
        }
        assert_eq!(epoch(&proxy), Cell::Int(bumps));
    }
}

#[test]
fn a_put_with_one_mistake_changes_nothing_and_names_it() {
    let proxy = World::proxy(&[]);
    ask(&proxy, "PUT", "/admin/aliases", r#"{"map":{"fast":"openai:gpt-5.5"}}"#);
    for (body, part) in [
        (r#"{"map":{"a":"mock","b":"opnai:x"}}"#, "\"b\" cannot lead to \"opnai:x\""),
        (r#"{"map":{"a":"mock","a":"mock-paid"}}"#, "\"a\" is given twice"),
        (r#"{"map":{"a":"b","b":"a"}}"#, "a > b > a"),
        (r#"{"map":{"a":1}}"#, "invalid type"),
        (r#"{"map":[]}"#, "an object whose values are strings"),
        (r#"{"map":{},"mode":1}"#, "unknown field `mode`"),
        ("{}", "missing field `map`"),
    ] {
        let why = refused(&proxy, "PUT", "/admin/aliases", body, 400);
        assert!(why.contains(part), "{body}: {why}");
    }
    assert_eq!((map(&proxy), epoch(&proxy)), (json!({"fast": "openai:gpt-5.5"}), Cell::Int(2)));
}

#[test]
fn single_edits() {
    let proxy = World::proxy(&[]);
    for (body, want) in [
        (r#"{"match":"fast","target":"mock"}"#, r#"{"fast":"mock"}"#),
        (r#"{"match":"openai:gpt/*","target":"mock"}"#, r#"{"fast":"mock","openai:gpt/*":"mock"}"#),
        (r#"{"match":"fast","target":"mock-paid"}"#, r#"{"fast":"mock-paid","openai:gpt/*":"mock"}"#),
    ] {
        assert_eq!(ask(&proxy, "POST", "/admin/aliases", body)["map"].to_string(), want);
        assert_eq!(map(&proxy).to_string(), want);
    }
    assert_eq!(epoch(&proxy), Cell::Int(4));
    for (body, part) in [
        (r#"{"match":"x","target":"nope:y"}"#, "no provider \"nope\""),
        (r#"{"match":"mock-paid","target":"fast"}"#, "circle"),
        (r#"{"match":"x"}"#, "missing field `target`"),
        (r#"{"match":"x","target":"y","ttl":1}"#, "unknown field `ttl`"),
    ] {
        let why = refused(&proxy, "POST", "/admin/aliases", body, 400);
        assert!(why.contains(part), "{body}: {why}");
    }
    refused(&proxy, "DELETE", "/admin/aliases/nope", "", 404);
    refused(&proxy, "DELETE", "/admin/aliases/%zz", "", 400);
    assert_eq!(epoch(&proxy), Cell::Int(4));
    let left = ask(&proxy, "DELETE", "/admin/aliases/openai%3Agpt%2F%2A", "");
    assert_eq!((left["map"].clone(), epoch(&proxy)), (json!({"fast": "mock-paid"}), Cell::Int(5)));
    ask(&proxy, "DELETE", "/admin/aliases/fast", "");
    assert_eq!(map(&proxy), json!({}));
}

#[test]
fn an_edit_checked_against_old_aliases_does_nothing() {
    let proxy = World::proxy(&[]);
    ask(&proxy, "POST", "/admin/aliases", r#"{"match":"a","target":"mock"}"#);
    let rows = run(proxy.platform.batch(put("b", "mock", 1, UnixMs(0)))).unwrap();
    assert!(rows[0].is_empty());
    assert_eq!((map(&proxy), epoch(&proxy)), (json!({"a": "mock"}), Cell::Int(2)));
    let snapshot =
        Snapshot::from_rows(&run(proxy.platform.batch(load())).unwrap(), &proxy.house.config.directory)
            .unwrap();
    assert_eq!(snapshot.epoch, 2);
    assert_eq!(snapshot.aliases.entries().collect::<Vec<_>>(), [("a", "mock")]);
}

#[test]
fn aliases_of_the_settings_are_shown_and_checked_along() {
    let proxy = World::proxy(&[("PROXYAGENT_MODEL_MAP", r#"{"slow":"fast","quick":"mock"}"#)]);
    let shown = ask(&proxy, "PUT", "/admin/aliases", r#"{"map":{"quick":"openai:gpt-5.5"}}"#);
    assert_eq!(shown["settings"], json!({"slow": "fast"}));
    let why = refused(&proxy, "POST", "/admin/aliases", r#"{"match":"fast","target":"slow"}"#, 400);
    assert!(why.contains("circle"), "{why}");
    // `slow` of the store hides the one of the settings, and must stay as long as `fast` leads to it.
    ask(&proxy, "PUT", "/admin/aliases", r#"{"map":{"slow":"mock","fast":"slow"}}"#);
    assert!(refused(&proxy, "DELETE", "/admin/aliases/slow", "", 400).contains("circle"));
    assert_eq!(map(&proxy), json!({"slow": "mock", "fast": "slow"}));
}

#[test]
fn a_store_with_bad_aliases_can_be_repaired() {
    let proxy = World::proxy(&[]);
    proxy.platform.query(
        "INSERT INTO proxy_agent_aliases (match, target, position, created_ms)
         VALUES ('a', 'gone:', 0, 0), ('b', 'gone:y', 1, 0)",
    );
    let rows = run(proxy.platform.batch(load())).unwrap();
    assert!(Snapshot::from_rows(&rows, &proxy.house.config.directory).is_err());
    assert_eq!(map(&proxy), json!({"a": "gone:", "b": "gone:y"}));
    ask(&proxy, "DELETE", "/admin/aliases/a", "");
    ask(&proxy, "DELETE", "/admin/aliases/b", "");
    assert_eq!(map(&proxy), json!({}));
}

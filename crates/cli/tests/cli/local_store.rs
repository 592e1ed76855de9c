//! Management commands against the store of this machine: no server, no admin token.

use crate::runner::Machine;
use serde_json::json;

#[test]
fn a_token_is_made_listed_and_revoked() {
    let machine = Machine::new();
    let token = machine.run("token new macbook-01 --scope mock --ttl 30d --rate 60 --budget 2.5").ok();
    let bare = token.strip_suffix('\n').unwrap();
    assert!(bare.starts_with("pa_") && !bare.contains(char::is_whitespace), "{token:?}");

    let listing = machine.run("token ls --json").json();
    let row = listing.pointer("/tokens/0").unwrap();
    for (name, value) in [
        ("label", json!("macbook-01")),
        ("scope", json!(["mock"])),
        ("revoked", json!(false)),
        ("rate_limit", json!(60)),
        ("budget_usd", json!(2.5)),
        ("last_used_ms", json!(null)),
    ] {
        assert_eq!(row.get(name), Some(&value), "{name}");
    }
    assert!(!listing.to_string().contains(bare), "the token's text is shown once");

    let table = machine.run("token ls").ok();
    assert_eq!(table.lines().count(), 2);
    assert!(table.contains("macbook-01") && table.contains("$2.50") && table.contains("60/min"), "{table}");
    assert!(table.contains("in 30 d") && table.contains("active"), "{table}");

    let id = machine.run("token revoke macbook-01 --quiet").ok();
    assert_eq!(id.trim_end(), row.get("id").unwrap().as_str().unwrap());
    assert!(machine.run("token ls").ok().contains("revoked"));
    assert!(machine.run("token revoke macbook-01").failed(5).contains("help: proxyagent token ls"));
}

#[test]
fn a_token_is_edited_and_shares_a_budget() {
    let machine = Machine::new();
    machine.run("token new ci --scope mock --budget 5/day --concurrency 3").ok();
    assert!(machine.run("token edit ci --budget-group team").failed(5).contains("group"));
    machine.run("group set team --budget 50/month").ok();
    machine.run("token edit ci --budget-group team --rate 30 --budget 7/week").ok();
    let listing = machine.run("token ls --json").json();
    let row = listing.pointer("/tokens/0").unwrap();
    for (name, value) in [
        ("budget_usd", json!(7)),
        ("budget_window", json!("week")),
        ("budget_group", json!("team")),
        ("rate_limit", json!(30)),
        ("concurrency", json!(3)),
    ] {
        assert_eq!(row.get(name), Some(&value), "{name}");
    }
    let table = machine.run("group ls").ok();
    assert!(table.contains("team") && table.contains("$50.00/month"), "{table}");
    assert!(machine.run("token ls").ok().contains("30/min 3 at once"));
    assert!(machine.run("group rm team").failed(2).contains("take them out of it first"));
    machine.run("token edit ci --budget-group none").ok();
    machine.run("group rm team").ok();
    assert!(machine.run("token edit ci").failed(2).contains("nothing is to be changed"));
}

#[test]
fn prices_are_shown_set_replaced_and_removed() {
    let machine = Machine::new();
    let shown = machine.run("prices claude-opus-5-5").ok();
    assert!(shown.contains("anthropic:claude-opus-5-5") && shown.contains("$4"), "{shown}");
    assert!(!shown.contains("gpt-"), "{shown}");
    machine.run("prices set openai:my-model --in 1.25 --out 5 --max-output 4096").ok();
    assert!(machine.run("prices my-model").ok().contains("$1.25"));
    assert!(machine.run("prices set nobody:x --in 1 --out 1").failed(5).contains("nobody"));
    machine.run("prices set openai:x --in=-1 --out 1").failed(2);
    let file = machine.home().join("prices.json");
    std::fs::write(
        &file,
        r#"{"generated":"2027-01-01","providers":{"openai":{"models":{"only":{"in":2,"out":3}}}}}"#,
    )
    .unwrap();
    machine.run(&format!("prices update --file {}", file.display())).ok();
    let all = machine.run("prices --json").json();
    assert_eq!(all.get("generated"), Some(&json!("2027-01-01")));
    let names: Vec<&str> =
        all["prices"].as_array().unwrap().iter().map(|p| p["model"].as_str().unwrap()).collect();
    assert_eq!(names, ["mock", "mock-paid", "my-model", "only"]);
    machine.run("prices rm *").ok();
    machine.run("prices rm openai:my-model").ok();
    assert!(machine.run("prices rm openai:my-model").failed(5).contains("my-model"));
    assert!(machine.run("prices claude-opus-5-5").ok().contains("anthropic:claude-opus-5-5"));
    std::fs::write(&file, "{}").unwrap();
    assert!(machine.run(&format!("prices update --file {}", file.display())).failed(2).contains("error: "));
}

#[test]
fn own_prices_may_stand_in_a_file() {
    let machine = Machine::new();
    let file = machine.home().join("own.json");
    std::fs::write(&file, r#"{"openai:from-a-file": {"in": 7, "out": 9}}"#).unwrap();
    let machine = machine.with("PROXYAGENT_PRICING", file.to_str().unwrap());
    assert!(machine.run("prices from-a-file").ok().contains("$7"));
    std::fs::write(&file, r#"{"from-a-file": {"in": 7, "out": 9}}"#).unwrap();
    assert!(machine.run("prices").failed(3).contains("provider:model"));
    std::fs::remove_file(&file).unwrap();
    assert!(machine.run("prices").failed(3).contains("PROXYAGENT_PRICING"));
}

#[test]
fn a_label_that_two_tokens_have_is_not_enough() {
    let machine = Machine::new();
    let made = |line: &str| machine.run(line).json().get("id").unwrap().as_str().unwrap().to_owned();
    let (one, two) = (made("token new ci --scope mock --json"), made("token new ci --scope mock --json"));
    let said = machine.run("token revoke ci").failed(2);
    assert!(said.contains(&one) && said.contains(&two), "{said}");
    machine.run(&format!("token revoke {one}")).ok();
    machine.run("token revoke ci").ok();
}

#[test]
fn a_scope_that_can_match_nothing_is_refused() {
    let said = Machine::new().run("token new ci --scope no-such-provider:x").failed(2);
    assert!(said.starts_with("error: "), "{said}");
}

#[test]
fn aliases_are_set_listed_and_removed() {
    let machine = Machine::new();
    machine.run("alias set openai:gpt-* mock:mock").ok();
    machine.run("alias set gpt-5 mock:mock").ok();
    machine.run("alias set gpt-5 mock:mock-paid").ok();
    let map = machine.run("alias ls --json").json();
    assert_eq!(map.pointer("/map/openai:gpt-*").unwrap(), "mock:mock");
    assert_eq!(map.pointer("/map/gpt-5").unwrap(), "mock:mock-paid");
    assert!(machine.run("alias ls").ok().starts_with("MATCH "));
    machine.run("alias rm openai:gpt-*").ok();
    assert_eq!(machine.run("alias ls --quiet").ok(), "gpt-5\n");
    machine.run("alias rm openai:gpt-*").failed(5);
}

#[test]
fn usage_and_logs_of_a_new_store() {
    let machine = Machine::new();
    assert_eq!(machine.run("usage --json").json().pointer("/usage/requests").unwrap(), 0);
    assert!(machine.run("usage").ok().contains("all           0   0    0  $0.00\n"));
    assert_eq!(machine.run("logs").ok(), "");
    assert_eq!(machine.run("logs --json").json(), json!({"logs": [], "next": null}));
}

#[test]
fn the_admin_token_is_made_once() {
    let machine = Machine::new();
    let first = machine.run("admin-token --json").json();
    assert_eq!(first.get("new").unwrap(), true);
    let text = first.get("admin_token").unwrap().as_str().unwrap();
    assert_eq!(machine.run("admin-token").ok(), format!("{text}\n"));
    assert_eq!(machine.run("admin-token -q").ok(), format!("{text}\n"));
}

#[test]
fn the_home_can_be_moved() {
    let elsewhere = tempfile::tempdir().unwrap();
    let moved = || Machine::new().with("PROXYAGENT_HOME", elsewhere.path().to_str().unwrap());
    moved().run("token new here --scope mock").ok();
    assert!(moved().run("token ls").ok().contains("here"));
    assert_eq!(Machine::new().run("token ls").ok(), "");
}

#[test]
fn every_bad_setting_is_named() {
    let machine = Machine::new().with("PROXYAGENT_NONSENSE", "1").with("PROXYAGENT_RETENTION_DAYS", "many");
    for line in ["token ls", "serve --port 0"] {
        let said = machine.run(line).failed(3);
        assert!(said.contains("PROXYAGENT_NONSENSE") && said.contains("PROXYAGENT_RETENTION_DAYS"), "{said}");
    }
}

#[test]
fn what_was_done_is_listed_and_the_record_is_whole() {
    let machine = Machine::new();
    machine.run("token new ci --scope mock").ok();
    machine.run("alias set gpt-5 mock:mock").ok();
    machine.run("token revoke ci").ok();
    let listing = machine.run("audit --json").json();
    let entries = listing["entries"].as_array().unwrap();
    let said: Vec<_> = entries.iter().map(|e| e["action"].as_str().unwrap()).collect();
    assert_eq!(said, ["token.revoke", "alias.set", "token.create"]);
    assert_eq!(listing["entries"][0]["actor"], "local");
    assert!(machine.run("audit -n 1").ok().contains("token.revoke"));
    let verdict = machine.run("audit verify --json").json();
    assert_eq!((&verdict["ok"], &verdict["entries"]), (&json!(true), &json!(3)));
    assert_eq!(machine.run("audit verify --quiet").ok().trim_end(), listing["entries"][0]["hash"]);
}

//! `doctor`: what it finds, and what it leaves alone.

use crate::fake_agent::Agents;
use crate::fake_proxy::FakeProxy;
use crate::runner::Machine;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;

/// The status of each check, by name.
fn statuses(answer: &Value) -> Vec<(String, String)> {
    let text = |check: &Value, name: &str| check.get(name).unwrap().as_str().unwrap().to_owned();
    let checks = answer.get("checks").unwrap().as_array().unwrap();
    checks.iter().map(|check| (text(check, "name"), text(check, "status"))).collect()
}

fn status(answer: &Value, name: &str) -> Option<String> {
    statuses(answer).into_iter().find(|(known, _)| known == name).map(|(_, status)| status)
}

#[test]
fn an_empty_machine_is_left_empty() {
    let machine = Machine::new();
    let answer = machine.run("doctor --json").json();
    assert_eq!(answer.get("ok").unwrap(), true);
    assert_eq!(status(&answer, "store").as_deref(), Some("warn"));
    assert_eq!(status(&answer, "claude-code").as_deref(), Some("warn"));
    assert_eq!(std::fs::read_dir(machine.home()).unwrap().count(), 0);
    let text = machine.run("doctor").ok();
    assert!(text.contains("npm install -g @anthropic-ai/claude-code installs it"), "{text}");
}

#[test]
fn a_store_is_opened_and_its_files_looked_at() {
    let machine = Machine::new();
    machine.run("token new t --scope mock").ok();
    let answer = machine.run("doctor --json").json();
    for name in ["settings", "files", "admin token", "store"] {
        assert_eq!(status(&answer, name).as_deref(), Some("ok"), "{name}: {answer}");
    }
    let database = machine.home().join(".proxyagent/proxyagent.db");
    std::fs::set_permissions(&database, std::fs::Permissions::from_mode(0o644)).unwrap();
    let ended = machine.run("doctor");
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("help: chmod 600 "), "{}", ended.out);
    let mode = std::fs::metadata(&database).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "it changes nothing");
}

#[test]
fn a_bad_setting_fails() {
    let ended = Machine::new().with("PROXYAGENT_NONSENSE", "1").run("doctor");
    assert!(ended.code == 1 && ended.out.contains("PROXYAGENT_NONSENSE"), "{}", ended.out);
    assert_eq!(ended.err, "");
}

#[test]
fn what_a_proxy_answers() {
    let token = Machine::new().run("token new t --scope mock").ok();
    let (up, ready) = ((200, r#"{"ok":true}"#), (200, r#"{"ready":true}"#));
    let error = r#"{"error":{"message":"because"}}"#;
    for (answers, code, name, want) in [
        (vec![up, ready, (200, "{}")], 0, "token (messages)", "ok"),
        (vec![up, ready, (401, error)], 1, "token (messages)", "fail"),
        (vec![up, ready, (402, error)], 0, "token (messages)", "warn"),
        (vec![up, ready, (500, "<html>")], 1, "token (messages)", "fail"),
        (vec![up, (503, "{}"), (200, "{}")], 1, "proxy", "fail"),
        (vec![(200, "<html>")], 1, "proxy", "fail"),
        (vec![(404, "{}")], 1, "proxy", "fail"),
    ] {
        let proxy = FakeProxy::answering(&answers);
        let agents = Agents::of(&[], "");
        agents.program("claude", "#!/bin/sh\necho 2.1 '(Claude Code)'\n", 0o755);
        let machine = Machine::new()
            .with("PATH", agents.path().to_str().unwrap())
            .with("PROXYAGENT_PROXY", &proxy.url)
            .with("PROXYAGENT_TOKEN", token.trim());
        let ended = machine.run("doctor --harness claude-code --json");
        let answer: Value = serde_json::from_str(&ended.out).unwrap();
        assert_eq!(ended.code, code, "{answer}");
        assert_eq!(status(&answer, name).as_deref(), Some(want), "{answer}");
        assert_eq!(status(&answer, "claude-code").as_deref(), Some("ok"), "{answer}");
        let asked = proxy.asked();
        assert_eq!(asked.first().unwrap().line, "GET /healthz");
        assert_eq!(asked.first().unwrap().header("authorization"), None, "the token goes with the call only");
        if let Some(call) = asked.get(2) {
            assert_eq!(call.line, "POST /anthropic/v1/messages");
            assert_eq!(call.header("authorization").unwrap(), format!("Bearer {}", token.trim()));
        }
    }
}

#[test]
fn a_named_agent_that_is_missing_and_an_unreachable_proxy_fail() {
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let ended =
        Machine::new().run(&format!("doctor --harness codex --proxy http://127.0.0.1:{port} --quiet"));
    assert_eq!((ended.code, ended.out.as_str()), (1, "proxy\ncodex\n"));
}

#[test]
fn stray_keys_and_addresses_are_named_and_their_values_are_not() {
    let proxy = FakeProxy::answering(&[(200, r#"{"ok":true}"#), (200, "{}")]);
    let machine = Machine::new()
        .with("OPENAI_API_KEY", "sk-very-secret")
        .with("ANTHROPIC_AUTH_TOKEN", "pa_of_a_machine")
        .with("ANTHROPIC_BASE_URL", "https://elsewhere.example")
        .with("PROXYAGENT_PROXY", &proxy.url);
    let text = machine.run("doctor").ok();
    assert!(text.contains("providers' keys: OPENAI_API_KEY\n"), "{text}");
    assert!(text.contains("ANTHROPIC_BASE_URL does not point at the proxy"), "{text}");
    assert!(!text.contains("sk-very-secret"));
}

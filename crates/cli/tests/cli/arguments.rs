//! Help, version, completions, and mistakes in the arguments.

use crate::runner::Machine;
use serde_json::Value;

#[test]
fn every_command_has_help_with_examples_on_standard_output() {
    let machine = Machine::new();
    for command in [
        "",
        "serve",
        "admin-token",
        "token",
        "token new",
        "token ls",
        "token edit",
        "token revoke",
        "group",
        "group set",
        "group ls",
        "group rm",
        "alias",
        "alias set",
        "alias ls",
        "alias rm",
        "prices",
        "prices set",
        "prices rm",
        "prices update",
        "usage",
        "logs",
        "completions",
        "run",
        "setup",
        "doctor",
    ] {
        let help = machine.run(&format!("{command} --help")).ok();
        assert!(help.contains("Usage: proxyagent") && help.contains("Examples:\n"), "{command}: {help}");
        assert!(!help.contains('\u{1b}'), "no colours through a pipe");
    }
}

#[test]
fn version() {
    assert_eq!(Machine::new().run("--version").ok(), format!("proxyagent {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = Machine::new().run(&format!("completions {shell}")).ok();
        assert!(script.contains("admin-token") && script.contains("revoke"), "{shell}");
    }
}

#[test]
fn mistakes_are_usage_errors() {
    let machine = Machine::new();
    for line in [
        "",
        "tokken ls",
        "token new",
        "token new ci --ttl soon",
        "token new ci --rate 0",
        "token new ci --budget lots",
        "token ls --json --quiet",
        "logs --limit 0",
        "completions tcsh",
        "serve --host proxy.example.com",
        "serve --port 70000",
        "serve --proxy http://127.0.0.1:1",
        "admin-token --proxy http://127.0.0.1:1",
        "token ls --admin secret",
        "run",
        "run claude",
        "run claude-code --goal",
        "run claude-code --command x",
        "run claude-code --admin x",
        "run custom --command x --skip-permissions",
        "setup nobody",
        "setup codex --admin x",
        "doctor --harness nobody",
        "doctor --admin x",
        "--proxy 127.0.0.1:8080 --admin - token ls",
        "--proxy ftp://example.com --admin - token ls",
        "--proxy https://user:password@example.com --admin - token ls",
    ] {
        let said = machine.run(line).failed(2);
        assert!(!said.contains("panicked"), "{line}: {said}");
    }
}

#[test]
fn a_misspelt_command_is_suggested() {
    assert!(Machine::new().run("tokken ls").failed(2).contains("'token'"));
}

#[test]
fn mistakes_are_json_when_json_is_asked_for() {
    for line in ["--json tokken", "token ls --json --admin x", "logs --json --limit x"] {
        let said: Value = serde_json::from_str(&Machine::new().run(line).failed(2)).unwrap();
        assert_eq!(said.pointer("/error/type").unwrap(), "usage", "{line}");
        assert_eq!(said.pointer("/error/exit_code").unwrap(), 2);
        assert!(!said.pointer("/error/message").unwrap().as_str().unwrap().contains('\n'), "{line}: {said}");
    }
}

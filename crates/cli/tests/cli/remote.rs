//! Management commands against a proxy elsewhere: what is asked, and what becomes of its answers.

use crate::fake_proxy::FakeProxy;
use crate::runner::Machine;
use serde_json::{Value, json};

const ADMIN: &str = "admin-token-of-the-proxy";

/// A machine that is pointed at `proxy` by its environment.
fn machine(proxy: &FakeProxy) -> Machine {
    Machine::new().with("PROXYAGENT_PROXY", &proxy.url).with("PROXYAGENT_ADMIN_TOKEN", ADMIN)
}

#[test]
fn each_command_asks_the_admin_api() {
    let tokens =
        r#"{"tokens":[{"id":"tok_1","label":"ci","scope":["mock"],"status":"active","revoked":false}]}"#;
    let calls = r#"{"logs":[],"next":null}"#;
    let totals = r#"{"usage":{"requests":1,"prompt_tokens":2,"completion_tokens":3,"cost_usd":0.5}}"#;
    let minted = r#"{"token":"pa_x","id":"tok_1","label":"ci"}"#;
    for (line, answers, asked, out) in [
        ("token new ci --scope mock --quiet", vec![minted], vec!["POST /admin/tokens"], "pa_x\n"),
        ("token ls --quiet", vec![tokens], vec!["GET /admin/tokens"], "tok_1\n"),
        (
            "token revoke ci -q",
            vec![tokens, "{}"],
            vec!["GET /admin/tokens", "DELETE /admin/tokens/tok_1"],
            "tok_1\n",
        ),
        ("alias set a/b:* mock -q", vec!["{}"], vec!["POST /admin/aliases"], "a/b:*\n"),
        ("alias ls -q", vec![r#"{"map":{"a":"b"}}"#], vec!["GET /admin/aliases"], "a\n"),
        ("alias rm a/b:* -q", vec!["{}"], vec!["DELETE /admin/aliases/a%2Fb%3A%2A"], "a/b:*\n"),
        ("usage -q", vec![totals], vec!["GET /admin/usage"], "0.5\n"),
        ("logs -q --limit 3", vec![calls], vec!["GET /admin/logs?limit=3"], ""),
    ] {
        let proxy = FakeProxy::answering(&answers.iter().map(|body| (200, *body)).collect::<Vec<_>>());
        assert_eq!(machine(&proxy).run(line).ok(), out, "{line}");
        let requests = proxy.asked();
        assert_eq!(requests.iter().map(|r| r.line.as_str()).collect::<Vec<_>>(), asked, "{line}");
        assert!(requests.iter().all(|request| request.header("x-admin-token") == Some(ADMIN)), "{line}");
    }
}

#[test]
fn what_is_not_given_is_not_sent() {
    let proxy = FakeProxy::answering(&[(200, r#"{"token":"pa_x","id":"t","label":"ci"}"#)]);
    machine(&proxy).run("token new ci --budget 0.1 --ttl 30d --rate none").ok();
    let asked = proxy.asked();
    let body: Value = serde_json::from_str(&asked.first().unwrap().body).unwrap();
    assert_eq!(
        body,
        json!({"label": "ci", "ttl_seconds": 2_592_000, "rate_limit": null, "budget_usd": 0.1, "budget_window": null})
    );
}

#[test]
fn a_long_log_is_fetched_page_by_page() {
    let row = |id: u32| format!(r#"{{"id":"c{id}","ts_ms":0}}"#);
    let page = |ids: std::ops::Range<u32>, next: &str| {
        format!(r#"{{"logs":[{}],"next":{next}}}"#, ids.map(row).collect::<Vec<_>>().join(","))
    };
    let (first, second) = (page(0..200, "\"c199\""), page(200..250, "\"c249\""));
    let proxy = FakeProxy::answering(&[(200, &first), (200, &second)]);
    let answer = machine(&proxy).run("logs -n 250 --json").json();
    assert_eq!(answer.get("logs").unwrap().as_array().unwrap().len(), 250);
    assert_eq!(answer.get("next").unwrap(), "c249");
    let lines: Vec<_> = proxy.asked().into_iter().map(|request| request.line).collect();
    assert_eq!(lines, ["GET /admin/logs?limit=200", "GET /admin/logs?limit=50&before=c199"]);
}

#[test]
fn refusals_have_exit_codes() {
    let refusal = r#"{"error":{"message":"because \u001b[2J","type":"x","code":"why"}}"#;
    for (status, body, code, said) in [
        (400, refusal, 2, "because"),
        (401, refusal, 4, "because"),
        (403, refusal, 6, "because"),
        (404, refusal, 5, "because"),
        (429, refusal, 6, "because"),
        (503, refusal, 1, "because"),
        (404, "<html>", 1, "does not answer as a proxyagent does"),
        (200, "hello", 1, "does not answer as a proxyagent does"),
        (200, "{}", 1, "not understood"),
        (302, "", 1, "redirect"),
    ] {
        let proxy = FakeProxy::answering(&[(status, body), (status, body)]);
        let text = machine(&proxy).run("token ls").failed(code);
        assert!(text.starts_with("error: ") && text.contains(said), "{status}: {text}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
        let json: Value = serde_json::from_str(&machine(&proxy).run("token ls --json").failed(code)).unwrap();
        assert_eq!(json.pointer("/error/exit_code").unwrap(), code);
        if body == refusal {
            assert_eq!(json.pointer("/error/code").unwrap(), "why");
        }
    }
}

#[test]
fn a_hostile_label_cannot_reach_the_terminal() {
    let tokens = r#"{"tokens":[{"id":"tok_1\u001b[2J","label":"\u001b]0;x\u0007\nfake","scope":["\u202e"],"status":"active","revoked":false}]}"#;
    let proxy = FakeProxy::answering(&[(200, tokens), (200, r#"{"map":{"\u001b[1m":"\u009b2J"}}"#)]);
    for line in ["token ls", "alias ls"] {
        let out = machine(&proxy).run(line).ok();
        assert!(out.chars().all(|c| c == '\n' || !c.is_control()) && !out.contains('\u{202e}'), "{out:?}");
        assert_eq!(out.lines().count(), 2);
    }
}

#[test]
fn an_unreachable_proxy() {
    // A port that was free a moment ago, and that nobody listens on.
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let machine = Machine::new().with("PROXYAGENT_ADMIN_TOKEN", ADMIN);
    let said = machine.run(&format!("--url http://127.0.0.1:{port}/ usage")).failed(7);
    assert!(said.contains("cannot be reached") && said.contains("help: "), "{said}");
    let said = machine.run(&format!("--url http://127.0.0.1:{port} --json usage")).failed(7);
    assert_eq!(serde_json::from_str::<Value>(&said).unwrap().pointer("/error/type").unwrap(), "unreachable");
}

#[test]
fn the_admin_token_comes_from_input_environment_or_argument() {
    let usage = r#"{"usage":{"requests":0,"prompt_tokens":0,"completion_tokens":0,"cost_usd":0}}"#;
    let proxy = FakeProxy::answering(&[(200, usage), (200, usage)]);
    let machine = Machine::new().with("PROXYAGENT_PROXY", &proxy.url);

    machine.run_with_input("usage --admin -", "from-input\nmore\n").ok();
    let ended = machine.run("usage --admin from-argument");
    assert_eq!(ended.code, 0);
    assert!(ended.err.starts_with("warning: ") && !ended.err.contains("from-argument"), "{}", ended.err);
    let sent: Vec<_> = proxy.asked().iter().map(|r| r.header("x-admin-token").unwrap().to_owned()).collect();
    assert_eq!(sent, ["from-input", "from-argument"]);

    let warned = machine.run("usage --json --admin x").err;
    assert!(warned.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{warned}");

    assert!(machine.run("usage").failed(4).contains("PROXYAGENT_ADMIN_TOKEN"));
    machine.run_with_input("usage --admin -", "\n").failed(4);
    assert_eq!(proxy.asked().len(), 3);
}

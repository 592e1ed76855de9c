//! The webhook that says that a budget is nearly used up.

use super::*;
use proxyagent_core::maintain::maintain;
use proxyagent_core::time::Millis;

const HOOK: [(&str, &str); 2] = [
    ("PROXYAGENT_BUDGET_WEBHOOK", "https://hooks.example/budget"),
    ("PROXYAGENT_BUDGET_WEBHOOK_SECRET", "s3cret"),
];
/// Costs 0.0011 dollars; holds about 0.0137.
const PAID: &str =
    r#"{"model":"mock-paid","max_tokens":20,"messages":[{"role":"user","content":"[[mock:tokens 10 20]]"}]}"#;

fn exhaust(stage: &Stage) {
    while stage.post("/openai/v1/chat/completions", PAID).status == 200 {}
}

/// What was told since the last look.
fn told(stage: &Stage) -> Vec<(serde_json::Value, String, String)> {
    run(maintain(&stage.proxy)).unwrap();
    let sent = stage.proxy.platform.take_sent();
    sent.iter()
        .map(|sent| {
            assert_eq!(sent.request.uri(), "https://hooks.example/budget");
            let header = |name: &str| sent.request.headers()[name].to_str().unwrap().to_owned();
            let body = serde_json::from_slice(sent.request.body()).unwrap();
            (body, header("x-proxyagent-timestamp"), header("x-proxyagent-signature"))
        })
        .collect()
}

#[test]
fn a_budget_is_told_of_once_at_80_and_once_at_100_in_each_window() {
    let stage = Stage::with(&Limits { budget: Some(100_000_000), ..Limits::default() }, &HOOK);
    stage.rows("UPDATE proxy_agent_tokens SET window_days = 1, label = 'ci', version = 2");
    for day in ["2026-11-24", "2026-11-25"] {
        exhaust(&stage);
        assert!(stage.proxy.platform.take_sent().is_empty(), "no call waits for it");
        stage.script(Reply::json(204, ""));
        stage.script(Reply::json(200, "{}"));
        let got = told(&stage);
        let said: Vec<_> = got
            .iter()
            .map(|(body, ..)| (body["threshold_percent"].as_i64().unwrap(), body["id"].clone()))
            .collect();
        assert_eq!(said, [(80, "tok_1".into()), (100, "tok_1".into())]);
        let (body, timestamp, signature) = &got[0];
        assert_eq!(
            (&body["whose"], &body["label"], &body["budget_usd"]),
            (&"token".into(), &"ci".into(), &0.1.into())
        );
        assert_eq!(body["window_start"], format!("{day}T00:00:00.000Z"));
        assert!(signature.starts_with("v1=") && signature.len() == 67 && timestamp.len() == 10);
        exhaust(&stage);
        assert!(told(&stage).is_empty(), "once");
        stage.proxy.platform.pass(Millis::seconds(86_400));
    }
}

#[test]
fn a_hook_that_fails_is_tried_again_and_then_given_up() {
    let stage = Stage::with(&Limits { budget: Some(100_000_000), ..Limits::default() }, &HOOK);
    while stage.money().0 < 80_000_000 {
        assert_eq!(stage.post("/openai/v1/chat/completions", PAID).status, 200);
    }
    for wait in [30, 120, 600, 3600, 86_400] {
        stage.script(Reply::json(500, ""));
        assert_eq!(told(&stage).len(), 1, "{wait}");
        assert!(told(&stage).is_empty(), "not at once");
        stage.proxy.platform.pass(Millis::seconds(wait));
    }
    assert!(told(&stage).is_empty(), "given up");
    assert_eq!(stage.proxy.platform.take_faults().len(), 5);
}

#[test]
fn groups_and_providers_are_told_of_too() {
    let mut settings = HOOK.to_vec();
    settings.push(("PROXYAGENT_PROVIDER_BUDGETS", r#"{"mock": 0.1}"#));
    let stage = Stage::with(&Limits::default(), &settings);
    stage.rows(
        "INSERT INTO proxy_agent_budgets (id, budget_nano, created_ms) VALUES ('group:ci', 105000000, 0)",
    );
    stage.rows("UPDATE proxy_agent_tokens SET budget_group = 'ci', version = 2");
    exhaust(&stage);
    for _ in 0..4 {
        stage.script(Reply::json(200, ""));
    }
    let got = told(&stage);
    let mut said: Vec<_> = got
        .iter()
        .map(|(body, ..)| {
            format!("{} {} {}", body["whose"], body["id"], body["threshold_percent"]).replace('"', "")
        })
        .collect();
    said.sort();
    assert_eq!(said, ["group ci 80", "provider mock 100", "provider mock 80"]);
}

#[test]
fn without_a_hook_nothing_is_noted() {
    let stage = Stage::new(&Limits { budget: Some(100_000_000), ..Limits::default() });
    exhaust(&stage);
    assert!(stage.rows("SELECT budget FROM proxy_agent_notices").is_empty());
}

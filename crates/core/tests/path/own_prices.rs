//! Prices that the operator sets, in the settings and while calls are made.

use super::*;
use http::Method;
use proxyagent_core::admin::{self, Admin};

fn admin(stage: &Stage, method: Method, path: &str, body: &str) -> (u16, String) {
    let request =
        Request::builder().method(method).uri(path).body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
    let answer = run(admin::handle(&stage.proxy, Admin::local(), request));
    (answer.status().as_u16(), String::from_utf8(answer.body().to_vec()).unwrap())
}

const UNKNOWN: &str = r#"{"model":"nobody-knows","max_tokens":100,"messages":[]}"#;
const ANSWER: &str = r#"{"usage":{"prompt_tokens":12,"completion_tokens":8}}"#;

fn ask(stage: &Stage) -> u16 {
    stage.script(Reply::json(200, ANSWER));
    stage.post("/openai/v1/chat/completions", UNKNOWN).status
}

/// Nothing is sent, so no answer is scripted.
fn refused(stage: &Stage) -> u16 {
    stage.post("/openai/v1/chat/completions", UNKNOWN).status
}

fn limits() -> Limits {
    Limits { budget: Some(1_000_000_000), ..Limits::default() }
}

#[test]
fn a_default_price_lets_budgets_use_what_nobody_knows() {
    let stage = Stage::new(&limits());
    assert_eq!(refused(&stage), 402);
    let stage = Stage::with(&limits(), &[("PROXYAGENT_DEFAULT_PRICE", "10/50")]);
    assert_eq!(ask(&stage), 200);
    assert_eq!(stage.money(), (12 * 10_000 + 8 * 50_000, 0));
    let stage =
        Stage::with(&limits(), &[("PROXYAGENT_PRICING", r#"{"openai:nobody-*": {"in": 1, "out": 2}}"#)]);
    assert_eq!(ask(&stage), 200);
    assert_eq!(stage.money(), (12 * 1_000 + 8 * 2_000, 0));
}

#[test]
fn a_price_that_is_set_counts_from_the_next_call_on_in_every_process() {
    let stage = Stage::new(&limits());
    assert_eq!(refused(&stage), 402);
    assert_eq!(
        admin(&stage, Method::PUT, "/admin/prices/openai%3Anobody-knows", r#"{"in":1,"out":2}"#).0,
        200
    );
    assert_eq!(ask(&stage), 200);
    assert_eq!(stage.money().0, 12 * 1_000 + 8 * 2_000);
    // A call under way is settled at what it was held at.
    let relay = stage.start_stream().unwrap();
    let before = stage.money().0;
    let dear = r#"{"in":4000,"out":20000}"#;
    assert_eq!(admin(&stage, Method::PUT, "/admin/prices/anthropic%3Aclaude-opus-5-5", dear).0, 200);
    assert_eq!(stage.post("/anthropic/v1/messages", MESSAGES).status, 402, "the next one is dearer");
    let (sender, _receiver) = mpsc::channel(100);
    run(relay.pump(sender));
    assert_eq!(stage.money(), (before + STREAM_COST, 0));
    assert_eq!(admin(&stage, Method::DELETE, "/admin/prices/openai%3Anobody-knows", "").0, 200);
    assert_eq!(refused(&stage), 402);
}

#[test]
fn past_calls_cost_what_they_cost_now_once_and_everywhere() {
    let stage = Stage::new(&Limits::default());
    assert_eq!(ask(&stage), 200, "unpriced, for a token without a budget");
    stage.script(stream_reply());
    assert_eq!(stage.post("/anthropic/v1/messages", MESSAGES_STREAM).status, 200);
    assert_eq!(stage.money().0, STREAM_COST);
    assert_eq!(
        admin(&stage, Method::PUT, "/admin/prices/openai%3Anobody-knows", r#"{"in":1,"out":2}"#).0,
        200
    );
    let double = r#"{"in":8,"out":40}"#;
    assert_eq!(admin(&stage, Method::PUT, "/admin/prices/anthropic%3Aclaude-opus-5-5", double).0, 200);
    stage.proxy.platform.pass(proxyagent_core::time::Millis(1));
    let since = format!(r#"{{"since_ms":{}}}"#, stage.proxy.platform.now().0 - 1000);
    let now = 2 * STREAM_COST + 12 * 1_000 + 8 * 2_000;
    for changed in [2, 0] {
        let (status, text) = admin(&stage, Method::POST, "/admin/usage/reprice", &since);
        assert!(status == 200 && text.contains(&format!(r#""calls":2,"changed":{changed},"#)), "{text}");
        assert_eq!(stage.money().0, now);
        assert_eq!(stage.rows("SELECT SUM(cost_nano) FROM proxy_agent_usage"), [[now.into()]]);
        let (_, logs) = admin(&stage, Method::GET, "/admin/logs", "");
        assert!(logs.contains(&format!(r#""cost_nano":{}"#, 2 * STREAM_COST)), "{logs}");
    }
    // What was charged stays in its row, which the audit log seals.
    assert_eq!(stage.rows("SELECT SUM(cost_nano) FROM proxy_agent_calls"), [[STREAM_COST.into()]]);
}

#[test]
fn what_is_no_price_is_refused_and_changes_nothing() {
    let stage = Stage::new(&limits());
    for (path, body, status, part) in [
        ("/admin/prices/openai%3Ax", r#"{"in":-1}"#, 400, "not a price"),
        ("/admin/prices/openai%3Ax", "{}", 400, "neither in nor out"),
        ("/admin/prices/openai%3Ax", "", 400, "openai:x"),
        ("/admin/prices/x", "[1,2]", 400, "provider:model"),
        ("/admin/prices/*", "[1,2]", 400, "provider:model"),
        ("/admin/prices/nobody%3Ax", "[1,2]", 404, "nobody"),
        ("/admin/prices", "{}", 400, "providers"),
        ("/admin/prices", r#"{"schema":"other/1","providers":{}}"#, 400, "other/1"),
    ] {
        let (got, text) = admin(&stage, Method::PUT, path, body);
        assert!(got == status && text.contains(part), "{path} {body}: {got} {text}");
    }
    assert_eq!(stage.rows("SELECT value FROM proxy_agent_meta WHERE name = 'prices'"), [[Value::Int(0)]]);
    assert_eq!(admin(&stage, Method::DELETE, "/admin/prices/openai%3Ax", "").0, 404);
    let (status, text) = admin(&stage, Method::GET, "/admin/prices?find=claude-opus-5-5", "");
    assert_eq!(status, 200);
    assert!(
        text.contains(r#""model":"claude-opus-5-5","input_usd":4,"output_usd":20,"cache_read_usd":0.2"#),
        "{text}"
    );
}

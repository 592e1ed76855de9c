//! Budgets of windows, groups and providers.

use super::*;
use proxyagent_core::time::Millis;

/// $0.0021 for a call with these words, at $10 and $50 a million tokens.
const PAID: &str =
    r#"{"model":"mock-paid","max_tokens":20,"messages":[{"role":"user","content":"[[mock:tokens 10 20]]"}]}"#;
const COST: i64 = 10 * 10_000 + 20 * 50_000;

fn change(stage: &Stage, sql: &'static str) {
    stage.proxy.platform.query(sql);
}

fn ask(stage: &Stage) -> Got {
    stage.post("/openai/v1/chat/completions", PAID)
}

/// Calls until the first refusal: how many were served, and the refusal.
fn exhaust(stage: &Stage) -> (i64, Got) {
    for served in 0..1000 {
        let got = ask(stage);
        if got.status != 200 {
            return (served, got);
        }
    }
    panic!("no limit");
}

#[test]
fn a_window_begins_anew_and_the_refusal_says_when() {
    for (days, window, until, before) in [
        (1, "a day", "2026-11-25T00:00:00.000Z", 16 * 3600),
        (7, "a week", "2026-11-30T00:00:00.000Z", (5 * 24 + 16) * 3600),
        (0, "a month", "2026-12-01T00:00:00.000Z", (6 * 24 + 16) * 3600),
        (30, "for 30 days", "2026-12-03T00:00:00.000Z", (8 * 24 + 16) * 3600),
    ] {
        let stage = Stage::new(&Limits { budget: Some(30_000_000), ..Limits::default() });
        stage.rows(match days {
            0 => "UPDATE proxy_agent_tokens SET window_days = 0, version = 2",
            1 => "UPDATE proxy_agent_tokens SET window_days = 1, version = 2",
            7 => "UPDATE proxy_agent_tokens SET window_days = 7, version = 2",
            _ => "UPDATE proxy_agent_tokens SET window_days = 30, version = 2",
        });
        let (served, got) = exhaust(&stage);
        assert!(served > 2, "{served}");
        assert_eq!((got.status, got.header("x-should-retry")), (402, Some("false")));
        let text = got.text();
        assert!(text.contains(&format!("$0.03 {window} is used up")) && text.contains(until), "{text}");
        stage.proxy.platform.pass(Millis(before * 1000 - 1));
        assert_eq!(ask(&stage).status, 402, "{window}");
        stage.proxy.platform.pass(Millis(1));
        assert_eq!(exhaust(&stage).0, served, "{window}");
        assert_eq!(stage.money(), (served * COST, 0));
        // All of it stands in the counters.
        let total = stage.rows("SELECT SUM(cost_nano) FROM proxy_agent_usage");
        assert_eq!(total, [[(2 * served * COST).into()]]);
    }
}

#[test]
fn what_runs_over_the_end_of_a_window_is_held_in_the_next() {
    let stage = Stage::new(&Limits { budget: Some(40_000_000), ..Limits::default() });
    change(&stage, "UPDATE proxy_agent_tokens SET window_days = 1, version = 2");
    let relay = stage.start_stream().unwrap();
    let held = stage.money().1;
    stage.proxy.platform.pass(Millis::seconds(16 * 3600));
    assert_eq!(ask(&stage).status, 200);
    assert_eq!(stage.money(), (COST, held));
    let (sender, _receiver) = mpsc::channel(100);
    run(relay.pump(sender));
    assert_eq!(stage.money(), (COST + STREAM_COST, 0));
}

#[test]
fn a_group_is_one_budget_for_all_its_tokens() {
    let stage = Stage::new(&Limits::default());
    let other =
        Stage { token: add_token(&stage.proxy, "tok_2", &Limits::default()), proxy: stage.proxy.clone() };
    let alone =
        Stage { token: add_token(&stage.proxy, "tok_3", &Limits::default()), proxy: stage.proxy.clone() };
    change(
        &stage,
        "INSERT INTO proxy_agent_budgets (id, budget_nano, window_days, created_ms) VALUES ('group:ci', 30000000, 1, 0)",
    );
    change(&stage, "UPDATE proxy_agent_tokens SET budget_group = 'ci', version = 2 WHERE id <> 'tok_3'");
    assert_eq!(ask(&other).status, 200);
    let relay = stage.start_stream().unwrap();
    let row = || {
        let rows = stage.rows("SELECT spent_nano, held_nano FROM proxy_agent_budgets");
        (rows[0][0].int().unwrap(), rows[0][1].int().unwrap())
    };
    assert_eq!(row(), (COST, stage.money().1));
    let (served, got) = exhaust(&other);
    assert!(got.text().contains("the token group \\\"ci\\\"'s budget of $0.03 a day"), "{}", got.text());
    assert_eq!(ask(&stage).status, 402);
    assert_eq!(ask(&alone).status, 200);
    assert!(row().0 + row().1 <= 30_000_000);
    let (sender, _receiver) = mpsc::channel(100);
    run(relay.pump(sender));
    assert_eq!(row(), ((served + 1) * COST + STREAM_COST, 0));
    stage.proxy.platform.pass(Millis::seconds(86_400));
    assert_eq!(ask(&stage).status, 200);
    // A group that is gone pays for nothing.
    change(&stage, "DELETE FROM proxy_agent_budgets");
    assert_ne!(ask(&stage).status, 200);
    // A budget of the group, too, needs a price.
    stage.script(Reply::json(200, "{}"));
    let got = stage.post("/openai/v1/chat/completions", r#"{"model":"nobody-knows","messages":[]}"#);
    assert_eq!(got.header("x-proxyagent-error"), Some("price_unknown"));
}

#[test]
fn a_provider_s_budget_holds_for_all_tokens() {
    let settings = [("PROXYAGENT_PROVIDER_BUDGETS", r#"{"mock": "0.03/day"}"#)];
    let stage = Stage::with(&Limits::default(), &settings);
    let other =
        Stage { token: add_token(&stage.proxy, "tok_2", &Limits::default()), proxy: stage.proxy.clone() };
    assert_eq!(ask(&other).status, 200);
    let (served, got) = exhaust(&stage);
    assert!(got.text().contains("this proxy's budget of $0.03 a day for mock"), "{}", got.text());
    assert_eq!(ask(&other).status, 402);
    let rows = stage.rows("SELECT id, spent_nano, held_nano FROM proxy_agent_budgets");
    assert_eq!(rows, [["provider:mock".into(), ((served + 1) * COST).into(), Value::Int(0)]]);
    stage.script(Reply::json(200, "{}"));
    assert_eq!(stage.post("/anthropic/v1/messages", MESSAGES).status, 200, "others go on");
    stage.proxy.platform.pass(Millis::seconds(16 * 3600));
    assert_eq!(ask(&other).status, 200);
    // A process that dies leaves nothing held for ever.
    change(&stage, "UPDATE proxy_agent_budgets SET held_nano = 700");
    change(
        &stage,
        "UPDATE proxy_agent_calls SET state = 'open', held_nano = 700, lease_ms = 0 WHERE id = (SELECT MAX(id) FROM proxy_agent_calls)",
    );
    stage.proxy.platform.pass(Millis::seconds(16 * 60));
    assert_eq!(run(proxyagent_core::maintain::maintain(&stage.proxy)).unwrap().charged, 1);
    assert_eq!(stage.rows("SELECT held_nano FROM proxy_agent_budgets"), [[Value::Int(0)]]);
}

#[test]
fn an_admission_is_one_batch_and_a_settlement_another_whatever_is_limited() {
    let settings = [("PROXYAGENT_PROVIDER_BUDGETS", r#"{"mock": 5}"#)];
    let stage = Stage::with(
        &Limits { budget: Some(1_000_000_000), rate: Some(1000), ..Limits::default() },
        &settings,
    );
    change(
        &stage,
        "INSERT INTO proxy_agent_budgets (id, budget_nano, created_ms) VALUES ('group:ci', 1000000000, 0)",
    );
    change(
        &stage,
        "UPDATE proxy_agent_tokens SET budget_group = 'ci', concurrency = 5, token_rate = 1000000, window_days = 1, version = 2",
    );
    assert_eq!(ask(&stage).status, 200);
    let before = stage.proxy.platform.batches();
    assert_eq!(ask(&stage).status, 200);
    assert_eq!(stage.proxy.platform.batches() - before, 2);
}

#[test]
fn whatever_an_upstream_says_that_it_used_the_budget_holds() {
    for usage in [
        r#"{"input_tokens":9007199254740993,"output_tokens":9007199254740993}"#,
        r#"{"input_tokens":1000000,"output_tokens":1000000}"#,
        r#"{"input_tokens":-5,"output_tokens":-7}"#,
        r#"{"input_tokens":1e400,"output_tokens":"8"}"#,
        r#"{"input_tokens":null}"#,
        "null",
        "{}",
    ] {
        let budget = 30_000_000;
        let stage = Stage::new(&Limits { budget: Some(budget), ..Limits::default() });
        let answer =
            format!(r#"{{"type":"message","content":[{{"type":"text","text":"hi"}}],"usage":{usage}}}"#);
        let mut served = 0;
        loop {
            // Whether it will be sent is not known before.
            stage.script(Reply::json(200, &answer));
            let got = stage.post("/anthropic/v1/messages", MESSAGES);
            let (spent, held) = stage.money();
            assert!(spent <= budget && spent >= 0 && held == 0, "{usage}: {spent} {held}");
            if got.status == 402 {
                break;
            }
            assert_eq!(got.status, 200, "{usage}");
            served += 1;
            assert!(stage.money().0 > 0, "{usage}: never free");
        }
        assert!(served > 1, "{usage}");
    }
}

#[test]
fn what_a_call_only_names_is_held_too() {
    let hold = |body: &str| {
        let stage = Stage::new(&Limits { budget: Some(100_000_000_000), ..Limits::default() });
        let request = Request::post("/anthropic/v1/messages").header("x-api-key", &stage.token);
        stage.script(stream_reply().silent());
        let answer = stage.answer(request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap());
        assert_eq!(answer.status(), 200, "{body}");
        stage.money().1
    };
    let with = |part: &str| {
        hold(&format!(
            r#"{{"model":"claude-opus-5-5","max_tokens":100,"stream":true,"messages":[{{"role":"user","content":[{part}]}}]}}"#
        ))
    };
    let plain = with(r#"{"type":"text","text":"a picture"}"#);
    assert!(
        with(r#"{"type":"image","source":{"type":"url","url":"https://x/y.png"}}"#) > plain + 8_000 * 4_000
    );
    assert!(
        with(r#"{"type":"document","source":{"type":"url","url":"https://x/y.pdf"}}"#)
            > plain + 200_000 * 4_000
    );
    let searching = hold(
        r#"{"model":"claude-opus-5-5","max_tokens":100,"stream":true,"messages":[],"tools":[{"type":"web_search_20250305","name":"web_search","max_uses":3}]}"#,
    );
    assert!(searching > plain + 3 * 10_000_000);
}

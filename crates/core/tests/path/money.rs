//! Holds, budgets, rates, orphans.

use super::*;
use crate::world::DAWN;
use proxyagent_core::maintain::maintain;
use proxyagent_core::time::Millis;

#[test]
fn a_budget_is_never_passed_and_can_be_used() {
    let budget = 3_000_000; // $0.003, some ten calls
    let stage = Stage::new(&Limits { budget: Some(budget), ..Limits::default() });
    let body = r#"{"model":"claude-haiku-5-5","max_tokens":8,"stream":true}"#;
    let mut served = 0;
    loop {
        stage.script(stream_reply());
        let got = stage.post("/anthropic/v1/messages", body);
        let (spent, held) = stage.money();
        assert!(spent <= budget && held == 0);
        if got.status == 402 {
            assert_eq!(got.header("x-proxyagent-error"), Some("budget_exhausted"));
            break;
        }
        assert_eq!(got.status, 200);
        served += 1;
    }
    assert!(served > 100, "{served}");
    assert!(stage.money().0 * 10 >= budget * 9, "{:?}", stage.money());
}

#[test]
fn calls_under_way_hold_their_worst_case() {
    let stage = Stage::new(&Limits { budget: Some(100_000_000), ..Limits::default() });
    let mut running = Vec::new();
    while let Some(relay) = stage.start_stream() {
        let (spent, held) = stage.money();
        assert!(spent == 0 && held <= 100_000_000);
        running.push(relay);
    }
    let many = i64::try_from(running.len()).unwrap();
    assert!(many > 5);
    for relay in running {
        let (sender, receiver) = mpsc::channel(100);
        run(relay.pump(sender));
        drop(receiver);
    }
    assert_eq!(stage.money(), (many * STREAM_COST, 0));
    let usage = stage.rows("SELECT SUM(requests) - SUM(refused), SUM(cost_nano), SUM(prompt_tokens), SUM(completion_tokens) FROM proxy_agent_usage");
    assert_eq!(usage, [[many.into(), (many * STREAM_COST).into(), (many * 12).into(), (many * 8).into()]]);
}

#[test]
fn a_rate_limit_admits_its_number_and_says_when_to_come_back() {
    let stage = Stage::new(&Limits { rate: Some(3), ..Limits::default() });
    let ask = || {
        stage.script(Reply::json(200, "{}"));
        stage.post("/anthropic/v1/messages", MESSAGES)
    };
    for _ in 0..3 {
        assert_eq!(ask().status, 200);
    }
    let refused = ask();
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("20")));
    assert_eq!(refused.header("x-should-retry"), None);
    stage.proxy.platform.pass(Millis(19_999));
    assert_eq!(ask().status, 429);
    stage.proxy.platform.pass(Millis(1));
    assert_eq!(ask().status, 200);
    assert_eq!(ask().status, 429);
}

#[test]
fn an_orphan_is_charged_its_hold_once() {
    let stage = Stage::new(&Limits { budget: Some(100_000_000), ..Limits::default() });
    let relay = stage.start_stream().unwrap();
    let (_, held) = stage.money();
    assert!(held > 0);
    assert_eq!(run(maintain(&stage.proxy)).unwrap().charged, 0, "its lease still runs");
    stage.proxy.platform.pass(Millis::seconds(16 * 60));
    assert_eq!(run(maintain(&stage.proxy)).unwrap().charged, 1);
    assert_eq!(stage.money(), (held, 0));
    // The process was not dead after all: its late settlement must not charge again.
    let (sender, _receiver) = mpsc::channel(100);
    run(relay.pump(sender));
    assert_eq!(stage.money(), (held, 0));
    assert_eq!(run(maintain(&stage.proxy)).unwrap().charged, 0);
}

#[test]
fn a_clock_that_goes_back_hides_no_orphan() {
    let stage = Stage::new(&Limits { budget: Some(100_000_000), ..Limits::default() });
    stage.proxy.platform.pass(Millis::seconds(86_400));
    run(maintain(&stage.proxy)).unwrap();
    stage.proxy.platform.set_now(DAWN);
    drop(stage.start_stream().unwrap());
    run(maintain(&stage.proxy)).unwrap();
    stage.proxy.platform.pass(Millis::seconds(16 * 60));
    assert_eq!(run(maintain(&stage.proxy)).unwrap().charged, 1);
    assert_eq!(stage.money().1, 0);
}

#[test]
fn a_settlement_that_fails_leaves_the_hold_to_be_charged() {
    let stage = Stage::new(&Limits { budget: Some(100_000_000), ..Limits::default() });
    let relay = stage.start_stream().unwrap();
    stage.proxy.platform.set_store_down(true);
    let (sender, receiver) = mpsc::channel(100);
    run(relay.pump(sender));
    assert_eq!(run(receiver.collect::<Vec<_>>()).len(), STREAM.len());
    stage.proxy.platform.set_store_down(false);
    assert_eq!(stage.proxy.platform.take_faults().len(), 1);
    assert!(stage.money().1 > 0);
    stage.proxy.platform.pass(Millis::seconds(16 * 60));
    run(maintain(&stage.proxy)).unwrap();
    assert_eq!(stage.money().1, 0);
}

#[test]
fn retention_forgets_calls_and_keeps_counters() {
    let stage = Stage::with(&Limits::default(), &[("PROXYAGENT_RETENTION_DAYS", "2")]);
    stage.script(stream_reply());
    stage.post("/anthropic/v1/messages", MESSAGES_STREAM);
    stage.proxy.platform.pass(Millis::seconds(86_400));
    assert_eq!(run(maintain(&stage.proxy)).unwrap().removed, 0);
    stage.proxy.platform.pass(Millis::seconds(86_401));
    assert_eq!(run(maintain(&stage.proxy)).unwrap().removed, 1);
    assert!(stage.rows("SELECT id FROM proxy_agent_calls").is_empty());
    assert_eq!(stage.rows("SELECT cost_nano FROM proxy_agent_usage"), [[STREAM_COST.into()]]);
}

//! Limits on how often a token may call.

use super::*;
use proxyagent_core::time::{Millis, UnixMs};

const SECOND: i64 = 1000;

#[test]
fn a_rate_limit_counts_calls_whatever_order_they_come_in() {
    // The instants at which calls begin, after the first, and how many of all pass a limit of five a minute.
    for (begins, passed) in [
        (&[0, 0, 0, 0, 0, 0][..], 5),
        (&[0, 3, 1, 2, 0, 9, 4], 5),
        (&[9, 8, 7, 6, 5, 4], 5),
        (&[0, 0, 0, 0, 0, 12 * SECOND - 1], 5),
        (&[0, 0, 0, 0, 0, 12 * SECOND], 6),
        // A clock set back by minutes gives nothing away.
        (&[600 * SECOND, 0, 0, 0, 0, 0, 0], 1),
        (&[0, 60 * SECOND, 60 * SECOND, 60 * SECOND, 60 * SECOND, 60 * SECOND, 60 * SECOND], 6),
    ] {
        let stage = Stage::new(&Limits { rate: Some(5), ..Limits::default() });
        let dawn = stage.proxy.platform.now();
        let mut got = Vec::new();
        for after in begins {
            stage.proxy.platform.set_now(UnixMs(dawn.0 + after));
            got.push(stage.post("/openai/v1/chat/completions", MOCK).status);
        }
        assert_eq!(got.iter().filter(|status| **status == 200).count(), passed, "{begins:?}: {got:?}");
        assert!(got.iter().all(|status| [200, 429].contains(status)), "{got:?}");
    }
}

#[test]
fn a_refused_call_says_when_to_come_back_and_may_come_back_then() {
    let stage = Stage::new(&Limits { rate: Some(2), ..Limits::default() });
    let ask = || stage.post("/openai/v1/chat/completions", MOCK);
    assert_eq!([ask().status, ask().status], [200, 200]);
    let got = ask();
    assert_eq!((got.status, got.header("retry-after")), (429, Some("30")));
    stage.proxy.platform.pass(Millis::seconds(30));
    assert_eq!([ask().status, ask().status], [200, 429]);
}

fn set(stage: &Stage, change: &'static str) {
    stage.proxy.platform.query(change);
}

#[test]
fn as_many_calls_at_once_as_are_allowed_and_no_more() {
    let stage = Stage::new(&Limits::default());
    set(&stage, "UPDATE proxy_agent_tokens SET concurrency = 2, version = 2");
    let running = [stage.start_stream().unwrap(), stage.start_stream().unwrap()];
    let got = stage.post("/openai/v1/chat/completions", MOCK);
    assert_eq!((got.status, got.header("retry-after")), (429, Some("1")));
    assert!(got.text().contains("2 calls at once"), "{}", got.text());
    for relay in running {
        let (sender, _receiver) = mpsc::channel(100);
        run(relay.pump(sender));
    }
    assert_eq!(stage.post("/openai/v1/chat/completions", MOCK).status, 200);
    assert_eq!(stage.rows("SELECT open_calls FROM proxy_agent_tokens"), [[0.into()]]);
}

#[test]
fn a_call_whose_process_died_is_open_until_its_lease_ends() {
    let stage = Stage::new(&Limits::default());
    set(&stage, "UPDATE proxy_agent_tokens SET concurrency = 1, token_rate = 100000, version = 2");
    drop(stage.start_stream());
    assert_eq!(stage.post("/openai/v1/chat/completions", MOCK).status, 429);
    stage.proxy.platform.pass(Millis::seconds(16 * 60));
    run(proxyagent_core::maintain::maintain(&stage.proxy)).unwrap();
    assert_eq!(stage.rows("SELECT open_calls, tokens_held FROM proxy_agent_tokens"), [[0.into(), 0.into()]]);
    assert_eq!(stage.post("/openai/v1/chat/completions", MOCK).status, 200);
}

#[test]
fn model_tokens_per_minute_are_what_was_used_and_what_may_still_be() {
    let stage = Stage::new(&Limits::default());
    set(&stage, "UPDATE proxy_agent_tokens SET token_rate = 1000, version = 2");
    // 100 tokens of output at most, 36 of input by its bytes; 20 are used.
    let relay = stage.start_stream().unwrap();
    let held = stage.rows("SELECT tokens_held FROM proxy_agent_tokens")[0][0].int().unwrap();
    assert!((130..150).contains(&held), "{held}");
    let (sender, _receiver) = mpsc::channel(100);
    run(relay.pump(sender));
    assert_eq!(stage.rows("SELECT tokens_held FROM proxy_agent_tokens"), [[0.into()]]);
    let ask = |tokens: u64| {
        let body = format!(
            r#"{{"model":"mock","max_tokens":10,"messages":[{{"role":"user","content":"[[mock:tokens {tokens} 0]]"}}]}}"#
        );
        stage.post("/openai/v1/chat/completions", &body)
    };
    let got = ask(900);
    assert_eq!((got.status, got.header("x-ratelimit-limit-tokens")), (200, Some("1000")));
    // 920 are used; what is asked for next may take 40 and more, which is there; then 1000 are passed by far.
    assert_eq!(ask(3080).status, 200);
    let got = ask(1);
    assert_eq!((got.status, got.header("x-ratelimit-remaining-tokens")), (429, Some("0")));
    let wait: u64 = got.header("retry-after").unwrap().parse().unwrap();
    assert!((180..=184).contains(&wait), "3000 too many at 1000 a minute: {wait}");
    stage.proxy.platform.pass(Millis::seconds(wait));
    assert_eq!(ask(1).status, 200);
    // A call that may use more than the limit waits for all of it instead of for ever.
    stage.proxy.platform.pass(Millis::seconds(60));
    let huge = r#"{"model":"mock","max_tokens":100000,"messages":[{"role":"user","content":"hi"}]}"#;
    assert_eq!(stage.post("/openai/v1/chat/completions", huge).status, 200);
}

#[test]
fn a_provider_is_called_as_often_as_the_settings_say_whoever_asks() {
    let stage = Stage::with(
        &Limits::default(),
        &[("PROXYAGENT_PROVIDER_RATE_LIMITS", "{\"mock\": 3}"), ("PROXYAGENT_RATE_LIMIT_DEFAULT", "1")],
    );
    let other =
        Stage { token: add_token(&stage.proxy, "tok_2", &Limits::default()), proxy: stage.proxy.clone() };
    let ask = |stage: &Stage| stage.post("/openai/v1/chat/completions", MOCK);
    assert_eq!([ask(&stage).status, ask(&other).status, ask(&other).status], [200; 3]);
    let got = ask(&stage);
    assert_eq!((got.status, got.header("retry-after")), (429, Some("20")));
    assert!(got.text().contains("this proxy's limit of 3 calls per minute to mock"), "{}", got.text());
    stage.proxy.platform.pass(Millis::seconds(20));
    assert_eq!([ask(&other).status, ask(&stage).status], [200, 429]);
    // The others have the default.
    let openai = |stage: &Stage| {
        stage.script(Reply::json(200, "{}"));
        stage.post("/openai/v1/chat/completions", r#"{"model":"gpt-6-luna","messages":[]}"#).status
    };
    assert_eq!([openai(&stage), openai(&other)], [200, 429]);
}

#[test]
fn what_is_left_is_said_in_the_words_of_the_dialect() {
    let stage = Stage::new(&Limits { rate: Some(4), ..Limits::default() });
    let got = stage.post("/openai/v1/chat/completions", MOCK);
    assert_eq!(got.header("x-ratelimit-remaining-requests"), Some("3"));
    let got = stage.post(
        "/anthropic/v1/messages",
        r#"{"model":"mock","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}"#,
    );
    assert_eq!(got.header("anthropic-ratelimit-requests-remaining"), Some("2"));
    assert_eq!(got.header("anthropic-ratelimit-requests-reset"), Some("2026-11-24T08:00:30.000Z"));
    for _ in 0..2 {
        stage.post("/openai/v1/chat/completions", MOCK);
    }
    let got = stage.post("/openai/v1/chat/completions", MOCK);
    assert_eq!(
        [got.header("x-ratelimit-remaining-requests"), got.header("x-ratelimit-reset-requests")],
        [Some("0"), Some("15s")]
    );
}

const MOCK: &str = r#"{"model":"mock","messages":[{"role":"user","content":"hi"}]}"#;

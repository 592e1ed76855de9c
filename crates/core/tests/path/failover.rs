//! Several credentials for one provider: which is used, which comes next, what the caller sees and pays.

use super::*;
use crate::admin;
use proxyagent_core::ports::Unsent;
use proxyagent_core::time::Millis;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

const MASTER: (&str, &str) =
    ("PROXYAGENT_SECRET_KEY", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
const OK: &str = r#"{"type":"message","content":[],"usage":{"input_tokens":12,"output_tokens":8}}"#;

/// A stage whose provider is paid with these stored keys, in this order of priority, and with nothing else.
fn stage(limits: &Limits, keys: &[(&str, i64)]) -> Stage {
    let proxy = World::proxy(&[MASTER]);
    let token = add_token(&proxy, "tok_1", limits);
    let stage = Stage { proxy, token };
    for (key, priority) in keys {
        stage.store(key, *priority);
    }
    stage
}

impl Stage {
    fn store(&self, key: &str, priority: i64) -> String {
        let body = json!({"provider": "anthropic", "secret": key, "label": key, "priority": priority});
        let made = admin::ask(&self.proxy, "POST", "/admin/providers", &body.to_string());
        made["id"].as_str().unwrap().to_owned()
    }

    /// The keys that were sent since the last look.
    fn keys(&self) -> Vec<String> {
        let sent = self.proxy.platform.take_sent();
        sent.iter().map(|s| s.request.headers()["x-api-key"].to_str().unwrap().to_owned()).collect()
    }

    fn call(&self) -> Got {
        self.post("/anthropic/v1/messages", MESSAGES)
    }

    fn states(&self) -> Vec<(String, String)> {
        let list = admin::ask(&self.proxy, "GET", "/admin/providers", "");
        let text = |c: &Json, name: &str| c[name].as_str().unwrap().to_owned();
        list["credentials"].as_array().unwrap().iter().map(|c| (text(c, "label"), text(c, "state"))).collect()
    }
}

fn ok() -> Reply {
    Reply::json(200, OK)
}

/// A way to fail: its name, what comes, and what state the credential is left in.
type Way = (&'static str, fn() -> Reply, &'static str);

/// Every way to fail before the first byte.
fn ways() -> Vec<Way> {
    vec![
        ("connect", || Reply::Never(Unsent::Connect), "cooling"),
        ("tls", || Reply::Never(Unsent::Tls), "cooling"),
        ("reset", || Reply::Never(Unsent::Reset), "cooling"),
        ("slow", || Reply::Never(Unsent::Slow), "cooling"),
        ("401", || Reply::json(401, "{}"), "parked"),
        ("403", || Reply::json(403, "{}"), "cooling"),
        ("402", || Reply::json(402, "{}"), "parked"),
        ("408", || Reply::json(408, "{}"), "cooling"),
        ("429", || Reply::json(429, "{}").header("retry-after", "30"), "cooling"),
        ("429 quota", || Reply::json(429, r#"{"error":{"code":"insufficient_quota"}}"#), "parked"),
        (
            "400 balance",
            || Reply::json(400, r#"{"error":{"message":"Your credit balance is too low"}}"#),
            "parked",
        ),
        ("500", || Reply::json(500, "{}"), "cooling"),
        ("503", || Reply::json(503, "{}"), "cooling"),
        ("529", || Reply::json(529, "{}"), "cooling"),
    ]
}

#[test]
fn the_next_credential_answers_in_every_way_to_fail() {
    for (way, fails, state) in ways() {
        for streamed in [false, true] {
            let stage = stage(&Limits::default(), &[("key-a", 0), ("key-b", 1)]);
            stage.script(fails());
            stage.script(if streamed { stream_reply() } else { ok() });
            let body = if streamed { MESSAGES_STREAM } else { MESSAGES };
            let got = stage.post("/anthropic/v1/messages", body);
            assert_eq!(got.status, 200, "{way}: {}", got.text());
            assert_eq!(stage.keys(), ["key-a", "key-b"], "{way}");
            assert_eq!(stage.states()[0], ("key-a".to_owned(), state.to_owned()), "{way}");
            let row = &stage.rows(
                "SELECT attempts, status, (SELECT label FROM proxy_agent_keys AS k WHERE k.id = credential_id) AS label \
                 FROM proxy_agent_calls",
            )[0];
            assert_eq!(row[..], [2.into(), 200.into(), "key-b".into()], "{way}");
            // While it cools down, nothing is lost on it.
            stage.script(ok());
            assert_eq!(stage.call().status, 200);
            assert_eq!(stage.keys(), ["key-b"], "{way}");
        }
    }
}

#[test]
fn ten_thousand_calls_with_one_of_two_failing_and_not_one_error() {
    for (way, fails, _) in ways() {
        let stage = stage(&Limits::default(), &[("key-bad", 0), ("key-good", 0)]);
        for _ in 0..10_000 / ways().len() {
            // Each reply is made for the key that asks: the bad one fails whenever it is tried.
            stage.proxy.platform.answer_by(move |request| match request.headers()["x-api-key"].as_bytes() {
                b"key-bad" => fails(),
                _ => ok(),
            });
            assert_eq!(stage.call().status, 200, "{way}");
            stage.proxy.platform.pass(Millis(700));
        }
        let tried: BTreeSet<String> = stage.keys().into_iter().collect();
        assert_eq!(tried.len(), 2, "{way}");
    }
}

#[test]
fn what_is_the_callers_fault_is_not_tried_again() {
    for status in [400, 404, 409, 413, 422] {
        let stage = stage(&Limits::default(), &[("key-a", 0), ("key-b", 1)]);
        stage.script(Reply::json(status, r#"{"error":{"message":"prompt is too long"}}"#));
        let got = stage.call();
        assert_eq!((got.status, stage.keys().len()), (status, 1));
        assert!(got.text().contains("too long"));
        assert_eq!(stage.states()[0].1, "ok");
    }
}

#[test]
fn after_three_attempts_the_last_answer_is_the_callers() {
    let keys: Vec<(String, i64)> = (0..5).map(|n| (format!("key-{n}"), n)).collect();
    let keys: Vec<(&str, i64)> = keys.iter().map(|(key, n)| (key.as_str(), *n)).collect();
    let stage = stage(&Limits::default(), &keys);
    stage.script(Reply::Never(Unsent::Connect));
    stage.script(Reply::json(500, "{}"));
    stage.script(Reply::json(429, r#"{"error":{"message":"slow down"}}"#).header("retry-after", "7"));
    let got = stage.call();
    assert_eq!((got.status, got.header("retry-after"), stage.keys().len()), (429, Some("7"), 3));
    assert_eq!(got.text(), r#"{"error":{"message":"slow down"}}"#);
    let row = &stage.rows("SELECT attempts, status, cost_nano, error FROM proxy_agent_calls")[0];
    assert_eq!(row[..], [3.into(), 429.into(), 0.into(), "upstream_error".into()]);
    assert_eq!(stage.money(), (0, 0));
}

#[test]
fn nothing_is_tried_again_after_the_first_byte() {
    let stage = stage(&Limits::default(), &[("key-a", 0), ("key-b", 1)]);
    let cut = Reply::chunks(200, "text/event-stream", STREAM[..2].iter().map(|s| s.as_bytes()));
    stage.script(cut.cut(Severed::Reset));
    let got = stage.post("/anthropic/v1/messages", MESSAGES_STREAM);
    assert!(got.text().ends_with("}\n\n") && got.text().contains("event: error"), "{}", got.text());
    assert_eq!(stage.keys(), ["key-a"]);
    assert_eq!(stage.rows("SELECT ended, attempts FROM proxy_agent_calls"), [["truncated".into(), 1.into()]]);
}

#[test]
fn equals_take_turns_and_a_session_keeps_its_own() {
    let stage = stage(&Limits::default(), &[("key-a", 0), ("key-b", 0), ("key-c", 9)]);
    let ask = |session: Option<&str>| {
        stage.script(ok());
        let mut request = Request::post("/anthropic/v1/messages").header("x-api-key", &stage.token);
        if let Some(session) = session {
            request = request.header("x-claude-code-session-id", session);
        }
        let got = stage.ask(request.body(Bytes::from_static(MESSAGES.as_bytes())).unwrap());
        assert_eq!(got.status, 200);
        stage.keys().remove(0)
    };
    let turns: Vec<String> = (0..4).map(|_| ask(None)).collect();
    assert!(turns[0] != turns[1] && turns[0] == turns[2] && turns[1] == turns[3], "{turns:?}");
    assert!(!turns.contains(&"key-c".to_owned()));
    let mine = ask(Some("s1"));
    for _ in 0..5 {
        ask(None);
        assert_eq!(ask(Some("s1")), mine);
    }
    // It moves when its credential fails, and stays where it went.
    stage.script(Reply::json(529, "{}"));
    let moved = {
        stage.script(ok());
        let request = stage.request_of("s1");
        assert_eq!(stage.ask(request).status, 200);
        stage.keys().pop().unwrap()
    };
    assert_ne!(moved, mine);
    stage.proxy.platform.pass(Millis::seconds(3600));
    assert_eq!(ask(Some("s1")), moved);
}

impl Stage {
    fn request_of(&self, session: &str) -> Request<Bytes> {
        Request::post("/anthropic/v1/messages")
            .header("x-api-key", &self.token)
            .header("x-claude-code-session-id", session)
            .body(Bytes::from_static(MESSAGES.as_bytes()))
            .unwrap()
    }
}

#[test]
fn it_is_tried_again_when_its_time_is_over_and_a_success_clears_it() {
    let stage = stage(&Limits::default(), &[("key-a", 0), ("key-b", 1)]);
    stage.script(Reply::json(401, "{}"));
    stage.script(ok());
    stage.call();
    let parked = || stage.rows("SELECT parked_why, failures FROM proxy_agent_keys WHERE label = 'key-a'");
    assert_eq!(parked(), [["refused".into(), 1.into()]]);
    assert!(stage.proxy.platform.take_faults().iter().any(|fault| fault.contains("is refused")));
    stage.keys();
    stage.proxy.platform.pass(Millis::seconds(61));
    stage.script(ok());
    assert_eq!((stage.call().status, stage.keys()), (200, vec!["key-a".to_owned()]));
    assert_eq!(parked(), [[Value::Null, 0.into()]]);
    assert_eq!(stage.states()[0].1, "ok");
}

#[test]
fn a_park_survives_a_restart_and_an_operator_can_take_it_back() {
    let stage = stage(&Limits::default(), &[("key-a", 0), ("key-b", 1)]);
    stage.script(Reply::json(401, "{}"));
    stage.script(ok());
    stage.call();
    stage.keys();
    let restarted = stage.restarted();
    restarted.script(ok());
    assert_eq!((restarted.call().status, restarted.keys()), (200, vec!["key-b".to_owned()]));
    let id = restarted.rows("SELECT id FROM proxy_agent_keys WHERE label = 'key-a'")[0][0].clone();
    let path = format!("/admin/providers/{}/enable", id.text().unwrap());
    admin::ask(&restarted.proxy, "POST", &path, "");
    restarted.script(ok());
    assert_eq!((restarted.call().status, restarted.keys()), (200, vec!["key-a".to_owned()]));
}

#[test]
fn a_replaced_secret_is_used_from_the_next_call_on() {
    let stage = stage(&Limits::default(), &[]);
    let id = stage.store("key-old", 0);
    stage.script(stream_reply());
    let running = stage.answer(stage.stream_request());
    let body = json!({"secret": "key-new"}).to_string();
    admin::ask(&stage.proxy, "POST", &format!("/admin/providers/{id}/replace"), &body);
    stage.script(ok());
    assert_eq!(stage.call().status, 200);
    assert_eq!(stage.keys(), ["key-old", "key-new"]);
    let Body::Stream(relay) = running.into_body() else { panic!("it streams") };
    let (sender, receiver) = mpsc::channel(100);
    run(relay.pump(sender));
    assert_eq!(run(receiver.collect::<Vec<_>>()).len(), STREAM.len());
}

#[test]
fn an_attempt_that_may_have_been_served_is_charged_beside_the_one_that_was() {
    let budget = 1_000_000_000;
    let hold = {
        let stage = stage(&Limits { budget: Some(budget), ..Limits::default() }, &[("key-a", 0)]);
        stage.script(Reply::Never(Unsent::Slow));
        assert_eq!(stage.call().status, 504);
        stage.money().0
    };
    for (fails, doubted) in
        [(Unsent::Connect, 0), (Unsent::Tls, 0), (Unsent::Reset, hold), (Unsent::Slow, hold)]
    {
        let stage =
            stage(&Limits { budget: Some(budget), ..Limits::default() }, &[("key-a", 0), ("key-b", 1)]);
        stage.script(Reply::Never(fails));
        stage.script(ok());
        assert_eq!(stage.call().status, 200);
        assert_eq!(stage.money(), (STREAM_COST + doubted, 0), "{fails:?}");
        let pricing = if doubted > 0 { "estimated" } else { "exact" };
        assert_eq!(
            stage.rows("SELECT pricing, cost_nano FROM proxy_agent_calls"),
            [[pricing.into(), (STREAM_COST + doubted).into()]]
        );
    }
    // A budget that holds one call does not pay a second try of a doubtful one.
    let stage =
        stage(&Limits { budget: Some(hold + hold / 2), ..Limits::default() }, &[("key-a", 0), ("key-b", 1)]);
    stage.script(Reply::Never(Unsent::Slow));
    assert_eq!(stage.call().status, 504);
    assert_eq!((stage.keys().len(), stage.money()), (1, (hold, 0)));
}

#[test]
fn the_settings_key_is_one_of_the_pool() {
    let stage = Stage::with(&Limits::default(), &[MASTER]);
    stage.store("key-stored", 1);
    stage.script(Reply::json(500, "{}"));
    stage.script(ok());
    assert_eq!(stage.call().status, 200);
    assert_eq!(stage.keys(), [ANTHROPIC_KEY, "key-stored"]);
}

#[test]
fn an_answer_that_is_kept_is_built_on_with_its_own_credential() {
    let stage = stage(&Limits::default(), &[]);
    for key in ["key-a", "key-b"] {
        let body = json!({"provider": "openai", "secret": key, "label": key});
        admin::ask(&stage.proxy, "POST", "/admin/providers", &body.to_string());
    }
    let bearer = |stage: &Stage| {
        let sent = stage.proxy.platform.take_sent();
        sent.iter()
            .map(|s| s.request.headers()["authorization"].to_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let answer = r#"{"id":"resp_mine","object":"response","status":"completed","output":[],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}"#;
    stage.script(Reply::json(200, answer));
    stage.post("/openai/v1/responses", r#"{"model":"gpt-5.5","input":"hi"}"#);
    let first = bearer(&stage);
    for _ in 0..4 {
        stage.script(Reply::json(200, "{}"));
        let next = r#"{"model":"gpt-5.5","input":"hi","previous_response_id":"resp_mine"}"#;
        assert_eq!(stage.post("/openai/v1/responses", next).status, 200);
        assert_eq!(bearer(&stage), first);
    }
}

#[test]
fn no_stored_secret_reaches_a_caller() {
    let stage = stage(&Limits::default(), &[("sk-stored-CANARY-0123", 0)]);
    stage.script(Reply::json(400, r#"{"error":{"message":"no such model for sk-stored-CANARY-0123"}}"#));
    let got = stage.call();
    assert!(got.text().contains("[redacted]") && !got.text().contains("CANARY"), "{}", got.text());
}

/// Two targets at two providers, the second dearer than the first.
const TWO: (&str, &str) =
    ("PROXYAGENT_MODEL_MAP", r#"{"fast":"anthropic:claude-haiku-5-5, openai:gpt-6.1-terra"}"#);
const FAST: &str = r#"{"model":"fast","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}"#;
const CHATTED: &str = r#"{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17}}"#;

#[test]
fn an_alias_leads_on_when_its_first_target_cannot_answer() {
    for (way, fails, _) in ways() {
        let stage = Stage::with(&Limits { budget: Some(1_000_000_000), ..Limits::default() }, &[TWO]);
        stage.script(fails());
        stage.script(Reply::json(200, CHATTED));
        let got = stage.post("/anthropic/v1/messages", FAST);
        assert_eq!(got.status, 200, "{way}: {}", got.text());
        assert!(got.text().contains("hello"), "{way}: {}", got.text());
        let urls: Vec<String> =
            stage.proxy.platform.take_sent().iter().map(|s| s.request.uri().to_string()).collect();
        assert_eq!(
            urls,
            ["https://api.anthropic.com/v1/messages", "https://api.openai.com/v1/chat/completions"],
            "{way}"
        );
        let row =
            &stage.rows("SELECT provider, model, attempts, credential_id, status FROM proxy_agent_calls")[0];
        assert_eq!(
            row[..],
            ["openai".into(), "gpt-6.1-terra".into(), 2.into(), "env:openai".into(), 200.into()],
            "{way}"
        );
        assert_eq!(stage.money().1, 0, "{way}: nothing stays held");
        let cost = stage.rows("SELECT cost_nano FROM proxy_agent_calls")[0][0].int().unwrap();
        assert!(cost >= 37_000 && stage.money().0 == cost, "{way}: {cost}");
        assert_eq!(cost > 37_000, ["reset", "slow"].contains(&way), "{way}: a doubt is charged: {cost}");
    }
}

#[test]
fn what_another_target_may_cost_is_held_before_it_is_asked() {
    let first_only = {
        let stage = Stage::with(&Limits { budget: Some(1_000_000_000), ..Limits::default() }, &[TWO]);
        stage.script(Reply::Never(Unsent::Slow));
        stage.script(Reply::Never(Unsent::Connect));
        assert_eq!(stage.post("/anthropic/v1/messages", FAST).status, 502);
        stage.money().0
    };
    // Enough for the first target, not for the second one beside it.
    let stage = Stage::with(&Limits { budget: Some(first_only), ..Limits::default() }, &[TWO]);
    stage.script(Reply::Never(Unsent::Slow));
    let got = stage.post("/anthropic/v1/messages", FAST);
    assert_eq!((got.status, stage.proxy.platform.take_sent().len()), (504, 1));
    assert_eq!(stage.money(), (first_only, 0));
}

#[test]
fn a_target_without_a_credential_is_passed_over() {
    let proxy = World::proxy(&[TWO, ("OPENAI_API_KEY", OPENAI_KEY)]);
    let token = add_token(&proxy, "tok_1", &Limits::default());
    let stage = Stage { proxy, token };
    stage.script(Reply::json(200, CHATTED));
    assert_eq!(stage.post("/anthropic/v1/messages", FAST).status, 200);
    assert_eq!(stage.rows("SELECT provider, attempts FROM proxy_agent_calls"), [["openai".into(), 1.into()]]);
    let narrow =
        Stage::with(&Limits { scope: Some(r#"["anthropic:claude-*"]"#), ..Limits::default() }, &[TWO]);
    narrow.script(Reply::json(500, "{}"));
    let got = narrow.post("/anthropic/v1/messages", FAST);
    assert_eq!((got.status, narrow.proxy.platform.take_sent().len()), (500, 1), "the second is out of scope");
}

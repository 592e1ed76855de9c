use super::*;
use proxyagent_core::call::{End, Pricing};
use proxyagent_core::dialect::{Dialect, Operation};
use proxyagent_core::money::Nano;
use proxyagent_core::time::{Micros, Millis, UnixMs};
use proxyagent_core::usage::Usage;

fn record(rule: Option<&str>) -> CallRecord {
    CallRecord {
        id: "req_1".into(),
        request_id: "req_1".into(),
        started: UnixMs(1_795_478_399_999),
        token_id: Some("tok_1".into()),
        dialect: Dialect::Chat,
        operation: Operation::Generate,
        asked: Some(ModelRef { provider: "openai", model: "gpt-5.2".into() }),
        target: Some(ModelRef { provider: "openai", model: "gpt-5.2".into() }),
        rule: rule.map(str::to_owned),
        credential: Some("env:openai".into()),
        streamed: true,
        attempts: 1,
        status: 200,
        usage: Usage { input: 12, cache_read: 3, output: 180, ..Usage::default() },
        cost: Nano(912_000),
        pricing: Pricing::Exact,
        end: End::Complete,
        error: None,
        first_byte: Some(Millis(7)),
        duration: Millis(42),
        began: Micros(0),
        overhead: None,
    }
}

#[test]
fn names_stand_in_a_fixed_order_and_what_does_not_apply_is_left_out() {
    let plain = r#"{"time":"2026-11-23T23:59:59.999Z","level":"info","call":"req_1","token":"tok_1","dialect":"chat","asked":"openai:gpt-5.2","credential":"env:openai","streamed":true,"attempts":1,"status":200,"input":15,"output":180,"cost_nano":912000,"pricing":"exact","end":"complete","first_byte_ms":7,"duration_ms":42}"#;
    assert_eq!(line(&record(None)), plain);
    let mut refused = record(Some("gpt-*"));
    refused.request_id = "mine".into();
    refused.target = Some(ModelRef { provider: "mock", model: "mock".into() });
    refused.error = Some("budget");
    refused.first_byte = None;
    let refused = line(&refused);
    for part in [
        r#","request_id":"mine","#,
        r#","target":"mock:mock","rule":"gpt-*","#,
        r#","error":"budget","duration_ms":42}"#,
    ] {
        assert!(refused.contains(part), "{part} in {refused}");
    }
}

#[test]
fn any_text_makes_valid_json() {
    for text in ["", "plain ~", "\"quoted\"", "back\\slash", "new\nline", "del\u{7f}", "ä€😀", "\u{0}\u{1f}"]
    {
        let value: serde_json::Value = serde_json::from_str(&line(&record(Some(text)))).unwrap();
        assert_eq!(value["rule"], text);
    }
}

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

const MOCK: &str = r#"{"model":"mock","messages":[{"role":"user","content":"hi"}]}"#;

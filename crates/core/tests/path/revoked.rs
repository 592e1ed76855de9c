//! A token that is revoked or edited while its streams are open.

use super::*;

/// A stream of which two events came, and then nothing; what its caller gets when the token is changed meanwhile.
fn cut_short(change: &'static str) -> (Stage, Vec<Result<Bytes, Severed>>) {
    let stage = Stage::new(&Limits { budget: Some(100_000_000), ..Limits::default() });
    stage.script(Reply::chunks(200, "text/event-stream", STREAM[..2].iter().map(|s| s.as_bytes())).silent());
    let Body::Stream(relay) = stage.answer(stage.stream_request()).into_body() else { panic!("no stream") };
    stage.proxy.platform.query(change);
    let (sender, receiver) = mpsc::channel(100);
    run(relay.pump(sender));
    let chunks = run(receiver.collect::<Vec<_>>());
    (stage, chunks)
}

#[test]
fn open_streams_end_within_five_seconds_with_an_error_and_are_charged() {
    for (change, code) in [
        ("UPDATE proxy_agent_tokens SET revoked_ms = 1, version = version + 1", "token was revoked"),
        ("UPDATE proxy_agent_tokens SET scope = '[\"mock\"]', version = version + 1", "token was changed"),
        ("DELETE FROM proxy_agent_tokens", "token is unknown"),
    ] {
        let (stage, chunks) = cut_short(change);
        let text: String =
            chunks.iter().map(|c| String::from_utf8(c.as_ref().unwrap().to_vec()).unwrap()).collect();
        assert!(text.contains("Hel") && text.contains("event: error") && text.contains(code), "{text}");
        let slept: u64 = stage.proxy.platform.take_slept().iter().map(|span| span.0).sum();
        assert!(slept <= 5000, "{slept}");
        let rows = stage.rows("SELECT state, cost_nano > 0, pricing, ended FROM proxy_agent_calls");
        assert_eq!(rows, [["settled".into(), Value::Int(1), "estimated".into(), "truncated".into()]]);
    }
}

#[test]
fn a_token_that_stays_as_it_is_ends_nothing() {
    let stage = Stage::new(&Limits::default());
    stage.script(Reply::chunks(200, "text/event-stream", STREAM[..2].iter().map(|s| s.as_bytes())).silent());
    let Body::Stream(relay) = stage.answer(stage.stream_request()).into_body() else { panic!("no stream") };
    let (sender, _receiver) = mpsc::channel(100);
    let mut pump = std::pin::pin!(relay.pump(sender));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    stage.proxy.platform.set_sleepless();
    assert!(pump.as_mut().poll(&mut context).is_pending());
}

#[test]
fn many_streams_of_one_token_are_one_look_in_two_seconds() {
    let stage = Stage::new(&Limits::default());
    let pumps = (0..20).map(|_| {
        stage.script(
            Reply::chunks(200, "text/event-stream", STREAM[..2].iter().map(|s| s.as_bytes())).silent(),
        );
        let Body::Stream(relay) = stage.answer(stage.stream_request()).into_body() else {
            panic!("no stream")
        };
        let (sender, receiver) = mpsc::channel(100);
        async { futures_util::future::join(relay.pump(sender), receiver.collect::<Vec<_>>()).await }
    });
    let pumps: Vec<_> = pumps.collect();
    stage.proxy.platform.query("UPDATE proxy_agent_tokens SET revoked_ms = 1, version = version + 1");
    let before = stage.proxy.platform.batches();
    run(futures_util::future::join_all(pumps));
    // A settlement each; the clock of this world moves with every sleep, so some look again.
    let looks = stage.proxy.platform.batches() - before - 20;
    assert!((1..=20).contains(&looks), "{looks}");
    assert_eq!(
        stage.rows("SELECT COUNT(*) FROM proxy_agent_calls WHERE state = 'settled'"),
        [[Value::Int(20)]]
    );
}

//! Streams: byte-identical, settled in time, whatever happens to either side.

use super::*;
use proxyagent_core::maintain::maintain;
use proxyagent_core::time::Millis;

const ROW: &str =
    "SELECT state, status, ended, error, input, output, cost_nano, pricing, streamed FROM proxy_agent_calls";

#[test]
fn a_stream_arrives_byte_for_byte_at_every_split() {
    let whole = STREAM.concat();
    for cut in 0..=whole.len() {
        let stage = Stage::new(&Limits::default());
        stage.script(Reply::chunks(
            200,
            "text/event-stream",
            [&whole.as_bytes()[..cut], &whole.as_bytes()[cut..]],
        ));
        let got = stage.ask(stage.stream_request());
        assert_eq!(got.text(), whole);
        assert_eq!(
            stage.rows(ROW),
            [[
                "settled".into(),
                200.into(),
                "complete".into(),
                Value::Null,
                12.into(),
                8.into(),
                STREAM_COST.into(),
                "exact".into(),
                1.into()
            ]],
            "cut at {cut}"
        );
    }
}

#[test]
fn the_settlement_is_in_the_store_before_the_last_event_leaves() {
    let stage = Stage::new(&Limits::default());
    stage.proxy.platform.set_sleepless();
    let relay = stage.start_stream().unwrap();
    let (sender, mut receiver) = mpsc::channel::<Result<Bytes, Severed>>(0);
    let watched = async {
        let mut states = Vec::new();
        while let Some(chunk) = receiver.next().await {
            let text = String::from_utf8(chunk.unwrap().to_vec()).unwrap();
            let state = stage.rows("SELECT state FROM proxy_agent_calls")[0][0].text().unwrap().to_owned();
            states.push((text.contains("message_stop"), state));
        }
        states
    };
    let (_, states) = run(futures_util::future::join(relay.pump(sender), watched));
    assert_eq!(states.first().unwrap(), &(false, "open".to_owned()));
    let last = states.last().unwrap();
    assert!(last.0 && last.1 == "settled", "{states:?}");
}

#[test]
fn a_caller_that_hangs_up_pays_what_the_answer_cost() {
    for most in 1..STREAM.len() {
        let stage = Stage::new(&Limits { budget: Some(1_000_000_000), ..Limits::default() });
        stage.script(stream_reply());
        let got = stage.ask_and_take(stage.stream_request(), most);
        assert_eq!(got.chunks.len(), most);
        let rows = stage.rows(ROW);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0][4..8], [12.into(), 8.into(), STREAM_COST.into(), "exact".into()], "after {most}");
        assert_eq!(stage.money(), (STREAM_COST, 0));
    }
}

#[test]
fn a_cut_stream_says_so_in_the_callers_dialect_and_is_charged() {
    for (path, body, piece, says) in [
        ("/anthropic/v1/messages", MESSAGES_STREAM, STREAM[0], "event: error\ndata: {\"type\":\"error\""),
        (
            "/openai/v1/chat/completions",
            r#"{"model":"gpt-6.1-terra","stream":true,"max_tokens":50}"#,
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hello hello\"}}]}\n\n",
            "data: {\"error\":{",
        ),
        (
            "/openai/v1/responses",
            r#"{"model":"gpt-6.1-terra","stream":true,"max_output_tokens":50}"#,
            "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"hello hello\"}\n\n",
            "event: error\ndata: {\"type\":\"error\"",
        ),
    ] {
        for broken in [true, false] {
            let stage = Stage::new(&Limits { budget: Some(1_000_000_000), ..Limits::default() });
            let reply = Reply::chunks(200, "text/event-stream", [piece.as_bytes()]);
            stage.script(if broken { reply.cut(Severed::Reset) } else { reply });
            let got = stage.post(path, body);
            assert!(got.text().starts_with(piece));
            assert!(got.text()[piece.len()..].starts_with(says), "{}", got.text());
            let rows = stage.rows(ROW);
            assert_eq!(rows[0][2], "truncated".into());
            assert_eq!(rows[0][3], if broken { "upstream_cut".into() } else { "upstream_incomplete".into() });
            assert_eq!(rows[0][7], "estimated".into());
            let (spent, held) = stage.money();
            assert!(spent > 0 && held == 0, "{path}: {spent} {held}");
        }
    }
}

#[test]
fn a_stream_of_which_nothing_arrived_costs_the_hold() {
    let stage = Stage::new(&Limits { budget: Some(1_000_000_000), ..Limits::default() });
    stage.script(Reply::chunks(200, "text/event-stream", []).cut(Severed::Idle));
    stage.ask(stage.stream_request());
    let rows = stage.rows("SELECT held_nano, cost_nano FROM proxy_agent_calls");
    assert_eq!(rows[0][0], rows[0][1]);
    assert!(rows[0][0].int().unwrap() > 0);
    assert_eq!(stage.money().1, 0);
}

#[test]
fn a_long_stream_renews_its_lease() {
    let stage = Stage::new(&Limits::default());
    stage.proxy.platform.set_sleepless();
    let relay = stage.start_stream().unwrap();
    let (sender, mut receiver) = mpsc::channel::<Result<Bytes, Severed>>(0);
    let slow_reader = async {
        while receiver.next().await.is_some() {
            stage.proxy.platform.pass(Millis::seconds(6 * 60));
            assert_eq!(maintain(&stage.proxy).await.unwrap().charged, 0);
        }
    };
    run(futures_util::future::join(relay.pump(sender), slow_reader));
    assert_eq!(
        stage.rows("SELECT state, pricing FROM proxy_agent_calls"),
        [["settled".into(), "exact".into()]]
    );
}

#[test]
fn a_caller_that_takes_nothing_is_gone_and_pays() {
    let stage = Stage::new(&Limits::default());
    let relay = stage.start_stream().unwrap();
    let (sender, _receiver) = mpsc::channel::<Result<Bytes, Severed>>(0);
    run(relay.pump(sender));
    assert_eq!(stage.proxy.platform.take_slept(), [Millis::seconds(120)]);
    assert_eq!(
        stage.rows("SELECT ended, cost_nano FROM proxy_agent_calls"),
        [["client_gone".into(), STREAM_COST.into()]]
    );
}

#[test]
fn a_key_in_an_event_too_large_to_hold_does_not_get_through_wherever_it_is_cut() {
    let filler = "x".repeat(70 << 10);
    for cut in 0..=ANTHROPIC_KEY.len() {
        let stage = Stage::new(&Limits::default());
        let (first, rest) = ANTHROPIC_KEY.split_at(cut);
        let pieces = [format!("data: {filler}{first}"), format!("{rest}{filler}\n\n")];
        stage.script(Reply::chunks(200, "text/event-stream", pieces.iter().map(String::as_bytes)));
        let got = stage.ask(stage.stream_request());
        let text: Vec<u8> = got.chunks.iter().flatten().flat_map(|chunk| chunk.to_vec()).collect();
        let text = String::from_utf8(text).unwrap();
        assert!(text.starts_with(&format!("data: {filler}[redacted]{filler}\n\n")), "cut at {cut}");
    }
}

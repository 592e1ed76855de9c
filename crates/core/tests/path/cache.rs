//! Kept answers: when one is given again, to whom, and that it is a call like every other.

use super::{Got, Limits, MESSAGES, MESSAGES_STREAM, STREAM, Stage, add_token, stream_reply};
use crate::world::{Reply, run};
use bytes::Bytes;
use futures_util::future::join;
use http::Request;
use proxyagent_core::ports::Severed;
use proxyagent_core::serve;
use proxyagent_core::time::Millis;

const ON: (&str, &str) = ("PROXYAGENT_CACHE_TTL", "60");
const WHOLE: &str = r#"{"type":"message","content":[{"type":"text","text":"hello"}],"stop_reason":"end_turn","usage":{"input_tokens":10,"output_tokens":5}}"#;
const CHAT: &str = r#"{"model":"gpt-5.5","messages":[{"role":"user","content":"hi"}]}"#;

fn ask(stage: &Stage, token: &str, body: &str, headers: &[(&str, &str)]) -> Got {
    let mut request = Request::post("/anthropic/v1/messages").header("x-api-key", token);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    stage.ask(request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap())
}

fn said(got: &Got) -> Option<&str> {
    got.header("x-proxyagent-cache")
}

fn reply() -> Reply {
    Reply::json(200, WHOLE).header("request-id", "req_upstream")
}

#[test]
fn without_the_setting_nothing_is_kept_or_said() {
    let stage = Stage::new(&Limits::default());
    for _ in 0..2 {
        stage.script(reply());
        assert_eq!(said(&stage.post("/anthropic/v1/messages", MESSAGES)), None);
    }
}

#[test]
fn the_same_request_of_the_same_token_is_answered_once_by_the_provider_and_then_free() {
    let stage = Stage::with(&Limits { budget: Some(1_000_000_000), ..Limits::default() }, &[ON]);
    stage.script(reply());
    let first = stage.post("/anthropic/v1/messages", MESSAGES);
    assert_eq!(
        (first.status, said(&first), first.header("request-id")),
        (200, Some("miss"), Some("req_upstream"))
    );
    let spent = stage.money();
    assert!(spent.0 > 0 && spent.1 == 0);
    stage.proxy.platform.pass(Millis::seconds(7));
    let again = stage.post("/anthropic/v1/messages", MESSAGES);
    assert_eq!((again.status, said(&again), again.text()), (200, Some("hit"), first.text()));
    assert_eq!((again.header("age"), again.header("request-id")), (Some("7"), None));
    assert_eq!(again.header("content-type"), first.header("content-type"));
    assert!(again.header("anthropic-ratelimit-unified-status").is_some());
    assert_eq!(stage.money(), spent);
    let rows = stage.rows(
        "SELECT state, status, cost_nano, pricing, attempts, input FROM proxy_agent_calls ORDER BY id DESC",
    );
    let row: Vec<String> = rows[0]
        .iter()
        .map(|v| v.text().map_or_else(|| v.int().unwrap().to_string(), str::to_owned))
        .collect();
    assert_eq!(row, ["settled", "200", "0", "cached", "0", "0"]);
    // Its time is over at last.
    stage.proxy.platform.pass(Millis::seconds(53));
    stage.script(reply());
    assert_eq!(said(&stage.post("/anthropic/v1/messages", MESSAGES)), Some("miss"));
}

#[test]
fn what_differs_in_anything_that_tells_is_another_request() {
    let stage =
        Stage::with(&Limits::default(), &[ON, ("PROXYAGENT_CACHE_GROUPS", r#"{"ci":["tok_3","tok_4"]}"#)]);
    let tokens = ["tok_2", "tok_3", "tok_4"].map(|id| add_token(&stage.proxy, id, &Limits::default()));
    let spaced = MESSAGES.replace(':', ": ");
    let other = MESSAGES.replace("hi", "ho");
    let (own, beta) = (stage.token.clone(), [("anthropic-beta", "x")]);
    let traced = [("traceparent", "00-1"), ("user-agent", "other"), ("x-stainless-retry-count", "1")];
    for (what, token, body, headers, hit) in [
        ("the first", &own, MESSAGES, &[][..], false),
        ("the same", &own, MESSAGES, &[], true),
        ("only named otherwise", &own, MESSAGES, &traced[..], true),
        ("spaces", &own, spaced.as_str(), &[], false),
        ("text", &own, other.as_str(), &[], false),
        ("a header", &own, MESSAGES, &beta[..], false),
        ("the header again", &own, MESSAGES, &beta[..], true),
        ("another token", &tokens[0], MESSAGES, &[], false),
        ("a token of a group", &tokens[1], MESSAGES, &[], false),
        ("another of its group", &tokens[2], MESSAGES, &[], true),
    ] {
        if !hit {
            stage.script(reply());
        }
        assert_eq!(
            said(&ask(&stage, token, body, headers)),
            Some(if hit { "hit" } else { "miss" }),
            "{what}"
        );
    }
}

#[test]
fn a_hit_is_authorised_and_counted_like_every_call() {
    let stage = Stage::with(&Limits { rate: Some(3), ..Limits::default() }, &[ON]);
    stage.script(reply());
    for want in [Some("miss"), Some("hit"), Some("hit")] {
        assert_eq!(said(&stage.post("/anthropic/v1/messages", MESSAGES)), want);
    }
    assert_eq!(stage.post("/anthropic/v1/messages", MESSAGES).status, 429);
    stage.proxy.platform.pass(Millis::seconds(59));
    stage.rows("UPDATE proxy_agent_tokens SET scope = '[\"openai\"]', version = version + 1 RETURNING id");
    assert_eq!(stage.post("/anthropic/v1/messages", MESSAGES).status, 403);
    stage.rows("UPDATE proxy_agent_tokens SET revoked_ms = 1, version = version + 1 RETURNING id");
    assert_eq!(stage.post("/anthropic/v1/messages", MESSAGES).status, 401);
}

#[test]
fn a_caller_may_ask_for_a_new_answer_or_leave_no_trace() {
    let stage = Stage::with(&Limits::default(), &[ON]);
    let token = stage.token.clone();
    for (headers, asks, want) in [
        (&[("cache-control", "no-store")][..], true, "bypass"),
        (&[("x-proxyagent-cache", "no")], true, "bypass"),
        (&[], true, "miss"), // neither of them was kept
        (&[("cache-control", "max-age=0, No-Cache")], true, "bypass"),
        (&[], false, "hit"),
        (&[("cache-control", "no-store")], true, "bypass"),
    ] {
        if asks {
            stage.script(reply());
        }
        assert_eq!(said(&ask(&stage, &token, MESSAGES, headers)), Some(want), "{headers:?}");
    }
}

#[test]
fn only_complete_answers_are_kept() {
    let without_usage = r#"{"type":"message","content":[]}"#;
    for (what, reply) in [
        ("an error", Reply::json(400, r#"{"type":"error"}"#)),
        ("overloaded", Reply::json(529, "{}")),
        ("another success", Reply::json(202, WHOLE)),
        ("no usage", Reply::json(200, without_usage)),
        ("cut", Reply::json(200, WHOLE).cut(Severed::Reset)),
    ] {
        let stage = Stage::with(&Limits::default(), &[ON]);
        stage.script(reply);
        stage.post("/anthropic/v1/messages", MESSAGES);
        stage.script(Reply::json(200, WHOLE));
        assert_eq!(said(&stage.post("/anthropic/v1/messages", MESSAGES)), Some("miss"), "{what}");
    }
}

#[test]
fn a_stream_is_kept_as_a_whole_however_it_was_cut_up_and_only_if_it_was_whole() {
    let whole = STREAM.concat();
    let stage = Stage::with(&Limits::default(), &[ON]);
    for at in 1..whole.len() {
        let (one, two) = whole.as_bytes().split_at(at);
        stage.script(Reply::chunks(200, "text/event-stream", [one, two]));
        let body = MESSAGES_STREAM.replace("hi", &format!("split at {at}"));
        let first = stage.post("/anthropic/v1/messages", &body);
        assert_eq!((said(&first), first.text()), (Some("miss"), whole.clone()), "split at {at}");
        let again = stage.post("/anthropic/v1/messages", &body);
        assert_eq!((said(&again), again.text()), (Some("hit"), whole.clone()), "split at {at}");
        assert_eq!(again.header("content-type"), Some("text/event-stream"));
    }
    let failed = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"x\"}}\n\n";
    for (what, pieces) in
        [("cut short", STREAM[..3].to_vec()), ("an error in between", vec![STREAM[0], failed])]
    {
        let stage = Stage::with(&Limits::default(), &[ON]);
        stage.script(Reply::chunks(200, "text/event-stream", pieces.iter().map(|piece| piece.as_bytes())));
        stage.ask(stage.stream_request());
        stage.script(stream_reply());
        assert_eq!(said(&stage.ask(stage.stream_request())), Some("miss"), "{what}");
    }
    // A caller that hangs up leaves nothing behind, though its call is charged.
    let stage = Stage::with(&Limits::default(), &[ON]);
    stage.script(stream_reply());
    stage.ask_and_take(stage.stream_request(), 1);
    stage.script(stream_reply());
    assert_eq!(said(&stage.ask(stage.stream_request())), Some("miss"));
}

#[test]
fn what_the_provider_keeps_is_not_kept_here_too() {
    let stage = Stage::with(&Limits::default(), &[ON]);
    let kept = CHAT.replace('}', "").replacen("\"hi\"", "\"hi\"}", 1);
    for (path, body) in [
        ("/openai/v1/responses", r#"{"model":"gpt-5.5","input":"hi"}"#.to_owned()),
        ("/openai/v1/chat/completions", format!("{kept},\"store\":true}}").replace("\"hi\"}]", "\"hi\"}]")),
    ] {
        for _ in 0..2 {
            stage.script(Reply::json(
                200,
                r#"{"usage":{"prompt_tokens":1,"completion_tokens":1,"input_tokens":1,"output_tokens":1}}"#,
            ));
            let got = stage.post(path, &body);
            assert_eq!((got.status, said(&got)), (200, Some("bypass")), "{path} {body}");
        }
    }
}

#[test]
fn a_translated_answer_is_kept_as_the_caller_got_it() {
    let stage =
        Stage::with(&Limits::default(), &[ON, ("PROXYAGENT_MODEL_MAP", r#"{"claude-*":"openai:gpt-5.5"}"#)]);
    stage.script(Reply::json(
        200,
        r#"{"id":"c","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"hello"}}],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#,
    ));
    let body = MESSAGES.replace("\"max_tokens\"", "\"top_k\":3,\"max_tokens\"");
    let first = stage.post("/anthropic/v1/messages", &body);
    let again = stage.post("/anthropic/v1/messages", &body);
    assert_eq!((said(&first), said(&again)), (Some("miss"), Some("hit")));
    assert!(first.text().contains("\"type\":\"message\"") && first.header("x-proxyagent-dropped").is_some());
    assert_eq!(
        (again.text(), again.header("x-proxyagent-dropped")),
        (first.text(), first.header("x-proxyagent-dropped"))
    );
}

#[test]
fn one_of_several_at_once_asks_and_each_goes_on_its_own_when_that_fails() {
    let stage = Stage::with(&Limits::default(), &[ON]);
    let serve = || {
        let (parts, body) = stage.stream_request().into_parts();
        let head = serve::receive(&stage.proxy.house, parts);
        serve::serve(&stage.proxy, head, Ok(body))
    };
    stage.script(stream_reply());
    // The first has its answer's head, and nobody reads on; the second waits for it, and gives up at last.
    let leading = run(serve());
    stage.script(stream_reply());
    let (other, ()) = run(join(serve(), async {}));
    assert_eq!(other.headers()["x-proxyagent-cache"], "miss");
    assert!(stage.proxy.platform.take_slept().len() > 1000);
    // The first breaks off: whoever waits from here on asks.
    drop(leading);
    stage.script(stream_reply());
    let third = run(serve());
    assert_eq!(third.headers()["x-proxyagent-cache"], "miss");
    assert!(stage.proxy.platform.take_slept().is_empty());
}

#[test]
fn hits_are_counted_for_the_metrics() {
    let stage = Stage::with(&Limits::default(), &[ON, ("PROXYAGENT_METRICS_PUBLIC", "1")]);
    stage.script(reply());
    for _ in 0..3 {
        stage.post("/anthropic/v1/messages", MESSAGES);
    }
    let text = stage.ask(Request::get("/metrics").body(Bytes::new()).unwrap()).text();
    for line in ["proxyagent_cache_hits_total 2", "proxyagent_cache_size 1", "proxyagent_requests_total 3"] {
        assert!(text.lines().any(|l| l == line), "{line} in {text}");
    }
}

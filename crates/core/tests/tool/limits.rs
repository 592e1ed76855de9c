//! How far a conversation with tools may go: steps, scope, budget, and what a caller may ask for.

use super::conversation::{awake, opening, talking};
use super::turns::Say::{self, Call, Text};
use super::turns::{crumbled, reply};
use super::*;
use crate::path::OPENAI_KEY;
use crate::world::Reply;
use bytes::Bytes;
use proxyagent_core::dialect::Dialect;
use serde_json::json;

const ASK: &[Say] = &[Text("Looking."), Call("c1", "weather", r#"{"city":"Oslo"}"#)];
const SAID: &[Say] = &[Text("Cold.")];
const ON: (&str, &str) = ("x-proxyagent-tools", "on");

fn models(stage: &Stage) -> usize {
    stage.rows("SELECT id FROM proxy_agent_calls WHERE operation = 'generate' AND state = 'settled'").len()
}

#[test]
fn behind_the_last_step_the_call_is_handed_back() {
    for dialect in Dialect::ALL {
        for (most, stream) in [("0", false), ("0", true), ("2", false), ("2", true)] {
            let stage = talking(&Limits::default());
            let steps: u32 = most.parse().unwrap();
            for turn in 0..=steps {
                stage.script(reply(dialect, stream, turn, ASK));
                if turn < steps {
                    stage.script(Reply::json(200, "cold"));
                }
            }
            let got = stage.ask(opening(
                dialect,
                stream,
                &stage.token,
                &[ON, ("x-proxyagent-tool-steps-max", most)],
            ));
            assert!(got.text().contains("weather"), "{} {most} {stream}: {}", dialect.name(), got.text());
            assert_eq!(got.text().matches("c1").count().min(1), 1, "its id too");
            assert_eq!(models(&stage), usize::try_from(steps).unwrap() + 1);
        }
    }
}

#[test]
fn the_default_is_six_steps() {
    let stage = talking(&Limits::default());
    for turn in 0..7 {
        stage.script(reply(Dialect::Messages, false, turn, ASK));
        if turn < 6 {
            stage.script(Reply::json(200, "cold"));
        }
    }
    let got = stage.ask(opening(Dialect::Messages, false, &stage.token, &[ON]));
    assert_eq!(
        (got.header("x-proxyagent-tool-steps"), json(&got)["stop_reason"].as_str()),
        (Some("6"), Some("tool_use"))
    );
    assert_eq!(json(&got)["usage"]["input_tokens"], 70);
}

#[test]
fn without_the_header_or_the_scope_nothing_is_added() {
    for (scope, headers) in
        [(None, vec![]), (None, vec![("x-proxyagent-tools", "off")]), (Some(r#"["*:*"]"#), vec![ON])]
    {
        let stage = talking(&Limits { scope, ..Limits::default() });
        stage.script(reply(Dialect::Messages, false, 1, ASK));
        let request = opening(Dialect::Messages, false, &stage.token, &headers);
        let body = request.body().clone();
        let got = stage.ask(request);
        assert_eq!(got.header("x-proxyagent-tool-steps"), None);
        assert_eq!(stage.proxy.platform.take_sent()[0].request.body(), &body, "byte for byte");
        assert!(got.text().contains("weather"), "a call of that name is the caller's own");
    }
}

#[test]
fn a_tokens_setting_brings_the_tools_along() {
    let stage = talking(&Limits::default());
    stage.proxy.platform.query("UPDATE proxy_agent_tokens SET tools = 1, version = version + 1");
    for headers in [vec![], vec![("x-proxyagent-tools", "off")]] {
        stage.script(reply(Dialect::Chat, false, 1, SAID));
        let got = stage.ask(opening(Dialect::Chat, false, &stage.token, &headers));
        assert_eq!(got.header("x-proxyagent-tool-steps"), if headers.is_empty() { Some("0") } else { None });
    }
}

#[test]
fn what_is_unclear_is_refused_before_anything_is_sent() {
    let stage = talking(&Limits::default());
    for (headers, body, why) in [
        (vec![("x-proxyagent-tools", "yes")], json!({}), "x-proxyagent-tools is on or off"),
        (vec![ON, ("x-proxyagent-tool-steps-max", "51")], json!({}), "from 0 to 50"),
        (vec![ON, ("x-proxyagent-tool-steps-max", "-1")], json!({}), "from 0 to 50"),
        (vec![ON], json!({"n": 2}), "one choice at a time"),
        (
            vec![ON],
            json!({"tools": [{"type": "function", "function": {"name": "weather"}}]}),
            "a tool \"weather\" of its own",
        ),
        (
            vec![ON],
            json!({"tools": [{"type": "custom", "custom": {"name": "note"}}]}),
            "a tool \"note\" of its own",
        ),
        (vec![ON], json!({"tools": [{"type": "web_search_20260318"}]}), "a tool \"web_search\" of its own"),
    ] {
        let mut whole = json!({"model": "gpt-6.1-terra", "max_completion_tokens": 5, "messages": [{"role": "user", "content": "hi"}]});
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let mut request = Request::post("/openai/v1/chat/completions").header("x-api-key", &stage.token);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let got = stage.ask(request.body(Bytes::from(whole.to_string())).unwrap());
        assert_eq!(got.status, 400);
        assert!(got.text().contains(why.replace('"', "\\\"").as_str()), "{why}: {}", got.text());
    }
    let array = Request::post("/gemini/v1beta/models/gemini-4-flash:streamGenerateContent")
        .header("x-api-key", &stage.token)
        .header(ON.0, ON.1);
    let got = stage.ask(array.body(Bytes::from_static(br#"{"contents":[]}"#)).unwrap());
    assert!(got.status == 400 && got.text().contains("alt=sse"));
    assert!(stage.proxy.platform.take_sent().is_empty());
    assert_eq!(stage.rows("SELECT state FROM proxy_agent_calls WHERE state <> 'refused'").len(), 0);
}

/// A turn holds 100 tokens of output at $20 and the body at $4 per million: well under a cent. The budget ends it.
#[test]
fn no_budget_is_passed_through_many_steps() {
    let budget = 40_000_000;
    for stream in [false, true] {
        let stage = talking(&Limits { budget: Some(budget), ..Limits::default() });
        for turn in 0..21 {
            let paid = &[Call("c1", "note", "{}")];
            stage.script(reply(Dialect::Messages, stream, turn, paid));
            stage.script(Reply::json(200, "kept"));
        }
        let headers = [ON, ("x-proxyagent-tool-steps-max", "20")];
        let got = stage.ask(opening(Dialect::Messages, stream, &stage.token, &headers));
        let (spent, held) = stage.money();
        assert!(spent <= budget && held == 0, "{spent}");
        assert!(spent > 30_000_000, "three notes at a cent each were paid: {spent}");
        assert!(got.text().contains("budget"), "{}", got.text());
        assert_eq!(got.status, if stream { 200 } else { 402 });
        if stream {
            assert!(got.text().ends_with("\n\n") && got.text().contains("event: error\n"), "{}", got.text());
            assert!(!got.text().contains("message_stop"), "what broke off does not end as if it were whole");
        }
    }
}

#[test]
fn a_later_turn_that_fails_is_the_answer() {
    for dialect in Dialect::ALL {
        for stream in [false, true] {
            let stage = talking(&Limits::default());
            stage.script(reply(dialect, stream, 1, ASK));
            stage.script(Reply::json(200, "cold"));
            stage.script(Reply::json(529, r#"{"type":"error","error":{"type":"overloaded_error","message":"busy just now","code":"x"}}"#));
            let got = stage.ask(opening(dialect, stream, &stage.token, &[ON]));
            assert_eq!(got.status, if stream { 200 } else { 529 });
            assert!(got.text().contains("busy just now"), "{}", got.text());
            assert!(!got.text().contains("[DONE]") && !got.text().contains("response.completed"));
            assert_eq!(stage.money().1, 0);
        }
    }
}

#[test]
fn a_stream_that_breaks_ends_with_an_error_and_nothing_is_run() {
    let stage = talking(&Limits::default());
    let whole = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":3}}}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"c\",\"name\":\"weather\",\"input\":{}}}\n\n";
    stage.script(Reply::chunks(200, "text/event-stream", [whole.as_bytes()]));
    let got = stage.ask(opening(Dialect::Messages, true, &stage.token, &[ON]));
    assert!(got.text().ends_with("\n\n") && got.text().contains("event: error\n"), "{}", got.text());
    assert_eq!(stage.proxy.platform.take_sent().len(), 1);
}

#[test]
fn a_caller_that_hangs_up_pays_for_what_ran_and_starts_nothing_more() {
    let stage = talking(&Limits::default());
    stage.script(crumbled(Dialect::Messages, 1, ASK));
    let got = stage.ask_and_take(opening(Dialect::Messages, true, &stage.token, &[ON]), 1);
    assert_eq!(got.chunks.len(), 1);
    assert_eq!(stage.rows("SELECT id FROM proxy_agent_calls WHERE state = 'open'").len(), 0);
    assert!(stage.money().0 > 0);
}

#[test]
fn a_translated_conversation_runs_tools_too() {
    let settings = [
        ("PROXYAGENT_TOOLS", TOOLS),
        ("PROXYAGENT_MODEL_MAP", r#"{"claude-opus-5-5":"openai:gpt-6.1-terra"}"#),
    ];
    for stream in [false, true] {
        let stage = awake(Stage::with(&Limits::default(), &settings));
        let upstream = Dialect::Chat;
        stage.script(reply(upstream, stream, 1, ASK));
        stage.script(Reply::json(200, "cold"));
        stage.script(reply(upstream, stream, 2, SAID));
        let got = stage.ask(opening(Dialect::Messages, stream, &stage.token, &[ON]));
        let sent = stage.proxy.platform.take_sent();
        assert_eq!(got.status, 200, "{} {}", sent[0].request.uri(), got.text());
        assert_eq!(sent[0].request.headers()["authorization"], format!("Bearer {OPENAI_KEY}"));
        assert!(
            got.text().contains("Look") && got.text().contains("Co") && !got.text().contains("weather"),
            "{}",
            got.text()
        );
    }
}

/// The offline model asks for a tool by directive: the whole loop without any key.
#[test]
fn the_mock_asks_for_a_tool() {
    for stream in [false, true] {
        let stage = talking(&Limits::default());
        stage.script(Reply::json(200, "cold"));
        let body = json!({"model": "mock", "max_tokens": 50, "stream": stream,
            "messages": [{"role": "user", "content": r#"[[mock:tool weather {"city":"Oslo"}]]"#}]});
        let request = Request::post("/mock/v1/messages").header("x-api-key", &stage.token).header(ON.0, ON.1);
        let got = stage.ask(request.body(Bytes::from(body.to_string())).unwrap());
        assert!(got.text().contains("tool returned") && got.text().contains("cold"), "{}", got.text());
        // No time passes here, so none is the proxy's own, in no turn.
        let spans = stage.rows("SELECT overhead_us FROM proxy_agent_calls WHERE provider = 'mock'");
        assert_eq!(spans, [[0.into()], [0.into()]]);
    }
}

/// The provider keeps the last turn's answer, and waits for the call that was not run; the caller knows neither.
#[test]
fn a_kept_response_can_be_built_on() {
    let both = &[Call("c1", "weather", r#"{"city":"Oslo"}"#), Call("c2", "Bash", r#"{"command":"ls"}"#)];
    for stream in [false, true] {
        let stage = talking(&Limits::default());
        for (turn, says) in (1..).zip([ASK, both]) {
            stage.script(reply(Dialect::Responses, stream, turn, says));
            if turn == 1 {
                stage.script(Reply::json(200, "cold"));
            }
        }
        let request = opening(Dialect::Responses, stream, &stage.token, &[ON]);
        let (parts, body) = request.into_parts();
        let mut body: Value = serde_json::from_slice(&body).unwrap();
        body.as_object_mut().unwrap().remove("store");
        let got = stage.ask(Request::from_parts(parts, Bytes::from(body.to_string())));
        let shown = if stream { "resp_1" } else { "resp_2" };
        assert!(
            got.text().contains(shown) && !got.text().contains(if stream { "resp_2" } else { "resp_1" }),
            "{}",
            got.text()
        );
        stage.proxy.platform.take_sent();

        stage.script(reply(Dialect::Responses, false, 3, SAID));
        let outputs = json!([{"type": "function_call_output", "call_id": "c2", "output": "a b"}]);
        let next = json!({"model": "gpt-6.1-sol", "max_output_tokens": 9, "previous_response_id": shown, "input": outputs});
        let got = stage.post("/openai/v1/responses", &next.to_string());
        assert_eq!(got.status, 200, "{}", got.text());
        let sent: Value = serde_json::from_slice(stage.proxy.platform.take_sent()[0].request.body()).unwrap();
        assert_eq!(sent["previous_response_id"], "resp_2");
        assert_eq!(sent["input"][0], outputs[0]);
        assert_eq!((&sent["input"][1]["call_id"], &sent["input"][2]), (&json!("c1"), &Value::Null));
        assert_eq!(stage.rows("SELECT id FROM proxy_agent_calls WHERE state = 'open'").len(), 0);
        // To another token it is no answer at all.
        let other = crate::path::add_token(&stage.proxy, "tok_2", &Limits::default());
        let request = Request::post("/openai/v1/responses").header("x-api-key", other);
        assert_eq!(stage.ask(request.body(Bytes::from(next.to_string())).unwrap()).status, 400);
    }
}

//! How the mock behaves, in every dialect; its exact bytes are in `tests/mock_golden.rs`.

use super::*;
use serde_json::json;

fn ask(dialect: Dialect, stream: bool, body: &Value) -> Answer {
    let body = body.to_string();
    answer(&Ask { dialect, operation: Operation::Generate, model: "mock", stream, body: body.as_bytes() })
}

fn text(answer: &Answer) -> String {
    answer.pieces.iter().map(|piece| std::str::from_utf8(&piece.bytes).unwrap()).collect()
}

fn said(dialect: Dialect, body: &Value) -> Value {
    serde_json::from_str(&text(&ask(dialect, false, body))).unwrap()
}

#[test]
fn a_wrong_shape_is_a_400_in_the_dialects_shape() {
    let shapes = |key: &str, text: &str| {
        vec![
            json!({}),
            json!({key: null}),
            json!({key: 7}),
            json!({key: {}}),
            json!({key: []}),
            json!({key: [7]}),
            json!({key: [{}]}),
            json!({key: [{"role": "user", text: 7}]}),
            json!({key: [{"role": "user", text: [7]}]}),
            json!({key: [{"role": 7, text: []}]}),
            json!({key: [{"role": "judge", text: []}]}),
        ]
    };
    for dialect in Dialect::ALL {
        let shapes = match dialect {
            Dialect::Messages | Dialect::Chat => shapes("messages", "content"),
            Dialect::Responses => shapes("input", "content"),
            Dialect::Gemini => shapes("contents", "parts"),
        };
        for body in shapes {
            for stream in [true, false] {
                let answer = ask(dialect, stream, &body);
                assert_eq!(
                    (answer.status, answer.content_type),
                    (400, "application/json"),
                    "{dialect:?} {body}"
                );
                let error: Value = serde_json::from_str(&text(&answer)).unwrap();
                assert!(error["error"]["message"].is_string(), "{error}");
            }
        }
    }
}

#[test]
fn what_is_unknown_is_passed_over() {
    for (dialect, body) in [
        (
            Dialect::Messages,
            json!({"system": [{"type": "text", "text": "s"}], "tools": 7, "tool_choice": 7, "messages": [
                {"role": "user", "content": [{"type": "image", "source": 7}, {"type": "text", "text": "a"}, {"type": "text", "text": "hi"}]},
                {"role": "system", "content": "be brief", "output_config": {"effort": "low"}},
            ]}),
        ),
        (
            Dialect::Chat,
            json!({"tools": [7, {}, {"type": "custom", "custom": {}}], "response_format": 7, "messages": [
                {"role": "developer", "content": "d"}, {"role": "user", "content": [{"type": "image_url"}, {"type": "text", "text": "hi"}]},
            ]}),
        ),
        (
            Dialect::Responses,
            json!({"tools": [{"type": "web_search"}, {"type": "namespace", "tools": 7}], "text": 7, "input": [
                {"type": "item_reference", "id": "x"}, {"type": "brand_new"}, {"role": "user", "content": [{"type": "input_image"}, {"type": "input_text", "text": "hi"}]},
            ]}),
        ),
        (
            Dialect::Gemini,
            json!({"system_instruction": "s", "tools": [{"googleSearch": {}}], "contents": [
                {"parts": [{"inlineData": {}}, {"text": "hm", "thought": true}, {"text": "hi"}]},
            ]}),
        ),
    ] {
        let answer = ask(dialect, false, &body);
        assert_eq!(answer.status, 200, "{dialect:?} {}", text(&answer));
        assert!(text(&answer).contains("mock: hi"), "{dialect:?} {}", text(&answer));
    }
}

#[test]
fn a_tool_is_called_only_if_it_is_offered_and_wanted() {
    let call = "[[mock:tool run {\"a\":1}]]";
    for (text, extra, calls) in [
        (call, json!({"tools": [{"name": "run"}]}), true),
        ("[[mock:tool run]]", json!({"tools": [{"name": "run"}]}), true),
        ("[[mock:tool no {}]] [[mock:tool run {}]]", json!({"tools": [{"name": "run"}]}), true),
        (call, json!({"tools": [{"name": "walk"}]}), false),
        (call, json!({}), false),
        ("[[mock:tool run [1]]]", json!({"tools": [{"name": "run"}]}), false),
        (call, json!({"tools": [{"name": "run"}], "tool_choice": {"type": "none"}}), false),
        ("hi", json!({"tools": [{"name": "run"}], "tool_choice": {"type": "any"}}), true),
        ("hi", json!({"tools": [{"name": "run"}], "tool_choice": {"type": "tool", "name": "run"}}), true),
        ("hi", json!({"tools": [{"name": "run"}], "tool_choice": {"type": "tool", "name": "x"}}), false),
    ] {
        let mut body = extra;
        body["messages"] = json!([{"role": "user", "content": [{"type": "text", "text": text}, {"type": "text", "text": "."}]}]);
        let answer = said(Dialect::Messages, &body);
        assert_eq!(answer["stop_reason"] == "tool_use", calls, "{body}");
    }
}

#[test]
fn a_forced_tool_gets_an_instance_of_its_schema() {
    let schema =
        json!({"type": "object", "properties": {"n": {"type": "integer", "minimum": 3}}, "required": ["n"]});
    let body = json!({
        "input": "hi",
        "tools": [{"type": "function", "name": "extract", "parameters": schema}],
        "tool_choice": {"type": "function", "name": "extract"},
    });
    assert_eq!(said(Dialect::Responses, &body)["output"][0]["arguments"], "{\"n\":3}");
}

#[test]
fn a_turn_with_a_result_never_calls_again() {
    let directive = "[[mock:tool run {}]]";
    let body = json!({
        "tools": [{"name": "run"}],
        "tool_choice": {"type": "any"},
        "messages": [
            {"role": "user", "content": directive},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "run", "input": {}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": directive}]},
                {"type": "text", "text": directive},
            ]},
            {"role": "system", "content": directive},
        ],
    });
    let answer = said(Dialect::Messages, &body);
    assert_eq!(answer["content"][0]["text"], format!("mock: tool returned: {directive}"));
    assert_eq!((&answer["id"], &answer["stop_reason"]), (&json!("msg_mock_2"), &json!("end_turn")));
}

#[test]
fn ids_count_through_the_conversation() {
    let body = json!({
        "tools": [{"type": "function", "function": {"name": "run"}}],
        "messages": [
            {"role": "user", "content": "a"},
            {"role": "assistant", "tool_calls": [{"id": "x", "function": {"name": "run", "arguments": "{}"}}]},
            {"role": "tool", "tool_call_id": "x", "content": "ok"},
            {"role": "assistant", "content": "b"},
            {"role": "user", "content": "[[mock:tool run]]"},
        ],
    });
    let answer = said(Dialect::Chat, &body);
    assert_eq!(answer["id"], "chatcmpl-mock-3");
    assert_eq!(answer["choices"][0]["message"]["tool_calls"][0]["id"], "call_mock_2");
}

#[test]
fn a_namespaced_tool_is_called_by_its_namespace() {
    let tool =
        json!({"type": "namespace", "name": "agents", "tools": [{"type": "function", "name": "spawn"}]});
    let body = json!({"input": "[[mock:tool spawn {}]]", "tools": [tool]});
    assert_eq!(said(Dialect::Responses, &body)["output"][0]["namespace"], "agents");
}

#[test]
fn waits_before_every_piece_are_capped_together() {
    for (ms, first, sum) in [(0, 0, 0), (20, 20, 160), (50_000, 50_000, 60_000), (u64::MAX, 60_000, 60_000)] {
        let body = json!({"messages": [{"role": "user", "content": format!("[[mock:slow {ms}]]")}]});
        let answer = ask(Dialect::Messages, true, &body);
        let waits: Vec<u64> = answer.pieces.iter().map(|piece| piece.wait.0).collect();
        assert_eq!((waits[0], waits.iter().sum::<u64>()), (first, sum), "{waits:?}");
    }
    let body = json!({"messages": [{"role": "user", "content": "[[mock:slow 20]] [[mock:error 503]]"}]});
    let answer = ask(Dialect::Messages, true, &body);
    assert_eq!((answer.status, answer.pieces[0].wait), (503, Millis(20)));
}

#[test]
fn a_cut_answer_is_never_complete() {
    for dialect in Dialect::ALL {
        for (stream, end) in [(true, "STOP"), (true, "stop"), (true, "completed\""), (false, "}\n")] {
            let directive = "é [[mock:cut]]";
            let body = match dialect {
                Dialect::Messages | Dialect::Chat => {
                    json!({"messages": [{"role": "user", "content": directive}]})
                }
                Dialect::Responses => json!({"input": directive}),
                Dialect::Gemini => json!({"contents": [{"parts": [{"text": directive}]}]}),
            };
            let answer = ask(dialect, stream, &body);
            let sent: Vec<u8> = answer.pieces.iter().flat_map(|piece| piece.bytes.to_vec()).collect();
            assert!(answer.cut && !sent.is_empty(), "{dialect:?}");
            let sent = String::from_utf8_lossy(&sent).replace("\"stop_", "");
            assert!(!sent.contains(end), "{dialect:?} {sent}");
            assert!(stream || serde_json::from_str::<Value>(&sent).is_err(), "{dialect:?} {sent}");
        }
    }
}

#[test]
fn long_texts_come_in_few_pieces_and_whole() {
    let long = "ä".repeat(1 << 20);
    let body = json!({"contents": [{"parts": [{"text": long}]}]});
    let answer = ask(Dialect::Gemini, true, &body);
    assert!((60..70).contains(&answer.pieces.len()), "{}", answer.pieces.len());
    let whole = said(Dialect::Gemini, &body);
    assert_eq!(whole["candidates"][0]["content"]["parts"][0]["text"], format!("mock: {long}"));
}

#[test]
fn a_body_nested_without_end_is_refused() {
    let deep = format!("{{\"messages\":{}", "[".repeat(100_000));
    for dialect in Dialect::ALL {
        let ask = Ask {
            dialect,
            operation: Operation::Generate,
            model: "mock",
            stream: true,
            body: deep.as_bytes(),
        };
        assert_eq!(answer(&ask).status, 400);
    }
}

use super::*;

/// The reading of a stream; the same for every split in two and for random splits, or the test fails.
fn stream(dialect: Dialect, text: &str) -> (Reading, bool, bool) {
    let bytes = text.as_bytes();
    let read = |pieces: &[&[u8]]| {
        let mut meter = Meter::stream(dialect);
        pieces.iter().for_each(|piece| meter.feed(piece));
        (meter.reading(), meter.ended(), meter.whole())
    };
    let whole = read(&[bytes]);
    for at in 0..bytes.len() {
        assert_eq!(read(&[&bytes[..at], &bytes[at..]]), whole, "cut at {at} of {text}");
    }
    let mut seed = 3u64;
    for _ in 0..20 {
        let (mut pieces, mut rest) = (Vec::new(), bytes);
        while !rest.is_empty() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (piece, tail) = rest.split_at(rest.len().min((seed >> 59) as usize));
            pieces.push(piece);
            rest = tail;
        }
        assert_eq!(read(&pieces), whole, "random cuts of {text}");
    }
    whole
}

fn data(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("data: {line}\n\n")).collect()
}

const START: &str = r#"{"type":"message_start","message":{"usage":{"input_tokens":10,"cache_read_input_tokens":5,"output_tokens":1}}}"#;
const STOP: &str = r#"{"type":"message_stop"}"#;

#[test]
fn messages_streams() {
    for (events, usage, complete, ended) in [
        // Input that grows after server tools; the last value of each field wins.
        (
            &[
                START,
                r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":900,"output_tokens":8}}"#,
                STOP,
            ][..],
            Usage { input: 900, cache_read: 5, output: 8, ..Usage::default() },
            true,
            true,
        ),
        // Null does not overwrite.
        (
            &[
                START,
                r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":null,"output_tokens":8}}"#,
            ],
            Usage { input: 10, cache_read: 5, output: 8, ..Usage::default() },
            true,
            false,
        ),
        // Cut off before the end.
        (&[START], Usage { input: 10, cache_read: 5, output: 1, ..Usage::default() }, false, false),
        (
            &[START, r#"{"type":"message_delta","delta":{"stop_reason":null},"usage":{"output_tokens":4}}"#],
            Usage { input: 10, cache_read: 5, output: 4, ..Usage::default() },
            false,
            false,
        ),
        // A stop without a final usage.
        (&[START, STOP], Usage { input: 10, cache_read: 5, output: 1, ..Usage::default() }, false, true),
        // Senseless counts are not credited and not believed.
        (
            &[
                START,
                r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":-5}}"#,
                STOP,
            ],
            Usage { input: 10, cache_read: 5, output: 1, ..Usage::default() },
            false,
            true,
        ),
        (
            &[
                START,
                r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":1e99,"output_tokens":8}}"#,
                STOP,
            ],
            Usage { input: 10, cache_read: 5, output: 8, ..Usage::default() },
            false,
            true,
        ),
        // Unknown events that look like usage, and text that looks like an event.
        (
            &[
                START,
                r#"{"type":"vertex_event","usage":{"input_tokens":77,"output_tokens":77}}"#,
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{\"type\":\"message_stop\",\"usage\":{\"output_tokens\":0}}"}}"#,
            ],
            Usage { input: 10, cache_read: 5, output: 1, ..Usage::default() },
            false,
            false,
        ),
        // Tools, cache splits and Bedrock's own count.
        (
            &[
                r#"{"type":"message_start","message":{"usage":{"input_tokens":1,"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},"output_tokens":1}}}"#,
                r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9,"output_tokens_details":{"thinking_tokens":4},"server_tool_use":{"web_search_requests":2,"web_fetch_requests":3}}}"#,
                STOP,
            ],
            Usage {
                input: 1,
                cache_write: 10,
                cache_write_long: 20,
                output: 9,
                reasoning: 4,
                web_search: 2,
                web_fetch: 3,
                ..Usage::default()
            },
            true,
            true,
        ),
        (
            &[
                START,
                r#"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":10,"outputTokenCount":6,"cacheReadInputTokenCount":5}}"#,
            ],
            Usage { input: 10, cache_read: 5, output: 6, ..Usage::default() },
            true,
            true,
        ),
    ] {
        let (reading, has_ended, whole) = stream(Dialect::Messages, &data(events));
        assert_eq!((reading.usage, reading.complete), (usage, complete), "{events:?}");
        assert_eq!((has_ended, whole, reading.failed), (ended, ended, false), "{events:?}");
    }
}

#[test]
fn messages_iterations_add_compaction_and_keep_other_models_apart() {
    let delta = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":8,"iterations":[
        {"type":"compaction","input_tokens":100,"output_tokens":20,"cache_creation":{"ephemeral_1h_input_tokens":3}},
        {"type":"message","input_tokens":10,"output_tokens":8},
        {"type":"advisor_message","model":"claude-fable-5-2","input_tokens":7,"output_tokens":9}]}}"#;
    let text = data(&[START, &delta.replace('\n', ""), STOP]);
    let (reading, ..) = stream(Dialect::Messages, &text);
    let want = Usage { input: 110, cache_read: 5, cache_write_long: 3, output: 28, ..Usage::default() };
    assert_eq!((reading.usage, reading.complete), (want, true));
    let aside = Usage { input: 7, output: 9, ..Usage::default() };
    assert_eq!(reading.asides, [Aside { model: "claude-fable-5-2".into(), usage: aside }]);
}

#[test]
fn messages_variant_and_place() {
    for (fields, variant, geo) in [
        (r#""service_tier":"standard""#, None, None),
        (r#""service_tier":"batch","inference_geo":"us""#, Some("batch"), Some("us")),
        (r#""speed":"fast","service_tier":"standard""#, Some("fast"), None),
        (r#""speed":"standard","inference_geo":null"#, None, None),
    ] {
        let body = format!(r#"{{"type":"message","usage":{{"input_tokens":1,"output_tokens":2,{fields}}}}}"#);
        let reading = Meter::body(Dialect::Messages, body.as_bytes());
        assert!(reading.complete);
        assert_eq!((reading.variant.as_deref(), reading.geo.as_deref()), (variant, geo), "{fields}");
    }
}

#[test]
fn chat_streams() {
    let finish = r#"{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":null}"#;
    let usage = r#"{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}"#;
    let interim = r#"{"choices":[{"delta":{"content":"a"},"finish_reason":null}],"usage":{"prompt_tokens":10,"completion_tokens":1,"total_tokens":11}}"#;
    for (events, input, output, complete, ended, whole, failed) in [
        (&[finish, usage, "[DONE]"][..], 10, 5, true, true, true, false),
        (&[finish, usage], 10, 5, true, false, true, false),
        // Usage on every chunk is only final at the end.
        (&[interim], 10, 1, false, false, false, false),
        (&[interim, interim, finish], 10, 1, true, false, true, false),
        (&[finish], 0, 0, false, false, true, false),
        (&[interim, r#"{"error":{"message":"x"}}"#], 10, 1, false, true, true, true),
        (
            &[r#"{"choices":[{"delta":{},"finish_reason":"error"}],"error":null}"#],
            0,
            0,
            false,
            false,
            true,
            true,
        ),
        (
            &[finish, r#"{"usage":{"prompt_tokens":10,"completion_tokens":-5}}"#, "[DONE]"],
            10,
            0,
            false,
            true,
            true,
            false,
        ),
        (
            &[finish, r#"{"usage":{"prompt_tokens":10,"completion_tokens":2.5}}"#],
            10,
            0,
            false,
            false,
            true,
            false,
        ),
        (
            &[finish, r#"{"x_groq":{"usage":{"prompt_tokens":3,"completion_tokens":4}}}"#],
            3,
            4,
            true,
            false,
            true,
            false,
        ),
        (
            &[r#"{"choices":[{"finish_reason":"stop","usage":{"prompt_tokens":3,"completion_tokens":4}}]}"#],
            3,
            4,
            true,
            false,
            true,
            false,
        ),
        // More is cached than was sent: nothing goes below zero.
        (
            &[
                finish,
                r#"{"usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":90,"cache_write_tokens":90}}}"#,
            ],
            0,
            5,
            true,
            false,
            true,
            false,
        ),
        // A usage of nothing beside a text.
        (
            &[
                r#"{"choices":[{"delta":{"content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}"#,
            ],
            0,
            0,
            false,
            false,
            true,
            false,
        ),
    ] {
        let (reading, has_ended, is_whole) = stream(Dialect::Chat, &data(events));
        let got = (
            reading.usage.input,
            reading.usage.output,
            reading.complete,
            has_ended,
            is_whole,
            reading.failed,
        );
        assert_eq!(got, (input, output, complete, ended, whole, failed), "{events:?}");
    }
}

#[test]
fn the_places_where_compatible_providers_state_things() {
    let base = Usage { input: 10, output: 5, ..Usage::default() };
    for (fields, usage, cost) in [
        (
            r#""prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":6"#,
            Usage { input: 6, cache_read: 4, ..base },
            None,
        ),
        (r#""cached_tokens":4"#, Usage { input: 6, cache_read: 4, ..base }, None),
        (
            r#""cached_tokens":9,"prompt_tokens_details":{"cached_tokens":4}"#,
            Usage { input: 6, cache_read: 4, ..base },
            None,
        ),
        (r#""total_tokens":40"#, Usage { output: 30, reasoning: 25, ..base }, None),
        (
            r#""total_tokens":40,"completion_tokens_details":{"reasoning_tokens":20}"#,
            Usage { output: 30, reasoning: 20, ..base },
            None,
        ),
        (r#""cost":0.00095"#, base, Some(950_000)),
        (r#""cost":0"#, base, Some(0)),
        (r#""cost":-1"#, base, None),
        (r#""cost":null"#, base, None),
        (r#""cost":1e99"#, base, None),
        (r#""cost":{"total_cost":0.005061,"request_cost":1}"#, base, Some(5_061_000)),
        (r#""estimated_cost":1.5e-05"#, base, Some(15_000)),
        (r#""cost_in_usd_ticks":19340005"#, base, Some(1_934_001)),
        (
            r#""cost":0.1,"is_byok":true,"cost_details":{"upstream_inference_cost":2}"#,
            base,
            Some(2_100_000_000),
        ),
        (r#""cost":0.1,"is_byok":true"#, base, None),
        (r#""num_search_queries":2"#, Usage { web_search: 2, ..base }, None),
        (
            r#""prompt_tokens_details":{"audio_tokens":7,"image_tokens":9}"#,
            Usage { audio_in: 7, image_in: 3, ..base },
            None,
        ),
    ] {
        let body = format!(r#"{{"usage":{{"prompt_tokens":10,"completion_tokens":5,{fields}}}}}"#);
        let reading = Meter::body(Dialect::Chat, body.as_bytes());
        assert_eq!((reading.usage, reading.reported_cost.map(|n| n.0)), (usage, cost), "{fields}");
        assert!(reading.complete, "{fields}");
    }
}

#[test]
fn responses_streams() {
    let usage = r#""usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":4},"output_tokens":5}"#;
    for (last, complete, failed, searches) in [
        (format!(r#"{{"type":"response.completed","response":{{{usage},"service_tier":"flex"}}}}"#), true, false, 0),
        (format!(r#"{{"type":"response.incomplete","response":{{{usage},"service_tier":"flex"}}}}"#), true, false, 0),
        (format!(r#"{{"type":"response.failed","response":{{{usage},"service_tier":"flex","error":{{"code":"x"}}}}}}"#), true, true, 0),
        (format!(r#"{{"type":"response.completed","response":{{"service_tier":"flex","output":[
            {{"type":"web_search_call","action":{{"type":"search"}}}},{{"type":"web_search_call","action":{{"type":"open_page"}}}},
            {{"type":"web_search_call"}}],{usage}}}}}"#).replace('\n', ""), true, false, 2),
    ] {
        let delta = r#"{"type":"response.output_text.delta","delta":"h\u00e9 \"usage\""}"#;
        let (reading, ended, whole) = stream(Dialect::Responses, &data(&[delta, &last]));
        let want = Usage { input: 6, cache_read: 4, output: 5, web_search: searches, ..Usage::default() };
        assert_eq!((reading.usage, reading.complete, reading.failed), (want, complete, failed), "{last}");
        assert_eq!((ended, whole, reading.variant.as_deref(), reading.output_bytes), (true, true, Some("flex"), 12));
    }
    let failed = r#"{"type":"response.failed","response":{"status":"failed","usage":null}}"#;
    for (last, ended) in [
        (failed, true),
        (r#"{"type":"error","code":"x"}"#, true),
        (r#"{"type":"response.created","response":{"usage":{"input_tokens":1,"output_tokens":1}}}"#, false),
    ] {
        let (reading, has_ended, _) = stream(Dialect::Responses, &data(&[last]));
        assert_eq!((reading.usage, reading.complete), (Usage::default(), false), "{last}");
        assert_eq!((has_ended, reading.failed), (ended, ended), "{last}");
    }
}

#[test]
fn gemini_streams() {
    let part = r#"{"candidates":[{"content":{"parts":[{"text":"Hi"}]}}],"usageMetadata":{"promptTokenCount":20,"candidatesTokenCount":1,"thoughtsTokenCount":3}}"#;
    let last = r#"{"candidates":[{"content":{"parts":[{"text":"!"}]},"finishReason":"STOP","groundingMetadata":{"webSearchQueries":["a","b"]}}],"usageMetadata":{"promptTokenCount":20,"cachedContentTokenCount":8,"toolUsePromptTokenCount":2,"candidatesTokenCount":4,"trafficType":"ON_DEMAND_PRIORITY","promptTokensDetails":[{"modality":"AUDIO","tokenCount":9}],"cacheTokensDetails":[{"modality":"AUDIO","tokenCount":4}]}}"#;
    let full = Usage {
        input: 14,
        cache_read: 8,
        output: 7,
        reasoning: 3,
        audio_in: 5,
        web_search: 2,
        ..Usage::default()
    };
    for (text, usage, complete, whole, failed) in [
        (data(&[part, last]).replace('\n', "\r\n"), full, true, true, false),
        (data(&[part, &format!(r#"{{"response":{last},"traceId":"x"}}"#)]), full, true, true, false),
        (
            data(&[part]),
            Usage { input: 20, output: 4, reasoning: 3, ..Usage::default() },
            false,
            false,
            false,
        ),
        (
            data(&[part, r#"{"error":{"code":503}}"#]),
            Usage { input: 20, output: 4, reasoning: 3, ..Usage::default() },
            true,
            true,
            true,
        ),
        (
            data(&[
                r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":9,"totalTokenCount":9}}"#,
            ]),
            Usage { input: 9, ..Usage::default() },
            true,
            true,
            false,
        ),
    ] {
        let (reading, ended, is_whole) = stream(Dialect::Gemini, &text);
        assert_eq!((reading.usage, is_whole, reading.failed), (usage, whole, failed), "{text}");
        assert_eq!(reading.complete, complete && !failed, "{text}");
        assert_eq!(ended, failed, "{text}");
    }
    let array = format!("[{part}\r\n,\r\n{last}]");
    let reading = Meter::body(Dialect::Gemini, array.as_bytes());
    assert_eq!((reading.usage, reading.complete, reading.variant.as_deref()), (full, true, Some("priority")));
}

#[test]
fn output_bytes_count_text_and_nothing_else() {
    for (dialect, event, bytes) in [
        (
            Dialect::Messages,
            r#"{"type":"content_block_delta","delta":{"type":"text_delta","text":"grüße"}}"#,
            7,
        ),
        (
            Dialect::Messages,
            r#"{"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"abc"}}"#,
            3,
        ),
        (
            Dialect::Messages,
            r#"{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{\"a\":1"}}"#,
            6,
        ),
        (
            Dialect::Messages,
            r#"{"type":"content_block_delta","delta":{"type":"signature_delta","signature":"AAAA"}}"#,
            0,
        ),
        (
            Dialect::Messages,
            r#"{"type":"content_block_start","content_block":{"type":"tool_use","id":"x","input":{}}}"#,
            0,
        ),
        (Dialect::Chat, r#"{"choices":[{"delta":{"role":"assistant","content":"abc"}}]}"#, 3),
        (
            Dialect::Chat,
            r#"{"choices":[{"delta":{"reasoning":"abc","reasoning_details":[{"text":"abc"}]}}]}"#,
            3,
        ),
        (
            Dialect::Chat,
            r#"{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"text":"Hm."}]},{"text":"a"}]}}]}"#,
            4,
        ),
        (
            Dialect::Chat,
            r#"{"choices":[{"delta":{"tool_calls":[{"id":"call_1","function":{"name":"ab","arguments":"{}"}}]}}]}"#,
            4,
        ),
        (Dialect::Chat, r#"{"choices":[{"delta":{"refusal":"no"}}]}"#, 2),
        (
            Dialect::Responses,
            r#"{"type":"response.function_call_arguments.delta","item_id":"x","delta":"{}"}"#,
            2,
        ),
        (Dialect::Responses, r#"{"type":"response.audio.delta","delta":"AAAA"}"#, 0),
        (Dialect::Responses, r#"{"type":"response.output_text.done","text":"abc"}"#, 0),
        (
            Dialect::Gemini,
            r#"{"candidates":[{"content":{"parts":[{"text":"abc","thoughtSignature":"AAAA"},{"inlineData":{"data":"AAAA"}}]}}]}"#,
            3,
        ),
    ] {
        assert_eq!(stream(dialect, &data(&[event, event])).0.output_bytes, bytes * 2, "{event}");
    }
}

#[test]
fn nothing_said_is_nothing_known() {
    for dialect in Dialect::ALL {
        for text in
            ["", "{}", "[]", "null", "not json", "data: {\"usage\":\n\n", "{\"usage\":null}", "\u{feff}{"]
        {
            for reading in [Meter::body(dialect, text.as_bytes()), stream(dialect, text).0] {
                assert_eq!(
                    (reading.usage, reading.complete),
                    (Usage::default(), false),
                    "{dialect:?} {text}"
                );
            }
        }
    }
}

#[test]
fn an_error_body_has_failed() {
    for (dialect, body) in [
        (Dialect::Messages, r#"{"type":"error","error":{"type":"overloaded_error"}}"#),
        (Dialect::Chat, r#"{"error":{"message":"x"}}"#),
        (Dialect::Responses, r#"{"error":{"message":"x"}}"#),
        (Dialect::Responses, r#"{"object":"response","status":"failed","error":null,"usage":null}"#),
        (Dialect::Gemini, r#"[{"error":{"code":429}}]"#),
    ] {
        let reading = Meter::body(dialect, body.as_bytes());
        assert!(reading.failed && !reading.complete, "{body}");
    }
}

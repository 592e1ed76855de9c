use super::*;

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

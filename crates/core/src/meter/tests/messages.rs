use super::*;

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

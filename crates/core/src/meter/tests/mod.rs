mod messages;
mod openai;

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

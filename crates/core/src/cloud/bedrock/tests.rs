//! The conformance cases of Bedrock, and what they leave open.

use super::*;
use crate::cloud::model_map::ModelMap;
use crate::cloud::names::AWS_REGION;
use crate::secret::Secret;
use crate::sigv4::{AccessKey, Scope, sign};
use crate::time::UnixMs;
use answer::{meaning, retell_count, retell_error, retell_head};
use http::{Request, StatusCode};
use serde_json::Value;
use stream::ToEvents;

const CASES: &[(&str, &str)] = &[
    ("D01", include_str!("../../../../../tests/fixtures/D01/case.json")),
    ("D02", include_str!("../../../../../tests/fixtures/D02/case.json")),
    ("D07", include_str!("../../../../../tests/fixtures/D07/case.json")),
];
const D02: (&[u8], &str) = (
    include_bytes!("../../../../../tests/fixtures/D02/upstream.bin"),
    include_str!("../../../../../tests/fixtures/D02/client.sse"),
);
const D03: (&[u8], &str) = (
    include_bytes!("../../../../../tests/fixtures/D03/upstream.bin"),
    include_str!("../../../../../tests/fixtures/D03/client.sse"),
);

fn headers(given: &Value) -> HeaderMap {
    let pairs = given.as_object().unwrap().iter();
    pairs
        .map(|(name, value)| {
            (name.parse::<http::HeaderName>().unwrap(), value.as_str().unwrap().parse().unwrap())
        })
        .collect()
}

#[test]
fn requests_are_made_and_signed_as_the_cases_say() {
    for (id, text) in CASES {
        let case: Value = serde_json::from_str(text).unwrap();
        let body = Bytes::from(case["request"]["body"].to_string());
        let caller = headers(&case["request"]["headers"]);
        let region = AWS_REGION.check("us-east-1").unwrap();
        let model = case["request"]["body"]["model"].as_str().unwrap();
        let model = model_id::of(model, &region, Some("us"), &ModelMap::default()).unwrap();
        assert_eq!(model.as_str(), case["route"]["model"].as_str().unwrap());
        let stream = case["request"]["body"]["stream"] == true;
        let (path, body) = if case["request"]["path"].as_str().unwrap().ends_with("count_tokens") {
            (count_path(&model), count_body(&body, &caller))
        } else {
            (invoke_path(&model, stream), invoke_body(&body, &caller, betas::DEFAULT).0)
        };
        let want = &case["upstream_request"];
        assert_eq!(std::str::from_utf8(&body).unwrap(), want["body_exact"].as_str().unwrap(), "{id}");

        let mut request = Request::post(format!("{}{path}", base(&region))).body(body).unwrap();
        assert_eq!(request.uri().to_string(), want["url"].as_str().unwrap(), "{id}");
        *request.headers_mut() = caller;
        strip_headers(request.headers_mut());
        let key = AccessKey {
            id: "AKIDEXAMPLE".into(),
            secret: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY").unwrap(),
            session: None,
        };
        let now = UnixMs(1_795_435_200_000);
        sign(&mut request, &key, Scope { region: region.as_str(), service: "bedrock" }, now).unwrap();
        for (name, value) in want["headers"].as_object().unwrap() {
            assert_eq!(request.headers()[name], value.as_str().unwrap(), "{id}: {name}");
        }
        for name in ["anthropic-beta", "anthropic-version"] {
            assert!(request.headers().get(name).is_none(), "{id}: {name}");
        }
    }
}

#[test]
fn a_body_loses_what_bedrock_refuses_and_nothing_else() {
    let none = HeaderMap::new();
    let mut flagged = HeaderMap::new();
    flagged.insert("anthropic-beta", "effort-2025-11-24,files-api-2025-04-14".parse().unwrap());
    flagged.append("anthropic-beta", "compact-2026-01-12".parse().unwrap());
    const V: &str = r#""anthropic_version":"bedrock-2023-05-31""#;
    for (body, given, want, gone) in [
        (r#"{"model":"m","x":1.0,"stream":false}"#, &none, format!(r#"{{"x":1.0,{V}}}"#), &[][..]),
        (r#"{"model":"m"}"#, &none, format!("{{{V}}}"), &[]),
        (
            r#"{"model":"m","speed":"fast","new":{"model":2},"tags":[1]}"#,
            &none,
            format!(r#"{{"new":{{"model":2}},{V}}}"#),
            &["speed", "tags"],
        ),
        (
            r#"{"model":"m","anthropic_version":"x","a":1}"#,
            &flagged,
            format!(r#"{{"a":1,{V},"anthropic_beta":["effort-2025-11-24","compact-2026-01-12"]}}"#),
            &[],
        ),
        (
            r#"{"anthropic_beta":["context-1m-2025-08-07","evil\",","x"],"a":1}"#,
            &none,
            format!(r#"{{"a":1,{V},"anthropic_beta":["context-1m-2025-08-07"]}}"#),
            &[],
        ),
        (r#"{"anthropic_beta":["unknown"],"a":1}"#, &none, format!(r#"{{"a":1,{V}}}"#), &[]),
    ] {
        let (out, dropped) = invoke_body(&Bytes::from_static(body.as_bytes()), given, betas::DEFAULT);
        assert_eq!((std::str::from_utf8(&out).unwrap(), dropped.as_slice()), (want.as_str(), gone), "{body}");
    }
}

#[test]
fn a_count_has_room_for_thinking_and_no_empty_tools() {
    for (body, want) in [
        (
            r#"{"model":"m","thinking":{"type":"enabled","budget_tokens": 2048 },"tools":[]}"#,
            r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":2049,"thinking":{"type":"enabled","budget_tokens": 2048 }}"#,
        ),
        (
            r#"{"tools":[{"name":"f"}],"max_tokens":5}"#,
            r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"tools":[{"name":"f"}]}"#,
        ),
    ] {
        let out = count_body(&Bytes::from_static(body.as_bytes()), &HeaderMap::new());
        let out: Value = serde_json::from_slice(&out).unwrap();
        let inner = STANDARD.decode(out["input"]["invokeModel"]["body"].as_str().unwrap()).unwrap();
        assert_eq!(std::str::from_utf8(&inner).unwrap(), want);
    }
}

/// The case's stream with the model's name as the provider has it: an answer's body is not edited for it.
fn told_by_provider(client: &str) -> String {
    client.replacen(r#""model":"claude-sonnet-4-5""#, r#""model":"claude-sonnet-4-5-20250929""#, 1)
}

#[test]
fn streams_become_anthropics_events_for_every_split() {
    for (frames, client) in [D02, D03] {
        let want = told_by_provider(client);
        let convert = |pieces: &[&[u8]]| {
            let (mut machine, mut out) = (ToEvents::default(), Vec::new());
            for piece in pieces {
                machine.push(piece, &mut out).unwrap();
            }
            assert!(machine.is_whole());
            String::from_utf8(out).unwrap()
        };
        assert_eq!(convert(&[frames]), want);
        for cut in 0..=frames.len() {
            let (first, rest) = frames.split_at(cut);
            assert_eq!(convert(&[first, rest]), want, "cut at {cut}");
        }
    }
}

#[test]
fn a_broken_stream_ends_where_it_breaks() {
    let mut wrong = D02.0.to_vec();
    let last = wrong.len() - 20;
    wrong[last] ^= 1;
    let (mut machine, mut out) = (ToEvents::default(), Vec::new());
    assert!(machine.push(&wrong, &mut out).is_err());
    let whole = told_by_provider(D02.1);
    assert!(whole.as_bytes().starts_with(&out) && out.len() < whole.len() && !out.is_empty());
    assert!(machine.push(D02.0, &mut out).is_err() && !machine.is_whole());
}

#[test]
fn errors_are_told_in_anthropics_dialect() {
    for (errortype, status, body, want_status, want_kind, want_message) in [
        ("ThrottlingException", 429, r#"{"message":"Too many"}"#, 429, "rate_limit_error", "Too many"),
        ("ServiceQuotaExceededException", 400, r#"{"Message":"q"}"#, 429, "rate_limit_error", "q"),
        ("ValidationException:http://x", 400, r#"{"message":"m"}"#, 400, "invalid_request_error", "m"),
        ("ModelTimeoutException", 408, "{}", 504, "timeout_error", "status 504"),
        ("ModelErrorException", 424, r#"{"message":"m"}"#, 500, "api_error", "m"),
        ("ServiceUnavailableException", 503, r#"{"message":"m"}"#, 529, "overloaded_error", "m"),
        ("", 400, r#"{"__type":"ns#ThrottlingException","message":"m"}"#, 400, "rate_limit_error", "m"),
        ("UnrecognizedClientException", 403, "{}", 401, "authentication_error", ""),
        (
            "ValidationException",
            400,
            r#"{"message":"Input is too long for requested model."}"#,
            400,
            "invalid_request_error",
            "prompt is too long",
        ),
        ("", 500, "<html>", 500, "api_error", "status 500"),
        ("", 400, r#"{"type":"error","error":{"type":"x_error","message":"own"}}"#, 400, "x_error", "own"),
    ] {
        let (mut status, mut head) = (StatusCode::from_u16(status).unwrap(), HeaderMap::new());
        if !errortype.is_empty() {
            head.insert(answer::ERROR_TYPE, errortype.parse().unwrap());
        }
        head.insert("x-amzn-requestid", "r-1".parse().unwrap());
        retell_head(&mut status, &mut head);
        let out: Value = serde_json::from_slice(&retell_error(status, body.as_bytes())).unwrap();
        assert_eq!(status, want_status, "{errortype}");
        assert_eq!(out["error"]["type"], want_kind, "{errortype}{body}");
        assert!(out["error"]["message"].as_str().unwrap().contains(want_message), "{errortype}");
        assert_eq!(head["request-id"], "r-1");
    }
    assert_eq!(meaning("throttlingException"), meaning("ThrottlingException"));
    assert_eq!(retell_count(br#"{"inputTokens":11}"#).unwrap(), r#"{"input_tokens":11}"#);
    assert_eq!(retell_count(b"{}"), None);
}

use super::*;

fn parse(body: &str) -> Result<Envelope, String> {
    Envelope::parse(body.as_bytes()).map_err(|p| p.to_string())
}

#[test]
fn fields_are_found_wherever_they_stand() {
    let e =
        parse(r#" {"messages":[{"model":"inner"}],"n":3,"stream":true, "model" : "a/b:c" ,"max_tokens":7}"#)
            .unwrap();
    assert_eq!((e.model.as_str(), e.stream, e.max_output), ("a/b:c", true, Some(21)));
    assert!(!e.may_cache);
}

#[test]
fn what_is_not_one_clear_object_is_refused() {
    for (body, says) in [
        ("", "EOF"),
        ("[]", "one JSON object"),
        ("\"x\"", "one JSON object"),
        ("{\"model\":\"a\"", "EOF"),
        ("{\"model\":\"a\"} x", "trailing"),
        ("{\"model\":\"a\",\"model\":\"b\"}", "stands twice"),
        (r#"{"model":"a","mod\u0065l":"b"}"#, "stands twice"),
        (r#"{"x":1,"model":"a","x":1}"#, "stands twice"),
        (r#"{"model":"a","Model":"b"}"#, "only in case"),
        (r#"{"model":7}"#, "must be a string"),
        (r#"{"model":null}"#, "must be a string"),
        (r#"{"model":["a"]}"#, "must be a string"),
        (r#"{"model":""}"#, "1 to 256"),
        (r#"{"model":"a b"}"#, "white space"),
        (r#"{"model":"a\u0000"}"#, "control"),
        ("{}", "no \"model\""),
        (r#"{"model":"a","stream":"true"}"#, "true or false"),
        (r#"{"model":"a","stream_options":7}"#, "stream_options"),
        (r#"{"model":"a","fallbacks":[{"model":"b"}]}"#, "fallbacks"),
        (r#"{"model":"a",}"#, "trailing comma"),
        (r#"{"model":"a","t":01}"#, "invalid number"),
        (r#"{"model":"a","t":"\x"}"#, "escape"),
    ] {
        let error = parse(body).expect_err(body);
        assert!(error.contains(says), "{body}: {error}");
    }
    assert!(Envelope::parse(b"{\"model\":\"\xff\"}").is_err());
    assert!(Envelope::parse(b"\xef\xbb\xbf{\"model\":\"a\"}").is_err(), "a byte order mark is not JSON");
}

#[test]
fn an_escaped_name_is_still_the_model() {
    let body = r#"{"mod\u0065l":"a"}"#;
    let e = parse(body).unwrap();
    let (out, _) = e.rewrite(&Bytes::from_static(body.as_bytes()), Some("z"), false);
    assert_eq!(out, r#"{"mod\u0065l":"z"}"#.as_bytes());
}

#[test]
fn only_what_must_change_changes() {
    for (body, model, usage, want) in [
        (r#"{"model":"a","x":1.0}"#, None, false, r#"{"model":"a","x":1.0}"#),
        (r#"{"model":"a","x":1.0}"#, Some("a"), true, r#"{"model":"a","x":1.0}"#),
        (
            r#"{ "x":12345678901234567890, "model" : "a"}"#,
            Some("b\"c"),
            false,
            r#"{ "x":12345678901234567890, "model" : "b\"c"}"#,
        ),
        (
            "{\"model\":\"a\",\"stream\":true}\n",
            None,
            true,
            "{\"model\":\"a\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}\n",
        ),
        (
            r#"{"model":"a","stream":true,"stream_options":{"include_obfuscation":false}}"#,
            Some("b"),
            true,
            r#"{"model":"b","stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false}}"#,
        ),
        (
            r#"{"stream_options":{ },"model":"a","stream":true}"#,
            None,
            true,
            r#"{"stream_options":{"include_usage":true },"model":"a","stream":true}"#,
        ),
        (
            r#"{"stream_options":{"include_usage": false},"model":"a","stream":true}"#,
            None,
            true,
            r#"{"stream_options":{"include_usage": true},"model":"a","stream":true}"#,
        ),
        (
            r#"{"stream_options":null,"model":"a","stream":true}"#,
            None,
            true,
            r#"{"stream_options":{"include_usage":true},"model":"a","stream":true}"#,
        ),
        (
            r#"{"stream_options":{"include_usage":true},"model":"a","stream":true}"#,
            None,
            true,
            r#"{"stream_options":{"include_usage":true},"model":"a","stream":true}"#,
        ),
    ] {
        let e = parse(body).unwrap();
        let (out, added) = e.rewrite(&Bytes::from_static(body.as_bytes()), model, usage);
        assert_eq!(std::str::from_utf8(&out).unwrap(), want);
        assert_eq!(
            added,
            want.contains("include_usage\":true") != body.contains("include_usage\":true")
                || want.contains("include_usage\": true"),
            "{body}"
        );
        Envelope::parse(&out).unwrap();
    }
}

#[test]
fn a_million_names_take_no_quadratic_time() {
    let mut body = String::from("{\"model\":\"a\"");
    for i in 0..200_000 {
        body.push_str(&format!(",\"k{i}\":0"));
    }
    body.push('}');
    assert!(parse(&body).is_ok());
}

#[test]
fn deep_nesting_is_walked_without_recursion() {
    let deep = format!("{{\"model\":\"a\",\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(parse(&deep).is_ok());
}

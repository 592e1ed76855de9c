use super::*;

fn parse(body: &str) -> Result<Envelope, String> {
    parse_as(Dialect::Chat, body)
}

fn parse_as(dialect: Dialect, body: &str) -> Result<Envelope, String> {
    Envelope::parse(body.as_bytes(), dialect).map_err(|p| p.to_string())
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
fn every_answer_that_is_made_is_counted() {
    for (extra, want) in [
        ("", 7),
        (r#","n":3"#, 21),
        (r#","n":2,"best_of":5"#, 35),
        (r#","best_of":5,"n":2"#, 35),
        (r#","prompt":"x""#, 7),
        (r#","prompt":["x","y","z"],"n":2"#, 42),
        (r#","prompt":[1,2,3]"#, 7),
        (r#","prompt":[[1],[2]]"#, 14),
    ] {
        let body = format!(r#"{{"model":"a","max_tokens":7{extra}}}"#);
        assert_eq!(parse(&body).unwrap().max_output, Some(want), "{body}");
    }
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
        (r#"{"model":"a",}"#, "trailing comma"),
        (r#"{"model":"a","t":01}"#, "invalid number"),
        (r#"{"model":"a","t":"\x"}"#, "escape"),
    ] {
        let error = parse(body).expect_err(body);
        assert!(error.contains(says), "{body}: {error}");
    }
    assert!(Envelope::parse(b"{\"model\":\"\xff\"}", Dialect::Chat).is_err());
    assert!(
        Envelope::parse(b"\xef\xbb\xbf{\"model\":\"a\"}", Dialect::Chat).is_err(),
        "a byte order mark is not JSON"
    );
}

#[test]
fn an_escaped_name_is_still_the_model() {
    let body = r#"{"mod\u0065l":"a"}"#;
    let e = parse(body).unwrap();
    let out = e.rewrite(&Bytes::from_static(body.as_bytes()), "z", false, &[]);
    assert_eq!(out.body, r#"{"mod\u0065l":"z"}"#.as_bytes());
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
        let rewritten = e.rewrite(&Bytes::from_static(body.as_bytes()), model.unwrap_or("a"), usage, &[]);
        let (out, added) = (rewritten.body, rewritten.added_usage);
        assert_eq!(std::str::from_utf8(&out).unwrap(), want);
        assert_eq!(
            added,
            want.contains("include_usage\":true") != body.contains("include_usage\":true")
                || want.contains("include_usage\": true"),
            "{body}"
        );
        Envelope::parse(&out, Dialect::Chat).unwrap();
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

/// Every way that a body has to name a further model, or what another token left at the provider.
#[test]
fn what_no_scope_was_asked_about_is_refused() {
    use Dialect::{Chat, Gemini, Messages, Responses};
    for (dialect, extra, says) in [
        (Messages, r#""fallbacks":[{"model":"b"}]"#, "further models"),
        (Messages, r#""Fallbacks":[{"model":"b"}]"#, "further models"),
        (Messages, r#""f\u0061llbacks":[{"model":"b"}]"#, "further models"),
        (
            Messages,
            r#""tools":[{"name":"f"},{"type":"advisor_20260301","name":"advisor","model":"b"}]"#,
            "a model of its own",
        ),
        (Messages, r#""tools":[{"type":"advisor_20260301","mod\u0065l":"b"}]"#, "a model of its own"),
        (Messages, r#""tools":[{"type":"advisor_20260301","Model":"b"}]"#, "a model of its own"),
        (Messages, r#""container":"container_1""#, "container"),
        (Messages, r#""container":{"id":"container_1","skills":[]}"#, "container"),
        (Messages, r#""container":{"i\u0064":"container_1"}"#, "container"),
        (Messages, r#""thread":{"id":"t"}"#, "kept at the provider"),
        (Messages, r#""requests":[{"params":{"model":"b"}}]"#, "further models"),
        (Chat, r#""models":["a","b"]"#, "further models"),
        (Chat, r#""route":"fallback""#, "further models"),
        (Chat, r#""preset":"mine""#, "further models"),
        (Chat, r#""fallback_models":["b"]"#, "further models"),
        (Chat, r#""plugins":[{"id":"auto-router","allowed_models":["b"]}]"#, "a model of its own"),
        (Chat, r#""plugins":[{"id":"x","model":"b"}]"#, "a model of its own"),
        (Chat, r#""tools":[{"type":"openrouter:advisor","parameters":{"model":"b"}}]"#, "a model of its own"),
        (Chat, r#""extra_body":{"google":{"cached_content":"cachedContents/x"}}"#, "kept at the provider"),
        (Chat, r#""cachedContent":"cachedContents/x""#, "kept at the provider"),
        (Responses, r#""prompt":{"id":"pmpt_1"}"#, "template"),
        (Responses, r#""conversation":"conv_1""#, "kept at the provider"),
        (Responses, r#""conversation":{"id":"conv_1"}"#, "kept at the provider"),
        (Responses, r#""background":true"#, "background"),
        (Responses, r#""tools":[{"type":"image_generation","model":"gpt-image-1"}]"#, "a model of its own"),
        (
            Responses,
            r#""tools":[{"type":"namespace","tools":[{"type":"image_generation","model":"x"}]}]"#,
            "a model of its own",
        ),
        (
            Responses,
            r#""input":[{"type":"additional_tools","tools":[{"type":"image_generation","model":"x"}]}]"#,
            "a model of its own",
        ),
        (
            Responses,
            r#""input":[{"type":"additional_tools","t\u006fols":[{"model":"x"}]}]"#,
            "a model of its own",
        ),
        (Responses, r#""tools":[{"type":"file_search","vector_store_ids":["vs_1"]}]"#, "store"),
        (Responses, r#""tools":[{"type":"code_interpreter","container":"cntr_1"}]"#, "container"),
        (Responses, r#""previous_response_id":7"#, "must be a string"),
        (Responses, r#""store":"no""#, "true or false"),
        (Responses, r#""Previous_Response_Id":"resp_1""#, "only in case"),
        (Gemini, r#""cachedContent":"cachedContents/x""#, "kept at the provider"),
        (Gemini, r#""cached_content":"cachedContents/x""#, "kept at the provider"),
        (Gemini, r#""tools":[{"fileSearch":{"fileSearchStoreNames":["s"]}}]"#, "store"),
    ] {
        let body = format!(r#"{{"model":"a",{extra}}}"#);
        let error = parse_as(dialect, &body).expect_err(&body);
        assert!(error.contains(says), "{body}: {error}");
    }
}

#[test]
fn what_only_looks_like_it_passes() {
    use Dialect::{Chat, Gemini, Messages, Responses};
    for (dialect, extra) in [
        (Messages, r#""fallbacks":null"#),
        (Messages, r#""fallbacks":[]"#),
        (Messages, r#""tools":[{"name":"f","input_schema":{"properties":{"model":{"type":"string"}}}}]"#),
        (Messages, r#""tools":[{"type":"web_search_20260318","name":"web_search"}]"#),
        (Messages, r#""container":null"#),
        (Messages, r#""container":{"skills":[{"type":"anthropic","skill_id":"pptx"}]}"#),
        (Messages, r#""messages":[{"role":"user","content":"{\"model\":\"b\",\"fallbacks\":[1]}"}]"#),
        (Messages, r#""background":true"#),
        (
            Chat,
            r#""tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"model":{}}}}}]"#,
        ),
        (Chat, r#""models":[ ]"#),
        (Chat, r#""provider":{"order":["x"]}"#),
        (Chat, r#""plugins":[{"id":"web","max_results":3}]"#),
        (Chat, r#""prompt":"a text, for Completions""#),
        (Chat, r#""metadata":{"model":"x"}"#),
        (Chat, r#""extra_body":{"google":{"thinking_config":{}}}"#),
        (
            Responses,
            r#""tools":[{"type":"image_generation"},{"type":"code_interpreter","container":{"type":"auto"}}]"#,
        ),
        (
            Responses,
            r#""tools":[{"type":"function","name":"f","parameters":{"type":"object","properties":{"model":{}}}}]"#,
        ),
        (Responses, r#""background":false,"conversation":null,"prompt":null"#),
        (Responses, r#""client_metadata":{"model":"x"}"#),
        (Gemini, r#""tools":[{"functionDeclarations":[{"name":"f"}]},{"googleSearch":{}}]"#),
    ] {
        let body = format!(r#"{{"model":"a",{extra}}}"#);
        assert!(parse_as(dialect, &body).is_ok(), "{body}: {:?}", parse_as(dialect, &body));
    }
}

#[test]
fn a_path_names_the_model_and_the_body_may_only_agree() {
    let provider = crate::provider::PROVIDERS[0];
    let read = |operation, stream, sse, body: &str| {
        let named = Named::InPath { model: "g".into(), stream };
        let route = CallRoute { provider, dialect: Dialect::Gemini, operation, named };
        Envelope::read(&route, "application/json", sse, body.as_bytes()).map_err(|p| p.to_string())
    };
    for body in [
        "{}",
        r#"{"model":"g"}"#,
        r#"{"model":"models/g"}"#,
        r#"{"generateContentRequest":{"model":"models/g","contents":[]}}"#,
    ] {
        let envelope = read(Operation::CountTokens, false, false, body).unwrap();
        assert_eq!((envelope.model.as_str(), envelope.stream), ("g", false));
        let same = envelope.rewrite(&Bytes::copy_from_slice(body.as_bytes()), "other", true, &[]);
        assert_eq!(same.body, body.as_bytes(), "the path is renamed, not the body");
    }
    for body in [
        r#"{"model":"models/h"}"#,
        r#"{"Model":"models/h"}"#,
        r#"{"generateContentRequest":{"model":"models/h"}}"#,
        r#"{"generateContentRequest":{"model":"models/g","mod\u0065l":"models/h"}}"#,
        r#"{"generate_content_request":{"model":"models/h"}}"#,
        r#"{"g\u0065nerateContentRequest":{"model":"models/h"}}"#,
        r#"{"generateContentRequest":{"cachedContent":"cachedContents/x"}}"#,
        "[]",
    ] {
        assert!(read(Operation::CountTokens, false, false, body).is_err(), "{body}");
    }
    for (stream, sse, want) in
        [(true, true, (true, false)), (true, false, (false, true)), (false, true, (false, false))]
    {
        let envelope = read(Operation::Generate, stream, sse, "{}").unwrap();
        assert_eq!((envelope.stream, envelope.array), want);
    }
    let limits = r#"{"generationConfig":{"maxOutputTokens":64,"candidateCount":2}}"#;
    assert_eq!(read(Operation::Generate, false, false, limits).unwrap().max_output, Some(128));
}

#[test]
fn a_moderation_without_a_model_gets_the_documented_one_written_in() {
    let provider = crate::provider::PROVIDERS[0];
    let route = CallRoute {
        provider,
        dialect: Dialect::Chat,
        operation: Operation::Moderations,
        named: Named::InBody,
    };
    for (body, want) in [
        (r#"{"input":"x"}"#, r#"{"model":"omni-moderation-latest","input":"x"}"#),
        ("{ }", r#"{"model":"omni-moderation-latest" }"#),
        (r#"{"model":"m","input":"x"}"#, r#"{"model":"m","input":"x"}"#),
    ] {
        let envelope = Envelope::read(&route, "application/json", false, body.as_bytes()).unwrap();
        let out = envelope.rewrite(&Bytes::copy_from_slice(body.as_bytes()), &envelope.model, false, &[]);
        assert_eq!(out.body, want.as_bytes());
    }
    let form = Envelope::read(&route, "multipart/form-data; boundary=b", false, b"--b--");
    assert!(form.unwrap_err().to_string().contains("takes JSON"));
}

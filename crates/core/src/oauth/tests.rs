//! The conformance cases of token endpoints and subscriptions, and what they leave open.

use super::*;
use crate::oauth::chatgpt::Collect;
use bytes::Bytes;
use http::HeaderMap;

const CLAUDE: Issuer = Issuer {
    token_url: "https://platform.claude.com/v1/oauth/token",
    client_id: "9d1c250a-e61b-44d9-88ed-5944d1962f5e",
    json: true,
};
const CHATGPT: Issuer = Issuer {
    token_url: "https://auth.openai.com/oauth/token",
    client_id: "app_EMoamEEZ73f0CkXaXp7hrann",
    json: true,
};
const GOOGLE: Issuer =
    Issuer { token_url: "https://oauth2.googleapis.com/token", client_id: "", json: false };

fn case(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn secret(text: &str) -> Secret {
    Secret::new(text).unwrap()
}

#[test]
fn refreshes_are_asked_for_as_the_cases_say() {
    for (text, issuer, token) in [
        (include_str!("../../../../tests/fixtures/G01/case.json"), CLAUDE, "sk-ant-ort01-OLD"),
        (include_str!("../../../../tests/fixtures/G03/case.json"), CHATGPT, "rt_fixture_old"),
    ] {
        let case = case(text);
        let (body, kind) = refresh(&issuer, &secret(token), None, None);
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), case["upstream_request"]["body"]);
        assert_eq!(kind, case["upstream_request"]["headers"]["content-type"].as_str().unwrap());
        assert_eq!(issuer.token_url, case["upstream_request"]["url"].as_str().unwrap());
    }
    let case = case(include_str!("../../../../tests/fixtures/G08/case.json"));
    let client = Some("CLIENT.apps.googleusercontent.com");
    let (body, kind) = refresh(&GOOGLE, &secret("1//fixture"), client, Some(&secret("FROM_INSTALLED_APP")));
    assert_eq!(body, case["upstream_request"]["body_text"].as_str().unwrap());
    assert_eq!((kind, GOOGLE.token_url), (FORM, case["upstream_request"]["url"].as_str().unwrap()));
}

#[test]
fn answers_are_read_as_the_cases_say() {
    let now = UnixMs(1_795_435_190_000);
    for (text, refresh) in [
        (include_str!("../../../../tests/fixtures/G01/case.json"), Some("sk-ant-ort01-NEW")),
        (include_str!("../../../../tests/fixtures/G03/case.json"), Some("rt_fixture_new")),
        (include_str!("../../../../tests/fixtures/G08/case.json"), None),
        (include_str!("../../../../tests/fixtures/F03/case.json"), None),
    ] {
        let case = case(text);
        let answer = case["upstream_response"]["body"].to_string();
        let grant = read(StatusCode::OK, answer.as_bytes()).ok().unwrap();
        assert_eq!(grant.access.expose(), case["expect_credential"]["access_token"].as_str().unwrap());
        assert_eq!(grant.refresh.as_ref().map(Secret::expose), refresh);
        let lives = case["upstream_response"]["body"]["expires_in"].as_i64().unwrap();
        assert_eq!(grant.expires(now), UnixMs(now.0 + lives * 1000));
        if let Some(at) = case["expect_credential"]["expires_at"].as_i64() {
            assert_eq!(grant.expires(now), UnixMs(at * 1000));
        }
    }
}

#[test]
fn refusals() {
    let final_cases = [
        include_str!("../../../../tests/fixtures/G02/case.json"),
        include_str!("../../../../tests/fixtures/G04/case.json"),
    ];
    for text in final_cases {
        let answer = &case(text)["upstream_response"];
        let status =
            StatusCode::from_u16(u16::try_from(answer["status"].as_u64().unwrap()).unwrap()).unwrap();
        assert_eq!(read(status, answer["body"].to_string().as_bytes()).err(), Some(Refused::ForGood));
    }
    for (status, body, want) in [
        (400, r#"{"error":"invalid_grant"}"#, Refused::ForGood),
        (401, r#"{"error":"invalid_client","error_description":"AADSTS7000215: wrong"}"#, Refused::ForGood),
        (400, r#"{"error":"invalid_request"}"#, Refused::ForNow),
        (400, r#"{"error":{"type":"invalid_grant"}}"#, Refused::ForGood),
        (500, r#"{"error":"invalid_grant"}"#, Refused::ForNow),
        (429, r#"{"error":"invalid_grant"}"#, Refused::ForNow),
        (400, "<html>invalid_grant", Refused::ForNow),
        (404, "", Refused::ForNow),
        (200, "{}", Refused::ForNow),
        (200, r#"{"access_token":""}"#, Refused::ForNow),
        (200, r#"{"access_token":7}"#, Refused::ForNow),
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(read(status, body.as_bytes()).err(), Some(want), "{status} {body}");
    }
}

#[test]
fn a_token_that_does_not_say_how_long_it_lives() {
    let now = UnixMs(1000);
    let jwt = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"exp":1795435200}"#));
    for (body, want) in [
        (format!(r#"{{"access_token":"{jwt}"}}"#), UnixMs(1_795_435_200_000)),
        (r#"{"access_token":"opaque"}"#.to_owned(), now + LIFE),
        (r#"{"access_token":"opaque","expires_in":"60"}"#.to_owned(), UnixMs(61_000)),
    ] {
        assert_eq!(read(StatusCode::OK, body.as_bytes()).ok().unwrap().expires(now), want, "{body}");
    }
}

#[test]
fn the_subscriptions_flag_is_named_once() {
    for (given, want) in [
        (&[][..], &["oauth-2025-04-20"][..]),
        (&["claude-code-20250219"], &["claude-code-20250219,oauth-2025-04-20"]),
        (&["a, oauth-2025-04-20"], &["a, oauth-2025-04-20"]),
        (&["a", "oauth-2025-04-20"], &["a", "oauth-2025-04-20"]),
        (&["a", "b"], &["a,oauth-2025-04-20", "b"]),
        (&[""], &["oauth-2025-04-20"]),
    ] {
        let mut headers = HeaderMap::new();
        for value in given {
            headers.append("anthropic-beta", value.parse().unwrap());
        }
        claude::add_flag(&mut headers);
        let all: Vec<&str> = headers.get_all("anthropic-beta").iter().map(|v| v.to_str().unwrap()).collect();
        assert_eq!(all, want);
    }
    for (agent, want) in [
        ("claude-cli/2.1.330 (external, cli)", true),
        ("curl/8", false),
        ("x claude-cli/", false),
        ("", false),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert("user-agent", agent.parse().unwrap());
        assert_eq!(claude::is_claude_code(&headers), want, "{agent}");
    }
}

#[test]
fn a_chatgpt_body_has_what_the_endpoint_insists_on() {
    let case = case(include_str!("../../../../tests/fixtures/G06/case.json"));
    let (body, gone) = chatgpt::body(&case["request"]["body"].to_string().into());
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), case["upstream_request"]["body"]);
    assert_eq!(gone, ["max_output_tokens"]);
    for (text, want) in [
        // As Codex sends it.
        (
            r#"{"model":"m","instructions":"i","input":[],"store":false,"stream":true,"include":["reasoning.encrypted_content"],"x":1.0}"#,
            r#"{"model":"m","instructions":"i","input":[],"store":false,"stream":true,"include":["reasoning.encrypted_content"],"x":1.0}"#,
        ),
        (
            r#"{"input":"a\"b","instructions":null,"include":["x"],"stream":true,"store":true}"#,
            r#"{"input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"a\"b"}]}],"stream":true,"instructions":"","store":false,"include":["x","reasoning.encrypted_content"]}"#,
        ),
    ] {
        let (body, _) = chatgpt::body(&Bytes::from_static(text.as_bytes()));
        assert_eq!(std::str::from_utf8(&body).unwrap(), want);
    }
    let token = format!(
        "e30.{}.c2ln",
        URL_SAFE_NO_PAD.encode(r#"{"https://api.openai.com/auth":{"chatgpt_account_id":"acc"}}"#)
    );
    assert_eq!(chatgpt::account_of(&secret(&token)).as_deref(), Some("acc"));
    assert_eq!(chatgpt::account_of(&secret("opaque")), None);
}

#[test]
fn a_streamed_answer_is_collected_for_every_split() {
    let case = case(include_str!("../../../../tests/fixtures/G06/case.json"));
    let stream = include_bytes!("../../../../tests/fixtures/G06/upstream.sse");
    for cut in 0..=stream.len() {
        let (first, rest) = stream.split_at(cut);
        let mut collect = Collect::default();
        collect.push(first);
        collect.push(rest);
        let answer: Value = serde_json::from_slice(&collect.finish().unwrap()).unwrap();
        assert_eq!(answer, case["client_response"]["body"], "cut at {cut}");
    }
    let mut collect = Collect::default();
    collect.push(&stream[..stream.len() / 2]);
    assert!(collect.finish().is_none());
}

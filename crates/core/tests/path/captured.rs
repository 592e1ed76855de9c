//! Prompts and answers: kept only where the operator asked for it, sealed, redacted, for a time.

use super::*;
use crate::admin::{ask, refused};
use proxyagent_core::maintain::maintain;
use proxyagent_core::time::Millis;

const KEY: (&str, &str) =
    ("PROXYAGENT_SECRET_KEY", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
const STRAY: &str = "ghp_0123456789abcdefABCDEF0123456789abcd";

fn stage() -> Stage {
    let stage = Stage::with(&Limits::default(), &[KEY]);
    ask(&stage.proxy, "PATCH", "/admin/tokens/tok_1", r#"{"capture_seconds":3600}"#);
    stage
}

fn call(stage: &Stage, prompt: &str) -> String {
    stage.script(stream_reply());
    let body = MESSAGES_STREAM.replace("\"hi\"", &format!("\"{prompt}\""));
    let request = Request::post("/anthropic/v1/messages")
        .header("x-api-key", &stage.token)
        .body(Bytes::from(body))
        .unwrap();
    assert_eq!(stage.ask(request).status, 200);
    let rows = stage.rows("SELECT MAX(id) AS id FROM proxy_agent_calls");
    rows[0][0].text().unwrap().to_owned()
}

fn content(stage: &Stage, id: &str) -> serde_json::Value {
    ask(&stage.proxy, "GET", &format!("/admin/logs/{id}/content"), "")
}

#[test]
fn a_call_is_kept_sealed_and_redacted_and_reading_it_is_recorded() {
    let stage = stage();
    let id = call(&stage, &format!("my words and {STRAY} and {ANTHROPIC_KEY}"));
    let kept = content(&stage, &id);
    let request = kept["request"].as_str().unwrap();
    assert!(request.contains("my words and [redacted:github-token] and [redacted]"), "{request}");
    assert_eq!(kept["answer"], STREAM.concat());
    let sealed = stage.rows("SELECT request, answer, key_id FROM proxy_agent_captures");
    assert!(!format!("{sealed:?}").contains("my words") && !format!("{sealed:?}").contains("message_stop"));
    let audit = ask(&stage.proxy, "GET", "/admin/audit?limit=1", "");
    assert_eq!(
        (&audit["entries"][0]["action"], audit["entries"][0]["subject"].as_str()),
        (&"content.read".into(), Some(&*id))
    );
    assert!(!stage.proxy.platform.take_records().is_empty());
}

#[test]
fn a_whole_answer_and_a_failure_are_kept_too() {
    let stage = stage();
    stage.script(Reply::json(
        200,
        r#"{"content":[{"type":"text","text":"an answer"}],"usage":{"input_tokens":1,"output_tokens":1}}"#,
    ));
    assert_eq!(stage.post("/anthropic/v1/messages", MESSAGES).status, 200);
    let id = stage.rows("SELECT id FROM proxy_agent_calls")[0][0].text().unwrap().to_owned();
    assert!(content(&stage, &id)["answer"].as_str().unwrap().contains("an answer"));
    assert_eq!(content(&stage, &id)["request"], MESSAGES);
}

#[test]
fn nothing_is_kept_when_nobody_asked_or_the_time_is_over() {
    let stage = stage();
    stage.proxy.platform.pass(Millis::seconds(3600));
    let late = call(&stage, "too late");
    refused(&stage.proxy, "GET", &format!("/admin/logs/{late}/content"), "", 404);
    ask(&stage.proxy, "PATCH", "/admin/tokens/tok_1", r#"{"capture_seconds":60}"#);
    ask(&stage.proxy, "PATCH", "/admin/tokens/tok_1", r#"{"capture_seconds":null}"#);
    call(&stage, "switched off");
    assert!(stage.rows("SELECT call_id FROM proxy_agent_captures").is_empty());
    for wrong in ["0", "-1", "604801"] {
        let body = format!(r#"{{"capture_seconds":{wrong}}}"#);
        refused(&stage.proxy, "PATCH", "/admin/tokens/tok_1", &body, 400);
    }
}

#[test]
fn without_a_master_key_it_cannot_be_switched_on() {
    let stage = Stage::new(&Limits::default());
    let said = refused(&stage.proxy, "PATCH", "/admin/tokens/tok_1", r#"{"capture_seconds":60}"#, 400);
    assert!(said.contains("master key"), "{said}");
    let said = refused(&stage.proxy, "POST", "/admin/tokens", r#"{"label":"x","capture_seconds":60}"#, 400);
    assert!(said.contains("master key"), "{said}");
    call(&stage, "nothing kept");
    assert!(stage.rows("SELECT call_id FROM proxy_agent_captures").is_empty());
}

#[test]
fn swapped_contents_do_not_open_and_old_ones_are_removed() {
    let stage = stage();
    let (one, _) = (call(&stage, "the first"), stage.proxy.platform.pass(Millis(5)));
    call(&stage, "the second");
    stage.proxy.platform.query(
        "UPDATE proxy_agent_captures SET request = (SELECT MAX(request) FROM proxy_agent_captures), \
         answer = (SELECT MIN(answer) FROM proxy_agent_captures)",
    );
    let path = format!("/admin/logs/{one}/content");
    let said = refused(&stage.proxy, "GET", &path, "", 400);
    assert!(said.contains("does not open"), "{said}");
    stage.proxy.platform.pass(Millis::seconds(91 * 86_400));
    run(maintain(&stage.proxy)).unwrap();
    assert!(stage.rows("SELECT call_id FROM proxy_agent_captures").is_empty());
}

#[test]
fn with_a_master_key_an_entry_of_somebody_without_it_does_not_pass() {
    let stage = stage();
    call(&stage, "x");
    let verdict = ask(&stage.proxy, "GET", "/admin/audit/verify", "");
    assert_eq!((&verdict["ok"], &verdict["signed_entries"]), (&true.into(), &verdict["entries"]));
    ask(&stage.proxy, "PATCH", "/admin/tokens/tok_1", r#"{"label":"y"}"#);
    for change in [
        "UPDATE proxy_agent_audit SET mac = NULL WHERE seq = 2",
        "UPDATE proxy_agent_audit SET mac = (SELECT MIN(mac) FROM proxy_agent_audit) WHERE seq > 0",
    ] {
        stage.proxy.platform.query(change);
        let verdict = ask(&stage.proxy, "GET", "/admin/audit/verify", "");
        assert_eq!(verdict["altered"]["how"], "written without the master key", "{change}");
    }
}

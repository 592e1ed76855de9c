//! A credential in the wrong field is neither logged nor stored.

use super::*;

const STRAY: &str = "sk-proj-Stray0123456789abcdefghij";

#[test]
fn a_key_where_a_model_or_an_id_belongs_is_kept_nowhere() {
    let request_id = format!("r-{}", "ghp_0123456789abcdefABCDEF0123456789abcd");
    for (stray, kept) in [(STRAY, "[redacted:openai-project-key]"), (ANTHROPIC_KEY, "[redacted]")] {
        // Admitted and sent; refused by scope; not understood.
        for (scope, status) in [(None, 200), (Some("[\"mock\"]"), 403)] {
            let stage = Stage::new(&Limits { scope, ..Limits::default() });
            stage.script(stream_reply());
            let body = MESSAGES_STREAM.replace("claude-opus-5-5", stray);
            let request = Request::post("/anthropic/v1/messages")
                .header("x-api-key", &stage.token)
                .header("x-proxyagent-request-id", &request_id)
                .body(Bytes::from(body))
                .unwrap();
            let got = stage.ask(request);
            assert_eq!(got.status, status);
            assert_eq!(got.header("x-proxyagent-request-id"), Some(&*request_id), "the caller's own");
            let rows = stage.rows("SELECT asked_model, model, request_id FROM proxy_agent_calls");
            assert_eq!(rows, [[kept.into(), kept.into(), "r-[redacted:github-token]".into()]]);
            let usage = stage.rows("SELECT model FROM proxy_agent_usage");
            assert!(
                usage.iter().all(|row| row[0].text().is_some_and(|model| model == kept || model.is_empty()))
            );
            let [record] = &stage.proxy.platform.take_records()[..] else { panic!("one line") };
            assert_eq!(record.asked.as_ref().unwrap().model, kept);
            assert_eq!(record.target.as_ref().unwrap().model, kept);
            if status == 200 {
                let sent = &stage.proxy.platform.take_sent()[0];
                assert!(
                    String::from_utf8_lossy(sent.request.body()).contains(stray),
                    "the call itself is not touched"
                );
            }
        }
    }
}

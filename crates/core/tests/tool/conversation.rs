//! Conversations in which the proxy runs its tools, in every dialect, streamed and whole: what each side sees is a
//! transcript in `golden/tools`. After a wanted change: `cargo test -p proxyagent-core --test main -- --ignored
//! rewrite_tool_transcripts`, and read the difference.

use super::turns::Say::{self, Call, Text, Thought};
use super::turns::{crumbled, reply};
use super::*;
use crate::world::Reply;
use bytes::Bytes;
use proxyagent_core::dialect::Dialect;
use serde_json::json;
use std::fs;
use std::path::PathBuf;

struct Case {
    name: &'static str,
    turns: &'static [&'static [Say]],
    /// What the tools answer, in order: (status, body).
    tools: &'static [(u16, &'static str)],
    steps: &'static str,
}

const FINAL: &[Say] = &[Text("It is 3 degrees.")];
const CASES: &[Case] = &[
    Case {
        name: "one",
        turns: &[
            &[Thought("Look."), Text("Let me see."), Call("c1", "weather", r#"{"city":"Oslo"}"#)],
            &[Thought("Cold."), Text("It is 3 degrees.")],
        ],
        tools: &[(200, r#"{"t":3}"#)],
        steps: "1",
    },
    Case {
        name: "three-at-once",
        turns: &[
            &[
                Call("c1", "weather", r#"{"city":"Oslo"}"#),
                Call("c2", "weather", r#"{"city":"Rome"}"#),
                Call("c3", "note", r#"{"text":"x"}"#),
            ],
            FINAL,
        ],
        tools: &[(200, "cold"), (200, "warm"), (200, "kept")],
        steps: "1",
    },
    Case {
        name: "two-steps",
        turns: &[
            &[Text("First Oslo."), Call("c1", "weather", r#"{"city":"Oslo"}"#)],
            &[Text("Now Rome."), Call("c2", "weather", r#"{"city":"Rome"}"#)],
            FINAL,
        ],
        tools: &[(200, "cold"), (200, "warm")],
        steps: "2",
    },
    // The caller's own call comes back alone; the proxy's is not run: its result would be lost.
    Case {
        name: "mixed",
        turns: &[&[
            Text("Both."),
            Call("c1", "weather", r#"{"city":"Oslo"}"#),
            Call("c2", "Bash", r#"{"command":"ls"}"#),
        ]],
        tools: &[],
        steps: "0",
    },
    Case {
        name: "callers-own",
        turns: &[&[Text("Mine."), Call("c2", "Bash", r#"{"command":"ls"}"#)]],
        tools: &[],
        steps: "0",
    },
    Case {
        name: "failing",
        turns: &[&[Call("c1", "weather", r#"{"city":"Oslo"}"#), Call("c2", "weather", "{}")], FINAL],
        tools: &[(500, "out of order")],
        steps: "1",
    },
    Case {
        name: "over-the-limit",
        turns: &[&[Call("c1", "weather", r#"{"city":"Oslo"}"#)], FINAL],
        tools: &[(200, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")],
        steps: "1",
    },
];

#[test]
fn transcripts() {
    for case in CASES {
        for dialect in Dialect::ALL {
            for stream in [false, true] {
                let golden = fs::read_to_string(path(case, dialect, stream)).unwrap_or_default();
                let got = transcript(case, dialect, stream, false);
                assert_eq!(got, golden, "{} {} {stream}", case.name, dialect.name());
                if stream {
                    assert_eq!(transcript(case, dialect, true, true), golden, "{} byte by byte", case.name);
                }
            }
        }
    }
    let files = fs::read_dir(path(&CASES[0], Dialect::Chat, false).parent().unwrap()).unwrap().count();
    assert_eq!(files, CASES.len() * 8, "a golden file without a case");
}

#[test]
#[ignore = "rewrites the golden files"]
fn rewrite_tool_transcripts() {
    for case in CASES {
        for dialect in Dialect::ALL {
            for stream in [false, true] {
                fs::write(path(case, dialect, stream), transcript(case, dialect, stream, false)).unwrap();
            }
        }
    }
}

fn path(case: &Case, dialect: Dialect, stream: bool) -> PathBuf {
    let kind = if stream { "stream" } else { "whole" };
    let name = format!("tests/golden/tools/{}-{}-{kind}.txt", case.name, dialect.name());
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub(super) fn talking(limits: &Limits) -> Stage {
    let settings =
        [("PROXYAGENT_TOOLS", TOOLS), ("TAVILY_API_KEY", "tvly-CANARY"), ("GEMINI_API_KEY", "AIza-CANARY")];
    awake(Stage::with(limits, &settings))
}

/// A turn's pieces wait for the caller, and here waiting would end at once.
pub(super) fn awake(stage: Stage) -> Stage {
    stage.proxy.platform.set_sleepless();
    stage
}

/// The caller's request: it brings a tool of its own and forces a call.
pub(super) fn opening(
    dialect: Dialect,
    stream: bool,
    token: &str,
    headers: &[(&str, &str)],
) -> Request<Bytes> {
    let schema = json!({"type": "object", "properties": {"command": {"type": "string"}}});
    let (path, body) = match dialect {
        Dialect::Messages => (
            "/anthropic/v1/messages".to_owned(),
            json!({"model": "claude-opus-5-5", "max_tokens": 100, "stream": stream, "tools": [{"name": "Bash", "input_schema": schema}],
                "tool_choice": {"type": "any"}, "messages": [{"role": "user", "content": "How cold is it?"}]}),
        ),
        Dialect::Chat => (
            "/openai/v1/chat/completions".to_owned(),
            json!({"model": "gpt-6.1-terra", "max_completion_tokens": 100, "stream": stream, "stream_options": {"include_usage": true},
                "tools": [{"type": "function", "function": {"name": "Bash", "parameters": schema}}], "tool_choice": "required",
                "messages": [{"role": "user", "content": "How cold is it?"}]}),
        ),
        Dialect::Responses => (
            "/openai/v1/responses".to_owned(),
            json!({"model": "gpt-6.1-sol", "max_output_tokens": 100, "stream": stream, "store": false,
                "tools": [{"type": "function", "name": "Bash", "parameters": schema}], "input": "How cold is it?"}),
        ),
        Dialect::Gemini => (
            format!(
                "/gemini/v1beta/models/gemini-4-flash:{}",
                if stream { "streamGenerateContent?alt=sse" } else { "generateContent" }
            ),
            json!({"contents": [{"role": "user", "parts": [{"text": "How cold is it?"}]}], "generationConfig": {"maxOutputTokens": 100},
                "tools": [{"functionDeclarations": [{"name": "Bash", "parameters": schema}]}],
                "toolConfig": {"functionCallingConfig": {"mode": "ANY"}}}),
        ),
    };
    let mut request = Request::post(path).header("x-api-key", token).header("idempotency-key", "k1");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::from(body.to_string())).unwrap()
}

fn transcript(case: &Case, dialect: Dialect, stream: bool, bytewise: bool) -> String {
    let stage =
        talking(&Limits { scope: Some(r#"["*:*", "tool:weather", "tool:note"]"#), ..Limits::default() });
    let mut tools = case.tools.iter();
    for (turn, says) in (1..).zip(case.turns) {
        stage.script(if bytewise {
            crumbled(dialect, turn, says)
        } else {
            reply(dialect, stream, turn, says)
        });
        if usize::try_from(turn).unwrap() < case.turns.len() {
            let runs =
                says.iter().filter(|say| matches!(say, Call(_, _, arguments) if *arguments != "{}")).count();
            for (status, body) in tools.by_ref().take(runs) {
                stage.script(Reply::json(*status, body));
            }
        }
    }
    let got = stage.ask(opening(dialect, stream, &stage.token, &[("x-proxyagent-tools", "on")]));
    let mut out = String::new();
    for sent in stage.proxy.platform.take_sent() {
        let request = sent.request;
        assert!(!request.headers().contains_key("idempotency-key"));
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        out += &format!("--> {} {}\n{body}\n\n", request.method(), request.uri());
    }
    assert_eq!(got.status, 200, "{}", got.text());
    if stream {
        assert!(
            got.text().contains(&format!(": x-proxyagent-tool-steps {}\n", case.steps)),
            "{}",
            got.text()
        );
    } else {
        assert_eq!(got.header("x-proxyagent-tool-steps"), Some(case.steps));
    }
    let count = |state: &'static str| stage.rows(state).len();
    assert_eq!(
        count("SELECT id FROM proxy_agent_calls WHERE operation = 'generate' AND state = 'settled'"),
        case.turns.len()
    );
    assert_eq!(count("SELECT id FROM proxy_agent_calls WHERE state = 'open'"), 0);
    assert_eq!(count("SELECT DISTINCT request_id FROM proxy_agent_calls"), 1, "one request of the caller's");
    format!("{out}<-- caller\n{}\n", got.text())
}

//! The mock's answers, byte for byte: against the shared conformance fixtures K*, and against golden files.
//! After a wanted change: `cargo test -p proxyagent-core --test mock_golden -- --ignored`, and read the difference.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use proxyagent_core::dialect::{Dialect, Operation};
use proxyagent_core::mock::{Answer, Ask, answer};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

struct Case {
    name: String,
    dialect: Dialect,
    operation: Operation,
    stream: bool,
    status: u16,
    body: Value,
}

#[test]
fn golden_files() {
    let cases = cases();
    for case in &cases {
        let answer = ask(case.dialect, case.operation, case.stream, &case.body);
        assert_eq!(answer.status, case.status, "{}", case.name);
        let streams = answer.content_type == "text/event-stream; charset=utf-8";
        assert!(streams || answer.content_type == "application/json", "{}", case.name);
        assert!(path(case).ends_with(format!("{}.{}", case.name, if streams { "sse" } else { "json" })));
        let golden = fs::read_to_string(path(case)).unwrap_or_default();
        assert_eq!(text(&answer), golden, "{}", case.name);
    }
    let files = fs::read_dir(golden_dir()).unwrap().count();
    assert_eq!(files, cases.len(), "a golden file without a case");
}

#[test]
#[ignore = "rewrites the golden files"]
fn rewrite_golden_files() {
    for case in cases() {
        let answer = ask(case.dialect, case.operation, case.stream, &case.body);
        fs::write(path(&case), text(&answer)).unwrap();
    }
}

/// The numbers in ids are masked: the fixtures number answers through all cases, the mock within a conversation.
#[test]
fn conformance_fixtures() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    for id in ["K01", "K02", "K03", "K05", "K06", "K07", "K09", "K10"] {
        let dir = fixtures.join(id);
        let case: Value = serde_json::from_str(&fs::read_to_string(dir.join("case.json")).unwrap()).unwrap();
        let path = case["request"]["path"].as_str().unwrap();
        let (dialect, operation) = match path {
            "/v1/messages" => (Dialect::Messages, Operation::Generate),
            "/v1/messages/count_tokens" => (Dialect::Messages, Operation::CountTokens),
            "/v1/responses" => (Dialect::Responses, Operation::Generate),
            _ => (Dialect::Gemini, Operation::Generate),
        };
        let body = &case["request"]["body"];
        let answer = ask(dialect, operation, body["stream"] == true || path.contains(":stream"), body);
        let wanted = &case["client_response"];
        let bytes = match wanted["body_file"].as_str() {
            Some(file) => fs::read_to_string(dir.join(file)).unwrap(),
            None => wanted["body"].to_string(),
        };
        assert_eq!(wanted["status"], answer.status, "{id}");
        assert_eq!(wanted["headers"]["content-type"], answer.content_type, "{id}");
        assert_eq!(mask(&text(&answer)), mask(&bytes), "{id}");
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let generate = Operation::Generate;
    for dialect in Dialect::ALL {
        let mut add = |name: &str, operation, stream, status, body| {
            let name = format!("{}-{name}", dialect.name());
            cases.push(Case { name, dialect, operation, stream, status, body });
        };
        let greeting = user(
            dialect,
            "Grüß dich! Dieser Satz ist länger als ein Stück eines Stroms, damit er geteilt wird.",
        );
        let call = with_tool(dialect, user(dialect, "[[mock:tool Bash {\"command\":\"echo hi\"}]]"));
        let title = with_schema(dialect, user(dialect, "a title"));
        let counted = if dialect == Dialect::Chat { 404 } else { 200 };
        add("text-stream", generate, true, 200, greeting.clone());
        add("text-whole", generate, false, 200, greeting.clone());
        add("tool-stream", generate, true, 200, call.clone());
        add("tool-whole", generate, false, 200, call);
        add("result-stream", generate, true, 200, with_tool(dialect, result(dialect)));
        add("error", generate, true, 429, user(dialect, "please [[mock:error 429]]"));
        add("malformed", generate, false, 400, json!({"model": "mock"}));
        add("structured", generate, false, 200, title.clone());
        add("structured-stream", generate, true, 200, title);
        add("tokens", generate, false, 200, user(dialect, "[[mock:tokens 1000 20]]"));
        add("cut", generate, true, 200, user(dialect, "[[mock:cut]]"));
        add("count", Operation::CountTokens, false, counted, greeting);
    }
    let mut usage = user(Dialect::Chat, "hi");
    usage["stream_options"] = json!({"include_usage": true});
    let custom = json!({"input": [
        {"type": "additional_tools", "role": "developer", "tools": [
            {"type": "namespace", "name": "functions", "tools": [{"type": "custom", "name": "exec"}]},
        ]},
        {"type": "message", "role": "user", "content": [
            {"type": "input_text", "text": "[[mock:tool exec await tools.exec_command({cmd: \"echo hi\"})]]"},
        ]},
    ]});
    for (name, dialect, body) in [
        ("chat-usage-stream", Dialect::Chat, usage),
        ("responses-custom-tool-stream", Dialect::Responses, custom),
    ] {
        cases.push(Case {
            name: name.to_owned(),
            dialect,
            operation: generate,
            stream: true,
            status: 200,
            body,
        });
    }
    cases
}

fn user(dialect: Dialect, text: &str) -> Value {
    match dialect {
        Dialect::Messages | Dialect::Chat => json!({"messages": [{"role": "user", "content": text}]}),
        Dialect::Responses => json!({"input": text}),
        Dialect::Gemini => json!({"contents": [{"role": "user", "parts": [{"text": text}]}]}),
    }
}

fn with_tool(dialect: Dialect, mut body: Value) -> Value {
    let schema =
        json!({"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]});
    body["tools"] = match dialect {
        Dialect::Messages => json!([{"name": "Bash", "input_schema": schema}]),
        Dialect::Chat => json!([{"type": "function", "function": {"name": "Bash", "parameters": schema}}]),
        Dialect::Responses => json!([{"type": "function", "name": "Bash", "parameters": schema}]),
        Dialect::Gemini => {
            json!([{"functionDeclarations": [{"name": "Bash", "parametersJsonSchema": schema}]}])
        }
    };
    body
}

/// The second request of a tool turn.
fn result(dialect: Dialect) -> Value {
    let directive = "[[mock:tool Bash {\"command\":\"echo hi\"}]]";
    let input = json!({"command": "echo hi"});
    match dialect {
        Dialect::Messages => json!({"messages": [
            {"role": "user", "content": directive},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_mock_1", "name": "Bash", "input": input}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_mock_1", "content": "hi\n"}]},
        ]}),
        Dialect::Chat => json!({"messages": [
            {"role": "user", "content": directive},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "call_mock_1", "type": "function", "function": {"name": "Bash", "arguments": input.to_string()}},
            ]},
            {"role": "tool", "tool_call_id": "call_mock_1", "content": "hi\n"},
        ]}),
        Dialect::Responses => json!({"input": [
            {"role": "user", "content": directive},
            {"type": "function_call", "call_id": "call_mock_1", "name": "Bash", "arguments": input.to_string()},
            {"type": "function_call_output", "call_id": "call_mock_1", "output": "hi\n"},
        ]}),
        Dialect::Gemini => json!({"contents": [
            {"role": "user", "parts": [{"text": directive}]},
            {"role": "model", "parts": [{"functionCall": {"id": "mock-1", "name": "Bash", "args": input}}]},
            {"role": "user", "parts": [
                {"functionResponse": {"id": "mock-1", "name": "Bash", "response": {"output": "hi\n"}}},
            ]},
        ]}),
    }
}

fn with_schema(dialect: Dialect, mut body: Value) -> Value {
    let schema = json!({
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "score": {"type": "integer", "minimum": 1, "maximum": 100},
            "note": {"type": "string"},
        },
        "required": ["title", "score"],
        "additionalProperties": false,
    });
    let named = json!({"type": "json_schema", "name": "t", "strict": true, "schema": schema});
    let (key, format) = match dialect {
        Dialect::Messages => ("output_config", json!({"format": {"type": "json_schema", "schema": schema}})),
        Dialect::Chat => ("response_format", json!({"type": "json_schema", "json_schema": named})),
        Dialect::Responses => ("text", json!({"format": named})),
        Dialect::Gemini => (
            "generationConfig",
            json!({"responseMimeType": "application/json", "responseJsonSchema": schema}),
        ),
    };
    body[key] = format;
    body
}

fn ask(dialect: Dialect, operation: Operation, stream: bool, body: &Value) -> Answer {
    answer(&Ask { dialect, operation, model: "mock", stream, body: body.to_string().as_bytes() })
}

fn text(answer: &Answer) -> String {
    answer.pieces.iter().map(|piece| std::str::from_utf8(&piece.bytes).unwrap()).collect()
}

/// Puts `#` for the number in `msg_mock_3`, `chatcmpl-mock-3` or `mock-3`.
fn mask(text: &str) -> String {
    let mut masked = String::new();
    for c in text.chars() {
        let in_id = ["mock_", "mock-", "mock_#", "mock-#"].iter().any(|mark| masked.ends_with(mark));
        match c.is_ascii_digit() && in_id {
            true if masked.ends_with('#') => {}
            true => masked.push('#'),
            false => masked.push(c),
        }
    }
    masked
}

fn path(case: &Case) -> PathBuf {
    let extension = if case.stream && case.status == 200 { "sse" } else { "json" };
    golden_dir().join(format!("{}.{extension}", case.name))
}

fn golden_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/mock")
}

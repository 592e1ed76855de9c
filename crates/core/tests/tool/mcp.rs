//! The Model Context Protocol, message by message.

use super::*;
use crate::world::Reply;
use bytes::Bytes;
use serde_json::json;

fn send(stage: &Stage, message: &str, headers: &[(&str, &str)]) -> Got {
    let mut request = Request::post("/mcp").header("authorization", format!("Bearer {}", stage.token));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    stage.ask(request.body(Bytes::copy_from_slice(message.as_bytes())).unwrap())
}

#[test]
fn a_session_of_requests() {
    let stage = stage(&Limits { scope: Some(r#"["tool:weather"]"#), ..Limits::default() });
    stage.script(Reply::json(200, r#"{"t":3}"#));
    for (method, params, want) in [
        (
            "initialize",
            json!({"protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}),
            json!({"protocolVersion": "2025-03-26", "capabilities": {"tools": {}},
                "serverInfo": {"name": "proxyagent", "title": "proxyagent tools", "version": "1.0.0"}}),
        ),
        ("ping", json!({}), json!({})),
        (
            "tools/call",
            json!({"name": "weather", "arguments": {"city": "x"}}),
            json!({"content": [{"type": "text", "text": "{\"t\":3}"}], "isError": false}),
        ),
        (
            "tools/call",
            json!({"name": "weather"}),
            json!({"content": [{"type": "text", "text": "arguments lacks \"city\""}], "isError": true}),
        ),
    ] {
        let message = json!({"jsonrpc": "2.0", "id": "i1", "method": method, "params": params});
        let got = send(&stage, &message.to_string(), &[]);
        assert_eq!(got.status, 200);
        assert_eq!(got.header("content-type"), Some("application/json"));
        assert_eq!(json(&got), json!({"jsonrpc": "2.0", "id": "i1", "result": want}), "{method}");
    }
    let got = send(&stage, r#"{"jsonrpc":"2.0","id":7,"method":"tools/list"}"#, &[]);
    let tools = &json(&got)["result"]["tools"];
    assert_eq!((tools.as_array().unwrap().len(), &tools[0]["name"]), (1, &json!("weather")));
    assert_eq!(tools[0]["inputSchema"]["required"], json!(["city"]));
    assert_eq!(stage.rows("SELECT tool, outcome FROM proxy_agent_tool_calls").len(), 2);
}

#[test]
fn the_newest_revision_is_offered_to_who_asks_for_another() {
    let stage = stage(&Limits::default());
    for (asked, given) in [
        ("2025-11-25", "2025-11-25"),
        ("2024-11-05", "2024-11-05"),
        ("2099-01-01", "2025-11-25"),
        ("", "2025-11-25"),
    ] {
        let message =
            json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": asked}});
        assert_eq!(json(&send(&stage, &message.to_string(), &[]))["result"]["protocolVersion"], given);
    }
}

#[test]
fn nothing_is_said_to_what_asks_nothing() {
    let stage = stage(&Limits::default());
    for message in [
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
        r#"[{"jsonrpc":"2.0","method":"notifications/initialized"}]"#,
    ] {
        let got = send(&stage, message, &[]);
        assert_eq!((got.status, got.text().as_str()), (202, ""), "{message}");
    }
}

#[test]
fn errors_table() {
    let stage = stage(&Limits { scope: Some(r#"["tool:weather"]"#), ..Limits::default() });
    for (message, status, code) in [
        ("{", 400, -32700),
        ("{}", 400, -32600),
        ("[]", 400, -32600),
        (r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, 400, -32600),
        (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, 400, -32600),
        (r#"{"jsonrpc":"2.0","id":1,"method":"resources/list"}"#, 200, -32601),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nothing"}}"#, 200, -32602),
        // Not in the scope: as if it were not there.
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"web_search","arguments":{"query":"x"}}}"#,
            200,
            -32602,
        ),
    ] {
        let got = send(&stage, message, &[]);
        assert_eq!((got.status, json(&got)["error"]["code"].as_i64()), (status, Some(code)), "{message}");
    }
    assert!(stage.proxy.platform.take_sent().is_empty());
    let got = send(
        &stage,
        r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}]"#,
        &[],
    );
    assert_eq!(json(&got).as_array().unwrap().len(), 2, "the revision of 2025-03-26 has batches");
}

#[test]
fn who_may_ask() {
    let stage = stage(&Limits::default());
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    for (headers, status) in [
        (vec![], 200),
        (vec![("mcp-protocol-version", "2025-06-18")], 200),
        (vec![("mcp-protocol-version", "1999-01-01")], 400),
        (vec![("origin", "http://localhost:6274")], 200),
        (vec![("origin", "http://127.0.0.1")], 200),
        (vec![("origin", "https://evil.example")], 403),
        (vec![("origin", "http://localhost.evil.example")], 403),
        (vec![("origin", "null")], 403),
    ] {
        assert_eq!(send(&stage, ping, &headers).status, status, "{headers:?}");
    }
    let nobody = Request::post("/mcp").body(Bytes::from_static(ping.as_bytes())).unwrap();
    assert_eq!(stage.ask(nobody).status, 401);
    assert_eq!(get(&stage, "/mcp").status, 405, "there are no streams of the server's own");
    let stage = super::stage(&Limits { revoked: Some(1), ..Limits::default() });
    assert_eq!(send(&stage, ping, &[]).status, 401);
}

#[test]
fn a_budget_that_is_used_up_is_told_to_the_model() {
    let stage = stage(&Limits { budget: Some(1), ..Limits::default() });
    let message = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"note","arguments":{}}}"#;
    let answer = json(&send(&stage, message, &[]));
    assert_eq!(answer["result"]["isError"], true);
    assert!(answer["result"]["content"][0]["text"].as_str().unwrap().contains("budget"));
}

//! Filters, exports and the live feed of calls.

use super::{ask, refused, send};
use crate::world::{World, run};
use bytes::Bytes;
use futures_channel::mpsc;
use futures_util::StreamExt;
use http::Request;
use proxyagent_core::proxy::Proxy;
use proxyagent_core::serve::{self, Body};
use proxyagent_core::store::logs::Entry;
use proxyagent_core::time::Millis;
use serde_json::Value;
use std::sync::Arc;

const ADMIN: &str = "pa_admin_x";

/// Four ended calls and an open one, a second apart, the last at dawn: 2026-11-24T08:00:00Z is 0x1a20c91a000 ms.
fn with_calls() -> Arc<Proxy<World>> {
    let proxy = World::proxy(&[("PROXYAGENT_ADMIN_TOKEN", ADMIN)]);
    proxy.platform.query(
        "INSERT INTO proxy_agent_tokens (id, hash, masked, label, scope, created_ms)
         VALUES ('tok_1', 'h1', 'pa_x', 'CI runner', '[\"*\"]', 0), ('tok_2', 'h2', 'pa_y', 'laptop_1', '[\"*\"]', 0)",
    );
    proxy.platform.query(
        "INSERT INTO proxy_agent_calls (id, request_id, token_id, state, started_ms, dialect, operation, asked_provider,
            asked_model, provider, model, credential_id, streamed, status, cost_nano, pricing, input, cache_read, output,
            ended, error, duration_ms)
         VALUES
          ('req_01a20c919060a', 'job-1', 'tok_1', 'settled', 1795507196000, 'messages', 'generate', 'anthropic', 'fast', 'openai',
           'gpt-5.5', 'env:openai', 1, 200, 200000000, 'exact', 900, 200, 8, 'complete', NULL, 2500),
          ('req_01a20c919448b', 'req_01a20c919448b', 'tok_2', 'settled', 1795507197000, 'chat', 'generate', 'openai', 'gpt-5.5', 'openai',
           'gpt-5.5', 'env:openai', 0, 200, 50000000, 'exact', 10, 0, 4, 'complete', NULL, 90),
          ('req_01a20c919830c', 'req_01a20c919830c', 'tok_2', 'settled', 1795507198000, 'chat', 'generate', 'openai', '=cmd', 'openai',
           '=cmd', 'env:openai', 0, 404, 0, 'free', 0, 0, 0, 'complete', 'upstream_error', 70),
          ('req_01a20c919c18d', 'req_01a20c919c18d', 'tok_1', 'refused', 1795507199000, 'messages', 'generate', 'anthropic', 'claude-x', NULL,
           NULL, NULL, 0, 402, 0, 'free', 0, 0, 0, 'refused', 'budget_exhausted', 1),
          ('req_01a20c91a000e', 'req_01a20c91a000e', 'tok_1', 'open', 1795507200000, 'messages', 'generate', 'anthropic', 'claude-x', 'anthropic',
           'claude-x', NULL, 1, NULL, 0, NULL, 0, 0, 0, NULL, NULL, NULL)",
    );
    proxy
}

/// The last letters of the ids of an answer.
fn letters(answer: &Value) -> String {
    answer["logs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_str().unwrap().chars().last().unwrap())
        .collect()
}

/// As a form writes it.
fn encoded(filter: &str) -> String {
    filter
        .bytes()
        .map(|byte| match byte {
            b' ' => "+".to_owned(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

#[test]
fn filters_choose_calls() {
    let proxy = with_calls();
    for (filter, want) in [
        ("", "edcba"),
        ("token:tok_1", "eda"),
        ("token:\"ci runner\"", "eda"),
        ("token:ci*", "eda"),
        ("token:laptop_*", "cb"),
        ("token:laptop?1", ""),
        ("token:lapto%", ""),
        ("token:x'/**/or/**/'1'='1", ""),
        ("model:gpt*", "ba"),
        ("model:FAST", "a"),
        ("model:claude-x", "ed"),
        ("model:*-x", "ed"),
        ("model:fast,claude*", "eda"),
        ("provider:openai", "cba"),
        ("provider:anthropic", "ed"),
        ("status:4xx", "dc"),
        ("status:402", "d"),
        ("status:200,404", "cba"),
        ("status:>=400", "dc"),
        ("cost:>0.1", "a"),
        ("cost:>0.05", "a"),
        ("cost:>=0.05", "ba"),
        ("cost:<0.05", "edc"),
        ("input:>1000", "a"),
        ("output:4", "b"),
        ("duration:>2s", "a"),
        ("duration:<100ms", "dcb"),
        ("streamed:yes", "ea"),
        ("dialect:chat", "cb"),
        ("error:budget*", "d"),
        ("error:*", "dc"),
        ("request:job-1", "a"),
        ("request:req_01a20c919448b", "b"),
        ("credential:env:openai", "cba"),
        ("state:open", "e"),
        ("ended:complete status:200", "ba"),
        ("since:2s", "edc"),
        ("until:2s", "ba"),
        ("since:3s until:1s", "cb"),
        ("since:2026-11-24T07:59:59", "ed"),
        ("provider:openai status:4xx since:1h", "c"),
    ] {
        let url = format!("/admin/logs?filter={}", encoded(filter));
        assert_eq!(letters(&ask(&proxy, "GET", &url, "")), want, "{filter}");
    }
    let said = refused(&proxy, "GET", "/admin/logs?filter=colour:red", "", 400);
    assert!(said.contains("colour:") && said.contains("model:"), "{said}");
    refused(&proxy, "GET", "/admin/logs?filter=status%3A9xx", "", 400);
    refused(&proxy, "GET", "/admin/logs?format=xml", "", 400);
}

#[test]
fn filtered_pages_follow_one_another_without_gap_or_repetition() {
    let proxy = with_calls();
    let (mut seen, mut before) = (String::new(), String::new());
    loop {
        let page = ask(&proxy, "GET", &format!("/admin/logs?limit=1&filter=provider:openai{before}"), "");
        seen.push_str(&letters(&page));
        let Some(next) = page["next"].as_str() else { break };
        before = format!("&before={next}");
    }
    assert_eq!(seen, "cba");
}

#[test]
fn a_rare_call_is_found_far_behind_and_no_page_looks_at_all_there_are() {
    let proxy = with_calls();
    proxy.platform.query(
        "INSERT INTO proxy_agent_calls (id, request_id, state, started_ms, dialect, operation)
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 69999)
         SELECT 'req_02' || (10000000000000 + i), 'x', 'settled', 1795507200000, 'chat', 'generate' FROM n",
    );
    let before = proxy.platform.batches();
    let first = ask(&proxy, "GET", "/admin/logs?filter=request:job-1", "");
    assert!(
        letters(&first).is_empty() && first["next"].is_string() && proxy.platform.batches() - before == 3
    );
    let next = first["next"].as_str().unwrap();
    let second = ask(&proxy, "GET", &format!("/admin/logs?filter=request:job-1&before={next}"), "");
    assert_eq!((letters(&second).as_str(), second["next"].as_str()), ("a", None));
}

#[test]
fn one_call_is_shown_by_its_id_or_its_callers() {
    let proxy = with_calls();
    for id in ["req_01a20c919060a", "job-1"] {
        assert_eq!(ask(&proxy, "GET", &format!("/admin/logs/{id}"), "")["id"], "req_01a20c919060a");
    }
    for id in ["req_0", "a%20b", "%"] {
        refused(&proxy, "GET", &format!("/admin/logs/{id}"), "", 404);
    }
    assert_eq!(send(&proxy, "DELETE", "/admin/logs/job-1", "").status(), 405);
}

#[test]
fn exports_are_lines_and_a_spreadsheet_finds_no_formula() {
    let proxy = with_calls();
    let csv = send(&proxy, "GET", "/admin/logs?format=csv&limit=3", "");
    assert_eq!(csv.headers()["content-type"], "text/csv; charset=utf-8");
    assert_eq!(csv.headers()["x-proxyagent-next"], "req_01a20c919830c");
    let text = std::str::from_utf8(csv.body()).unwrap();
    let lines: Vec<&str> = text.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 4);
    assert!(lines[0].starts_with("id,time,request_id,") && lines[3].contains("\"'=cmd\""), "{text}");
    assert!(lines[3].contains("\"2026-11-24T07:59:58.000Z\""), "{text}");
    let jsonl = send(&proxy, "GET", "/admin/logs?format=jsonl&filter=status:200", "");
    let rows: Vec<Value> = std::str::from_utf8(jsonl.body())
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(rows.len(), 2);
    assert!(jsonl.headers().get("x-proxyagent-next").is_none());
}

#[test]
fn news_are_told_once_begun_and_once_ended_and_a_resumed_reader_misses_none() {
    let proxy = with_calls();
    let step = |follow: &str, filter: &str| {
        let answer = ask(&proxy, "GET", &format!("/admin/logs?follow={follow}&filter={filter}"), "");
        (letters(&answer), answer["follow"].as_str().unwrap().to_owned())
    };
    // From now on: nothing is told, and the open call is watched.
    let (told, start) = step("", "");
    assert_eq!((told.as_str(), start.as_str()), ("", "req_01a20c91a000e,req_01a20c91a000e"));
    // Long after it began it ends, with a filter that it did not fit while it was open.
    proxy.platform.pass(Millis::seconds(60));
    proxy.platform.query(
        "INSERT INTO proxy_agent_calls (id, request_id, state, started_ms, dialect, operation)
         VALUES ('req_01a20c928a60f', 'x', 'open', 1795507260000, 'chat', 'generate')",
    );
    assert_eq!(step(&start, "status:5xx").0, "");
    let (_, waiting) = step(&start, "status:5xx");
    assert_eq!(waiting, "req_01a20c928a60f,req_01a20c91a000e,req_01a20c928a60f");
    proxy.platform.query("UPDATE proxy_agent_calls SET state = 'settled', status = 503 WHERE state = 'open'");
    assert_eq!(step(&waiting, "status:5xx").0, "ef");
    let (_, after) = step(&waiting, "status:5xx");
    assert_eq!(after, "req_01a20c928a60f");
    // A call that began a little earlier and arrived later is not lost.
    proxy.platform.query(
        "INSERT INTO proxy_agent_calls (id, request_id, state, started_ms, dialect, operation, status)
         VALUES ('req_01a20c928a00a', 'x', 'settled', 1795507259904, 'chat', 'generate', 500)",
    );
    assert!(step(&after, "status:5xx").0.contains('a'));
    for wrong in ["a%20b", ",", "x,%3Cscript%3E"] {
        refused(&proxy, "GET", &format!("/admin/logs?follow={wrong}"), "", 400);
    }
}

/// All events of a stream that runs to its end.
fn stream(proxy: &Arc<Proxy<World>>, query: &str, last: Option<&str>) -> String {
    let mut request = Request::get(format!("/admin/logs/stream{query}")).header("x-admin-token", ADMIN);
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let (parts, ()) = request.body(()).unwrap().into_parts();
    let head = serve::receive(&proxy.house, parts);
    let answer = run(serve::serve(proxy, head, Ok(Bytes::new())));
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let Body::Feed(feed) = answer.into_body() else { panic!("no feed") };
    let (sender, receiver) = mpsc::channel(100);
    run(feed.pump(sender));
    let pieces: Vec<_> = run(receiver.collect::<Vec<_>>());
    pieces.into_iter().map(|piece| String::from_utf8(piece.unwrap().to_vec()).unwrap()).collect()
}

#[test]
fn the_stream_ends_by_itself_and_is_resumed_where_it_was() {
    let proxy = with_calls();
    let first = stream(&proxy, "", None);
    assert!(first.starts_with("retry: 1000\n\nid: req_01a20c91a000e,req_01a20c91a000e\n\n"), "{first}");
    // It also tells what began in the seconds before.
    assert_eq!((first.matches("event: call").count(), proxy.platform.take_slept().len()), (3, 30));
    let last = first.trim_end().rsplit("id: ").next().unwrap();
    proxy.platform.query("UPDATE proxy_agent_calls SET state = 'settled', status = 200 WHERE state = 'open'");
    let second = stream(&proxy, "?filter=status:200", Some(last));
    assert_eq!(second.matches("event: call").count(), 1);
    assert!(
        second.contains("\"id\":\"req_01a20c91a000e\"") && second.contains("\"state\":\"settled\""),
        "{second}"
    );
}

#[test]
fn only_an_administrator_listens() {
    let proxy = with_calls();
    for (method, token, status) in [("GET", "", 401), ("GET", "pa_x", 401), ("POST", ADMIN, 405)] {
        let request =
            Request::builder().method(method).uri("/admin/logs/stream").header("x-admin-token", token);
        let head = serve::receive(&proxy.house, request.body(()).unwrap().into_parts().0);
        assert_eq!(run(serve::serve(&proxy, head, Ok(Bytes::new()))).status(), status);
    }
}

#[test]
fn a_row_that_is_not_ours_is_an_error_and_no_panic() {
    assert!(Entry::from_row(&proxyagent_core::ports::Row(vec![])).is_err());
}

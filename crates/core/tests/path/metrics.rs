//! `/metrics`: who may read it, and that it says what the ledger says.

use super::{Got, Limits, MESSAGES, Stage, stream_reply};
use crate::world::{Reply, run};
use bytes::Bytes;
use http::Request;
use proxyagent_core::maintain::maintain;
use proxyagent_core::time::Millis;
use std::collections::BTreeMap;

const ADMIN: (&str, &str) = ("PROXYAGENT_ADMIN_TOKEN", "pa_admin_secret");

fn scrape(stage: &Stage, accept: &str) -> Got {
    stage.ask(
        Request::get("/metrics")
            .header("x-admin-token", ADMIN.1)
            .header("accept", accept)
            .body(Bytes::new())
            .unwrap(),
    )
}

/// Every sample, by its name and labels as written.
fn samples(stage: &Stage) -> BTreeMap<String, String> {
    let text = scrape(stage, "").text();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.rsplit_once(' ').unwrap()).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

#[test]
fn only_the_administrator_may_scrape_unless_the_settings_say_otherwise() {
    let stage = Stage::with(&Limits::default(), &[ADMIN]);
    let bare = || Request::get("/metrics").body(Bytes::new()).unwrap();
    assert_eq!(stage.ask(bare()).status, 401);
    let machine = Request::get("/metrics").header("authorization", format!("Bearer {}", stage.token));
    assert_eq!(stage.ask(machine.body(Bytes::new()).unwrap()).status, 401);
    assert_eq!(scrape(&stage, "").status, 200);
    assert_eq!(stage.ask(Request::post("/metrics").body(Bytes::new()).unwrap()).status, 405);
    let public = Stage::with(&Limits::default(), &[("PROXYAGENT_METRICS_PUBLIC", "1")]);
    assert_eq!(public.ask(bare()).status, 200);
}

#[test]
fn the_admin_token_cannot_be_guessed_here_either() {
    let stage = Stage::with(&Limits::default(), &[ADMIN]);
    let guess = || Request::get("/metrics").header("x-admin-token", "wrong").body(Bytes::new()).unwrap();
    for _ in 0..300 {
        assert_eq!(stage.ask(guess()).status, 401);
    }
    assert_eq!((stage.ask(guess()).status, scrape(&stage, "").status), (429, 429));
    stage.proxy.platform.pass(Millis::seconds(60));
    assert_eq!(scrape(&stage, "").status, 200);
}

#[test]
fn the_form_is_the_one_asked_for() {
    let stage = Stage::with(&Limits::default(), &[ADMIN]);
    for (accept, kind, ends) in [
        ("", "text/plain; version=0.0.4; charset=utf-8", false),
        ("text/plain;version=0.0.4;q=0.5", "text/plain; version=0.0.4; charset=utf-8", false),
        (
            "application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            true,
        ),
    ] {
        let got = scrape(&stage, accept);
        assert_eq!(got.header("content-type"), Some(kind));
        assert_eq!(got.text().ends_with("# EOF\n"), ends);
        assert_eq!(got.text().contains("# TYPE proxyagent_requests counter"), ends);
        assert_eq!(got.text().contains("# TYPE proxyagent_requests_total counter"), !ends);
    }
}

#[test]
fn metrics_usage_and_rows_agree_to_the_nano_dollar() {
    let stage = Stage::with(&Limits::default(), &[ADMIN]);
    for _ in 0..3 {
        stage.script(stream_reply());
        stage.ask(stage.stream_request());
    }
    stage.script(Reply::json(529, "{}"));
    stage.post("/anthropic/v1/messages", MESSAGES);
    stage.post(
        "/openai/v1/chat/completions",
        r#"{"model":"mock","messages":[{"role":"user","content":"hi"}]}"#,
    );
    stage.post(
        "/openai/v1/chat/completions",
        r#"{"model":"mock-invented","messages":[{"role":"user","content":"hi"}]}"#,
    );
    stage.post("/openai/v1/chat/completions", "{");

    let rows = stage.rows("SELECT SUM(cost_nano), SUM(input + cache_read + cache_write), SUM(output), COUNT(*) FROM proxy_agent_calls");
    let [cost, input, output, count] = [0, 1, 2, 3].map(|column| rows[0][column].int().unwrap());
    let usage = stage.rows("SELECT SUM(cost_nano) FROM proxy_agent_usage")[0][0].int().unwrap();
    assert!(cost > 0 && cost == usage);

    let seen = samples(&stage);
    let value = |name: &str| seen.get(name).unwrap_or_else(|| panic!("no {name} in {seen:#?}")).as_str();
    let dollars = format!("0.{:09}", cost);
    assert_eq!(value("proxyagent_cost_usd_total{provider=\"anthropic\"}"), dollars.trim_end_matches('0'));
    assert_eq!(value("proxyagent_cost_usd_total{provider=\"mock\"}"), "0");
    assert_eq!(value("proxyagent_requests_total"), count.to_string());
    assert_eq!(value("proxyagent_tokens_total{direction=\"input\"}"), input.to_string());
    assert_eq!(value("proxyagent_tokens_total{direction=\"output\"}"), output.to_string());
    for (status, count) in [("200", "5"), ("529", "1"), ("400", "1")] {
        assert_eq!(value(&format!("proxyagent_responses_total{{status=\"{status}\"}}")), count);
    }
    assert_eq!(value("proxyagent_refused_total{reason=\"body_invalid\"}"), "1");
    assert_eq!(value("proxyagent_active_tokens"), "1");
    assert_eq!(value("proxyagent_credentials"), "2");
    assert_eq!(value("proxyagent_request_duration_seconds_count{provider=\"anthropic\"}"), "4");
    assert_eq!(value("proxyagent_overhead_seconds_count{provider=\"anthropic\"}"), "4");
    assert_eq!(value("proxyagent_time_to_first_byte_seconds_count{provider=\"mock\"}"), "2");
    // A name that callers invented is no label.
    assert_eq!(value("proxyagent_model_requests_total{provider=\"mock\",model=\"mock\"}"), "1");
    assert_eq!(value("proxyagent_model_requests_total{provider=\"mock\",model=\"other\"}"), "1");
    assert_eq!(
        value("proxyagent_model_cost_usd_total{provider=\"anthropic\",model=\"claude-opus-5-5\"}"),
        dollars.trim_end_matches('0')
    );
    assert!(!scrape(&stage, "").text().contains("invented"));
}

#[test]
fn a_scrape_is_one_batch_and_reads_no_calls() {
    let stage = Stage::with(&Limits::default(), &[ADMIN]);
    for _ in 0..3 {
        stage.post(
            "/openai/v1/chat/completions",
            r#"{"model":"mock","messages":[{"role":"user","content":"hi"}]}"#,
        );
    }
    let before = stage.proxy.platform.batches();
    let first = scrape(&stage, "").text();
    assert_eq!(stage.proxy.platform.batches() - before, 1);
    stage.rows("DELETE FROM proxy_agent_calls RETURNING id");
    assert_eq!(scrape(&stage, "").text(), first);
}

#[test]
fn counts_reach_the_store_with_the_settlements_and_wait_out_a_store_that_is_down() {
    let stage = Stage::with(&Limits::default(), &[ADMIN]);
    let mock = r#"{"model":"mock","messages":[{"role":"user","content":"hi"}]}"#;
    let stored = || {
        let sql = "SELECT COALESCE(SUM(value), 0) FROM proxy_agent_metrics WHERE series = 'responses'";
        stage.rows(sql)[0][0].int().unwrap()
    };
    stage.post("/openai/v1/chat/completions", mock);
    assert_eq!(stored(), 1);
    stage.post("/openai/v1/chat/completions", mock);
    assert_eq!(stored(), 1);
    stage.proxy.platform.pass(Millis::seconds(10));
    stage.post("/openai/v1/chat/completions", mock);
    assert_eq!(stored(), 3);
    stage.post("/openai/v1/chat/completions", mock);
    stage.proxy.platform.set_store_down(true);
    assert_eq!(scrape(&stage, "").status, 503);
    stage.proxy.platform.set_store_down(false);
    scrape(&stage, "");
    assert_eq!(stored(), 4);
}

#[test]
fn waiting_for_the_upstream_is_no_overhead() {
    let stage = Stage::new(&Limits::default());
    let body = r#"{"model":"mock","stream":true,"messages":[{"role":"user","content":"[[mock:slow 250]]"}]}"#;
    stage.post("/openai/v1/chat/completions", body);
    let row = &stage.rows("SELECT first_byte_ms, overhead_us FROM proxy_agent_calls")[0];
    assert_eq!((row[0].int(), row[1].int()), (Some(250), Some(0)));
}

#[test]
fn what_no_settlement_took_along_is_written_by_housekeeping() {
    let stage = Stage::with(&Limits::default(), &[ADMIN]);
    for _ in 0..2 {
        stage.post(
            "/openai/v1/chat/completions",
            r#"{"model":"mock","messages":[{"role":"user","content":"hi"}]}"#,
        );
    }
    run(maintain(&stage.proxy)).unwrap();
    let stored = stage.rows("SELECT SUM(value) FROM proxy_agent_metrics WHERE series = 'responses'");
    assert_eq!(stored[0][0].int(), Some(2));
}

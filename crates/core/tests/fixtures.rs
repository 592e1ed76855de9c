//! Every conformance case that states a usage or a price, against the meter and the price table; every case whose
//! stream hides the injected usage chunk, against the filter. Each stream is cut at every byte.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a broken case is a failed test"
)]

use std::path::PathBuf;

use bytes::Bytes;
use proxyagent_core::dialect::Dialect;
use proxyagent_core::meter::Meter;
use proxyagent_core::money::Nano;
use proxyagent_core::price::PriceTable;
use proxyagent_core::time::UnixMs;
use proxyagent_core::usage::{Reading, Usage};
use proxyagent_core::usage_chunk::HideUsageChunk;
use serde_json::Value;

/// Cases whose upstream answer the meter does not read as it stands, and why.
const EXCLUDED: &[(&str, &str)] = &[
    ("A18", "batch results: one answer per line, to be metered where the lines are read"),
    ("B15", "WebSocket frames, not an HTTP answer"),
    ("B24", "WebSocket frames, not an HTTP answer"),
    ("D02", "binary event stream: decoded before the meter"),
    ("D03", "binary event stream: decoded before the meter"),
    ("D10", "binary event stream: decoded before the meter"),
    ("G09", "the answers are those of several attempts, listed apart"),
    ("K01", "answered by the mock, no upstream"),
    ("K02", "answered by the mock, no upstream"),
    ("K03", "answered by the mock, no upstream"),
    ("K05", "answered by the mock, no upstream"),
    ("K06", "answered by the mock, no upstream"),
    ("K07", "answered by the mock, no upstream"),
    ("K09", "answered by the mock, no upstream"),
];

struct Case {
    id: String,
    case: Value,
}

impl Case {
    fn path(&self, file: &str) -> PathBuf {
        root().join(&self.id).join(file)
    }

    /// By what came back: some cases are translations, their request says another dialect.
    fn dialect(&self) -> Dialect {
        let text = String::from_utf8_lossy(&self.answer()).into_owned();
        let has = |needle: &str| text.contains(needle);
        if has("\"usageMetadata\"") || has("\"candidates\"") {
            Dialect::Gemini
        } else if has("message_start") || has("\"type\":\"message\",\"role\":\"assistant\",\"content\"") {
            Dialect::Messages
        } else if has("response.created") || has("\"object\":\"response\"") {
            Dialect::Responses
        } else {
            Dialect::Chat
        }
    }

    fn streamed(&self) -> bool {
        self.case["upstream_response"]["body_file"].as_str().is_some_and(|file| file.ends_with(".sse"))
    }

    fn answer(&self) -> Vec<u8> {
        let answer = &self.case["upstream_response"];
        match (answer["body_file"].as_str(), &answer["body"]) {
            (Some(file), _) => std::fs::read(self.path(file)).unwrap(),
            (None, Value::Null) => panic!("{}: no answer", self.id),
            (None, Value::String(text)) => text.clone().into_bytes(),
            (None, body) => body.to_string().into_bytes(),
        }
    }

    fn states_usage(&self) -> bool {
        let stated = self.case["usage"].as_object().is_some_and(|usage| !usage.is_empty());
        stated || self.case["usage_complete"].is_boolean() || !self.case["price"].is_null()
    }

    fn reading(&self) -> Reading {
        let answer = self.answer();
        if self.streamed() {
            stream(self.dialect(), &[&answer])
        } else {
            Meter::body(self.dialect(), &answer)
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures")
}

fn cases() -> Vec<Case> {
    let index: Vec<Value> =
        serde_json::from_slice(&std::fs::read(root().join("index.json")).unwrap()).unwrap();
    let read = |entry: &Value| {
        let id = entry["id"].as_str().unwrap().to_owned();
        let case = std::fs::read(root().join(&id).join("case.json")).unwrap();
        Case { id, case: serde_json::from_slice(&case).unwrap() }
    };
    let cases: Vec<Case> = index.iter().map(read).collect();
    assert!(cases.len() >= 99, "{} cases", cases.len());
    cases
}

fn metered() -> Vec<Case> {
    let excluded = |case: &Case| EXCLUDED.iter().any(|(id, _)| *id == case.id);
    cases().into_iter().filter(|case| case.states_usage() && !excluded(case)).collect()
}

fn stream(dialect: Dialect, pieces: &[&[u8]]) -> Reading {
    let mut meter = Meter::stream(dialect);
    pieces.iter().for_each(|piece| meter.feed(piece));
    meter.reading()
}

fn expected(usage: &Value) -> Usage {
    let mut want = Usage::default();
    for (key, value) in usage.as_object().into_iter().flatten() {
        let field = match key.as_str() {
            "input" => &mut want.input,
            "cache_read" => &mut want.cache_read,
            "cache_write" => &mut want.cache_write,
            "cache_write_long" => &mut want.cache_write_long,
            "output" => &mut want.output,
            "reasoning" => &mut want.reasoning,
            "audio_in" => &mut want.audio_in,
            "image_in" => &mut want.image_in,
            "audio_out" => &mut want.audio_out,
            "image_out" => &mut want.image_out,
            "web_search" => &mut want.web_search,
            "web_fetch" => &mut want.web_fetch,
            other => panic!("unknown usage field {other}"),
        };
        *field = value.as_u64().unwrap();
    }
    want
}

fn nano(dollars: &Value) -> Nano {
    Nano::parse_decimal(&dollars.to_string(), 0).unwrap()
}

/// The only instant the cases name.
fn when(price: &Value) -> UnixMs {
    let noon = UnixMs(1_795_435_200_000);
    assert_eq!(noon.rfc3339().replace(".000", ""), price["when"].as_str().unwrap_or("2026-11-23T12:00:00Z"));
    noon
}

#[test]
fn the_exclusions_exist_and_would_be_metered_otherwise() {
    let cases = cases();
    for (id, reason) in EXCLUDED {
        let case = cases.iter().find(|case| case.id == *id);
        assert!(case.is_some_and(Case::states_usage), "{id} ({reason})");
    }
}

#[test]
fn usage_is_read_as_stated() {
    let cases = metered();
    assert!(cases.len() >= 45, "{}", cases.len());
    for case in &cases {
        let reading = case.reading();
        assert_eq!(reading.usage, expected(&case.case["usage"]), "{}", case.id);
        assert_eq!(reading.complete, case.case["usage_complete"].as_bool().unwrap_or(true), "{}", case.id);
        let stated = Some(&case.case["reported_cost_usd"]).filter(|cost| !cost.is_null());
        assert_eq!(reading.reported_cost, stated.map(nano), "{}", case.id);
    }
}

#[test]
fn errors_state_no_usage() {
    let empty = |case: &Case| case.case["usage"].as_object().is_some_and(serde_json::Map::is_empty);
    let answered = |case: &Case| case.case["upstream_response"]["body"].is_object();
    let cases: Vec<Case> = cases().into_iter().filter(|case| empty(case) && answered(case)).collect();
    assert!(cases.len() >= 5, "{}", cases.len());
    for case in cases {
        for dialect in Dialect::ALL {
            let reading = Meter::body(dialect, &case.answer());
            assert_eq!(
                (reading.usage, reading.complete),
                (Usage::default(), false),
                "{} {dialect:?}",
                case.id
            );
        }
    }
}

#[test]
fn every_split_of_every_stream_reads_the_same() {
    let streams: Vec<Case> = metered().into_iter().filter(Case::streamed).collect();
    assert!(streams.len() >= 25, "{}", streams.len());
    for case in &streams {
        let (dialect, bytes, whole) = (case.dialect(), case.answer(), case.reading());
        for size in [1, 3, 7, 4096] {
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            assert_eq!(stream(dialect, &pieces), whole, "{} in pieces of {size}", case.id);
        }
        for at in 0..=bytes.len() {
            let (head, tail) = bytes.split_at(at);
            assert_eq!(stream(dialect, &[head, tail]), whole, "{} cut at {at}", case.id);
        }
    }
}

#[test]
fn streams_end_where_the_cases_say() {
    for case in metered().iter().filter(|case| case.streamed()) {
        let mut meter = Meter::stream(case.dialect());
        meter.feed(&case.answer());
        let cut = case.case["upstream_response"]["then"].as_str() == Some("connection_reset");
        assert_eq!(meter.whole(), !cut, "{}", case.id);
        let failed = case.case["usage_complete"].as_bool() == Some(false) && !cut;
        assert_eq!(meter.reading().failed, failed, "{}", case.id);
    }
}

#[test]
fn prices_agree_to_the_nano_dollar() {
    let table = PriceTable::builtin();
    let mut priced = 0;
    for case in metered().iter().filter(|case| !case.case["price"].is_null()) {
        let price = &case.case["price"];
        let (provider, model) = (price["provider"].as_str().unwrap(), price["model"].as_str().unwrap());
        let row = table.find(provider, model).unwrap_or_else(|| panic!("{}: {provider}:{model}", case.id));
        let mut reading = case.reading();
        if let Some(variant) = price["variant"].as_str() {
            reading.variant = Some(variant.to_owned());
        }
        assert_eq!(row.cost(&reading, when(price)), nano(&price["cost_usd"]), "{}", case.id);
        priced += 1;
    }
    assert!(priced >= 38, "{priced}");
}

#[test]
fn the_injected_usage_chunk_is_hidden_at_every_split() {
    let mut seen = Vec::new();
    for case in cases() {
        let path = case.case["request"]["path"].as_str().unwrap_or_default();
        let asked = case.case["request"]["body"]["stream_options"]["include_usage"] == true;
        let edited = case.case["client_response"]["body_file"] == "client.sse";
        if asked
            || !edited
            || !case.streamed()
            || !path.ends_with("/chat/completions")
            || case.dialect() != Dialect::Chat
        {
            continue;
        }
        let (upstream, client) = (case.answer(), std::fs::read(case.path("client.sse")).unwrap());
        assert!(client.len() < upstream.len(), "{}", case.id);
        let filter = |pieces: &[&[u8]]| {
            let (mut hide, mut out) = (HideUsageChunk::default(), Vec::new());
            pieces.iter().for_each(|piece| hide.push(Bytes::copy_from_slice(piece), &mut out));
            hide.finish(&mut out);
            out.concat()
        };
        for at in 0..=upstream.len() {
            let (head, tail) = upstream.split_at(at);
            assert_eq!(filter(&[head, tail]), client, "{} cut at {at}", case.id);
        }
        assert_eq!(filter(&upstream.chunks(1).collect::<Vec<_>>()), client, "{}", case.id);
        seen.push(case.id);
    }
    assert_eq!(seen, ["B03", "F01", "H01", "H04"]);
}

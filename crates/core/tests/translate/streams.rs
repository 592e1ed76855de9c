//! What every stream keeps to, whatever the upstream sends: the golden upstreams with events left out, doubled, out
//! of place and cut off.

use super::cases::all;
use super::gemini_streams::check_gemini;
use super::responses_streams::check_responses;
use super::{memo, pair};
use proxyagent_core::dialect::Dialect;
use proxyagent_core::sse::{Event, Splitter};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

#[test]
fn a_damaged_upstream_still_gives_a_stream_by_the_grammar() {
    let mut dice = Dice(1);
    let (mut ended, mut cut) = (0, 0);
    for cases in all() {
        let pair = pair(cases.pair);
        for name in cases.stream {
            let file = |ending: &str| root().join(cases.pair).join("stream").join(format!("{name}.{ending}"));
            let said =
                fs::read(file("ask.json")).map_or(json!({}), |text| serde_json::from_slice(&text).unwrap());
            let memo = memo(pair, &said);
            let events = events(&fs::read(file("in.sse")).unwrap());
            for _ in 0..200 {
                let mut machine = pair.stream(&memo);
                let mut out = Vec::new();
                for (name, data) in dice.damage(&events) {
                    machine.push(Event { name: &name, data: &data }, &mut out);
                }
                machine.finish(&mut out);
                check(pair.from(), &out, machine.ended());
                let length = out.len();
                if machine.ended() {
                    machine.push(Event { name: b"", data: b"[DONE]" }, &mut out);
                    machine.finish(&mut out);
                    assert_eq!(out.len(), length, "nothing follows the end");
                    ended += 1;
                } else {
                    cut += 1;
                }
            }
        }
    }
    assert!(ended > 1000 && cut > 1000, "{ended} {cut}: both happen");
}

type Owned = (Vec<u8>, Vec<u8>);

fn events(bytes: &[u8]) -> Vec<Owned> {
    let mut events = Vec::new();
    let mut splitter = Splitter::default();
    splitter.feed(bytes, |event| events.push((event.name.to_vec(), event.data.to_vec())));
    events
}

fn check(dialect: Dialect, out: &[u8], ended: bool) {
    let mut text = String::from_utf8(out.to_vec()).unwrap();
    assert!(text.is_empty() || text.ends_with("\n\n") || text.ends_with("\r\n\r\n"), "{text}");
    text.insert_str(0, "stream:\n");
    let events: Vec<(String, String)> = events(out)
        .into_iter()
        .map(|(name, data)| (String::from_utf8(name).unwrap(), String::from_utf8(data).unwrap()))
        .collect();
    match dialect {
        Dialect::Messages => check_messages(&events, ended, &text),
        Dialect::Chat => check_chat(&events, ended, &text),
        Dialect::Gemini => check_gemini(&events, ended, &text),
        Dialect::Responses => check_responses(&events, ended, &text),
    }
}

/// PROTOCOLS.md A4.
fn check_messages(events: &[(String, String)], ended: bool, text: &str) {
    let (mut open, mut next, mut over, mut stopping) = (None, 0, false, false);
    for (n, (name, data)) in events.iter().enumerate() {
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!(data["type"], name.as_str(), "{text}");
        assert!(!over, "nothing follows the end\n{text}");
        assert!(n > 0 || matches!(name.as_str(), "message_start" | "error"), "{text}");
        match name.as_str() {
            "message_start" => {
                assert_eq!(n, 0, "{text}");
                assert!(data["message"]["usage"]["input_tokens"].is_u64(), "{text}");
            }
            "content_block_start" => {
                assert_eq!((open, &data["index"]), (None, &json!(next)), "{text}");
                open = Some(next);
            }
            "content_block_delta" => assert_eq!(data["index"], json!(open.unwrap()), "{text}"),
            "content_block_stop" => {
                assert_eq!(data["index"], json!(open.take().unwrap()), "{text}");
                next += 1;
            }
            "message_delta" => {
                assert_eq!(open, None, "{text}");
                assert!(
                    data["delta"]["stop_reason"].is_string() && data["usage"]["output_tokens"].is_u64(),
                    "{text}"
                );
                stopping = true;
            }
            "message_stop" => {
                assert!(stopping, "{text}");
                over = true;
            }
            "error" => {
                assert!(data["error"]["message"].is_string(), "{text}");
                over = true;
            }
            other => panic!("{other}\n{text}"),
        }
    }
    assert_eq!(over, ended, "{text}");
}

/// PROTOCOLS.md B3.
fn check_chat(events: &[(String, String)], ended: bool, text: &str) {
    let (mut over, mut finished) = (false, false);
    let mut arguments: BTreeMap<u64, String> = BTreeMap::new();
    for (name, data) in events {
        assert!(name.is_empty() && !over, "{text}");
        if data == "[DONE]" {
            assert!(finished, "{text}");
            over = true;
            continue;
        }
        let chunk: Value = serde_json::from_str(data).unwrap();
        if chunk["error"].is_object() {
            over = true;
            continue;
        }
        assert_eq!(chunk["object"], "chat.completion.chunk", "{text}");
        let Some(choice) = chunk["choices"].get(0) else {
            assert!(finished && chunk["usage"]["total_tokens"].is_u64(), "{text}");
            continue;
        };
        assert!(!finished, "only usage follows the finish reason\n{text}");
        finished = choice["finish_reason"].is_string();
        for call in choice["delta"]["tool_calls"].as_array().into_iter().flatten() {
            let index = call["index"].as_u64().unwrap();
            let begins = call.get("id").is_some();
            assert_eq!(begins, index == arguments.len() as u64, "{text}");
            let piece = call["function"]["arguments"].as_str().unwrap_or("{}");
            arguments.entry(index).or_default().push_str(piece);
        }
    }
    assert_eq!(over, ended, "{text}");
}

/// Not random: the same run every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides.max(1)
    }

    fn damage(&mut self, events: &[Owned]) -> Vec<Owned> {
        let mut damaged = events.to_vec();
        for _ in 0..=self.roll(3) {
            let (at, to) = (self.roll(damaged.len()), self.roll(damaged.len()));
            if damaged.is_empty() {
                break;
            }
            match self.roll(6) {
                0 => {
                    damaged.remove(at);
                }
                1 => damaged.insert(at, damaged[to].clone()),
                2 => damaged.swap(at, to),
                3 => damaged.truncate(at),
                4 => {
                    let length = self.roll(damaged[at].1.len());
                    damaged[at].1.truncate(length);
                }
                _ => damaged[at].1 = b"{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":7}]}}],\"type\":\"content_block_delta\",\"delta\":7}".to_vec(),
            }
        }
        damaged
    }
}

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/translate")
}

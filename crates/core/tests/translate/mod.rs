//! Translations against golden files and against the conformance cases I*.
//!
//! `golden/translate/PAIR/KIND/NAME.in.*` is what comes in, `NAME.out.*` what must come out, and `NAME.ask.json`, where
//! it stands, the request that leads to it. UPDATE_GOLDEN=1 rewrites what comes out: read the difference.

mod cases;
mod composed;
mod conformance;
mod gemini_cases;
mod gemini_conformance;
mod gemini_limits;
mod gemini_streams;
mod golden;
mod limits;
mod responses_cases;
mod responses_conformance;
mod responses_limits;
mod responses_streams;
mod streams;

use proxyagent_core::dialect::Dialect;
use proxyagent_core::sse::Splitter;
use proxyagent_core::time::UnixMs;
use proxyagent_core::translate::{Ask, Memo, Pair, StreamMachine, Takes, between};
use serde_json::Value;

/// The pair of a folder's name, `FROM-to-TO`.
fn pair(folder: &str) -> &'static dyn Pair {
    let (from, to) = folder.split_once("-to-").unwrap();
    between(dialect(from), dialect(to)).unwrap_or_else(|| panic!("no pair {folder}"))
}

fn dialect(name: &str) -> Dialect {
    Dialect::ALL.into_iter().find(|dialect| dialect.name() == name).unwrap()
}

/// What a test asks for; members of `said` replace the defaults.
fn ask(said: &Value) -> Ask<'_> {
    let text = |key, default| said.get(key).and_then(Value::as_str).unwrap_or(default);
    let flag = |key, default| said.get(key).and_then(Value::as_bool).unwrap_or(default);
    let takes = Takes::default();
    Ask {
        model: text("model", "upstream-model"),
        shown_model: text("shown_model", "asked-model"),
        max_output: said.get("max_output").and_then(Value::as_u64),
        stream: flag("stream", false),
        request_id: "req_1",
        now: UnixMs(1_795_450_000_999),
        takes: Takes {
            max_completion_tokens: flag("max_completion_tokens", takes.max_completion_tokens),
            reasoning_effort: flag("reasoning_effort", takes.reasoning_effort),
            reasoning_content: flag("reasoning_content", takes.reasoning_content),
            stream_usage: flag("stream_usage", takes.stream_usage),
            sampling: flag("sampling", takes.sampling),
            adaptive_thinking: flag("adaptive_thinking", takes.adaptive_thinking),
        },
    }
}

/// The memo of a request that was asked so.
fn memo(pair: &dyn Pair, said: &Value) -> Memo {
    match said.get("body") {
        Some(body) => pair.request(body.clone(), &ask(said)).unwrap().memo,
        None => Memo::new(&ask(said)),
    }
}

/// The caller's bytes for an upstream's stream that arrives cut after every `step` bytes and then ends.
fn streamed(machine: &mut dyn StreamMachine, upstream: &[u8], step: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut splitter = Splitter::default();
    for chunk in upstream.chunks(step) {
        splitter.feed(chunk, |event| machine.push(event, &mut out));
    }
    splitter.rest(|event| machine.push(event, &mut out));
    machine.finish(&mut out);
    out
}

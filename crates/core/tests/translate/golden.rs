//! Every golden file: what comes in gives what is written down, and no file is left over.

use super::cases::all;
use super::{ask, memo, pair, streamed};
use proxyagent_core::problem::Problem;
use proxyagent_core::translate::Pair;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

type Kind = fn(&dyn Pair, &Value, &[u8]) -> Vec<u8>;

#[test]
fn what_comes_in_gives_what_is_written_down() {
    let mut files = BTreeSet::new();
    let mut wrong = Vec::new();
    for cases in all() {
        let kinds: [(&str, &[&str], Kind); 4] = [
            ("request", cases.request, request),
            ("answer", cases.answer, answer),
            ("stream", cases.stream, stream),
            ("error", cases.error, error),
        ];
        for (kind, names, run) in kinds {
            assert!(!names.is_empty(), "{} {kind} has no case", cases.pair);
            for name in names {
                let file = |ending: &str| root().join(cases.pair).join(kind).join(format!("{name}.{ending}"));
                let ending = if kind == "stream" { "sse" } else { "json" };
                let (incoming, outgoing) = (file(&format!("in.{ending}")), file(&format!("out.{ending}")));
                let asked = fs::read(file("ask.json")).ok();
                let said: Value =
                    asked.as_ref().map_or(json!({}), |text| serde_json::from_slice(text).unwrap());
                let got = run(pair(cases.pair), &said, &read(&incoming));
                if updating() {
                    fs::write(&outgoing, &got).unwrap();
                } else if got != fs::read(&outgoing).unwrap_or_default() {
                    wrong.push(format!("{}\n{}", outgoing.display(), String::from_utf8_lossy(&got)));
                }
                files.extend([incoming, outgoing]);
                files.extend(asked.map(|_| file("ask.json")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert_eq!(
        below(&root()).difference(&files).collect::<Vec<_>>(),
        Vec::<&PathBuf>::new(),
        "without a case"
    );
}

#[expect(clippy::disallowed_methods, reason = "a test has no settings")]
fn updating() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

fn request(pair: &dyn Pair, said: &Value, incoming: &[u8]) -> Vec<u8> {
    let body = serde_json::from_slice(incoming).unwrap();
    pretty(&match pair.request(body, &ask(said)) {
        Ok(outgoing) => json!({
            "body": outgoing.body,
            "dropped": outgoing.dropped.names().collect::<Vec<_>>(),
        }),
        Err(Problem::BodyInvalid(sentence)) => json!({"refused": sentence}),
        Err(other) => panic!("{other:?}"),
    })
}

fn answer(pair: &dyn Pair, said: &Value, incoming: &[u8]) -> Vec<u8> {
    let body = serde_json::from_slice(incoming).unwrap();
    pretty(&match pair.answer(body, &memo(pair, said)) {
        Ok(body) => body,
        Err(why) => json!({"untranslated": why.to_string()}),
    })
}

/// The same for every cut of the upstream's bytes.
fn stream(pair: &dyn Pair, said: &Value, incoming: &[u8]) -> Vec<u8> {
    let memo = memo(pair, said);
    let whole = streamed(&mut *pair.stream(&memo), incoming, incoming.len());
    for step in [1, 2, 3, 7, 64, 4096] {
        assert!(whole == streamed(&mut *pair.stream(&memo), incoming, step), "cut after every {step} bytes");
    }
    whole
}

fn error(pair: &dyn Pair, _: &Value, incoming: &[u8]) -> Vec<u8> {
    let said: Value = serde_json::from_slice(incoming).unwrap();
    let status = u16::try_from(said["status"].as_u64().unwrap()).unwrap();
    let body = said["text"].as_str().map_or_else(|| said["body"].to_string(), str::to_owned);
    let error = pair.error(status, body.as_bytes());
    pretty(&json!({"status": error.status, "body": error.body}))
}

fn pretty(value: &Value) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(value).unwrap();
    text.push(b'\n');
    text
}

fn read(file: &Path) -> Vec<u8> {
    fs::read(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/translate")
}

fn below(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() { found.extend(below(&entry.path())) } else { found.extend([entry.path()]) }
    }
    found
}

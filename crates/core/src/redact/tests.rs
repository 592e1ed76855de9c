use super::*;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

mod negative;
mod positive;

fn random() -> impl FnMut(usize) -> usize {
    let mut seed = 11_u64;
    move |below| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    }
}

/// Something that the written shape describes, and where its secret part begins.
fn sample(written: &str, random: &mut impl FnMut(usize) -> usize) -> (String, usize) {
    let mut rest = written.trim_start_matches('^').trim_end_matches('!');
    let (mut out, mut from) = (String::new(), 0);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('>') {
            (from, rest) = (out.len(), after);
        } else if let Some((run, after)) = rest.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
            let signs = match &run[..1] {
                "d" => "0123456789",
                "h" | "H" => "0123456789abcdef",
                "l" => "abcdefghijklmnopqrstuvwxyz0123456789",
                "u" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
                _ => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            };
            let count = &run[1..];
            let (least, most) = match count.split_once('-') {
                Some((least, most)) => (least.parse().unwrap(), most.parse().unwrap()),
                None => match count.strip_suffix('+') {
                    Some(least) => (least.parse::<usize>().unwrap(), least.parse::<usize>().unwrap() + 3),
                    None => (count.parse().unwrap(), count.parse().unwrap()),
                },
            };
            let length = least + random(most - least + 1);
            out.extend((0..length).map(|n| match n {
                // Every run of any length has both.
                0 if signs.contains('X') => 'X',
                0 if signs.contains('x') => 'x',
                0 if signs.contains('a') => 'a',
                1 => '7',
                _ => char::from(signs.as_bytes()[random(signs.len())]),
            }));
            rest = after;
        } else {
            let (literal, after) = rest.split_at(rest.find(['[', '>']).unwrap_or(rest.len()));
            out.push_str(literal);
            rest = after;
        }
    }
    (out, from)
}

#[test]
fn every_row_is_a_pattern_and_there_are_at_least_120_kinds() {
    let kinds: BTreeSet<&str> = table::SHAPES.iter().map(|(kind, _)| *kind).collect();
    assert!(kinds.len() >= 120, "{}", kinds.len());
    for (kind, written) in table::SHAPES {
        assert!(Pattern::read(kind, written).is_some(), "{kind}: {written}");
        assert!(kind.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{kind}");
    }
    for wrong in ["[a3]", "", "x[?3]", "x[a]", "x[a3", "x[a3-]"] {
        assert!(Pattern::read("wrong", wrong).is_none(), "{wrong}");
    }
}

#[test]
fn every_shape_is_found_wherever_it_stands() {
    let mut random = random();
    for (kind, written) in table::SHAPES {
        for (before, after) in [
            ("", ""),
            ("key ", " and more"),
            ("\"", "\","),
            ("k=", "&x=1"),
            ("(", ")"),
            ("a line\\n", "\\nanother"),
            ("x%3D", "%26"),
            ("é: ", " é"),
            ("see ", "."),
            ("<b>", "</b>"),
        ] {
            let (sample, from) = sample(written, &mut random);
            let given = format!("{before}{sample}{after}");
            let got = text(&given);
            let secret = &sample[from..];
            let tail = &secret[secret.len().saturating_sub(6)..];
            assert!(got.contains(OPEN), "{kind} {written}: {given}");
            assert!(
                !got.contains(secret) && !got.contains(&format!("{tail}{after}")),
                "{kind}: {given} → {got}"
            );
            assert!(got.starts_with(before) || before.contains('='), "{kind}: {given} → {got}");
            assert_eq!(text(&got), got, "{kind}: doing it again changes it");
        }
    }
}

#[test]
fn redacted_before_it_is_cut() {
    let key = format!("ghp_{}", "a1".repeat(20));
    let given = format!("model {key}");
    for most in 0..given.len() + 20 {
        let cut = excerpt(&given, most);
        assert!(cut.len() <= most && !cut.contains("ghp_"), "{cut}");
    }
    assert_eq!(excerpt("naïve", 3), "na");
    assert_eq!(excerpt("short", 80), "short");
}

/// Texts made of what shapes begin with: time must stay in proportion to length.
#[test]
#[expect(clippy::disallowed_methods, reason = "it is time that is tested")]
fn no_text_takes_long() {
    let pieces = [
        "sk-",
        "sk-ant-",
        "eyJ",
        "eyJa.",
        "xoxb-",
        "://a:",
        "://",
        "token=",
        "password=",
        "password: \"",
        "Cookie: ",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN ",
        "Bearer ",
        "AKIA",
        "a",
        "=",
        ":",
        "-",
        "0",
        "hooks.slack.com/services/",
        "ghp_",
        "1//0",
        "\\n",
        "é",
        "[redacted:x]",
        "$6$",
        "Q~",
        ".atlasv1.",
        "<token>",
        "authorization: ",
    ];
    for piece in pieces {
        for other in ["", "A", "-", "/", ".", " "] {
            let evil = [piece, other].concat();
            let evil = evil.repeat((60 << 10) / evil.len());
            let begun = Instant::now();
            let got = text(&evil);
            let took = begun.elapsed();
            assert!(took < Duration::from_secs(2), "{piece:?} {other:?}: {took:?}");
            assert!(!got.is_empty());
        }
    }
}

#[test]
fn random_mixtures_never_break() {
    let mut random = random();
    let mut redacted = 0;
    for _ in 0..20_000 {
        let mut given = String::new();
        let mut secrets = Vec::new();
        for _ in 0..random(5) {
            match random(4) {
                0 => {
                    let (_, written) = table::SHAPES[random(table::SHAPES.len())];
                    let (sample, from) = sample(written, &mut random);
                    given.push_str(&format!(" {sample} "));
                    secrets.push(sample[from..].to_owned());
                }
                1 => given.extend(
                    (0..random(9)).map(|_| ['é', '"', '\\', ':', '=', ' ', '-', '/', '@'][random(9)]),
                ),
                _ => given.push_str(
                    ["password", "token: ", "https://", "-----BEGIN ", "x", "naïve ", "\n"][random(7)],
                ),
            }
        }
        let got = text(&given);
        assert_eq!(text(&got), got, "{given}");
        redacted += secrets.len();
        for secret in secrets.iter().filter(|secret| secret.len() >= 8) {
            assert!(!got.contains(secret.as_str()), "{given} → {got}");
        }
    }
    assert!(redacted > 5_000, "{redacted}");
}

/// Code, prose, lock files full of hashes: nothing in this repository's own sources is a credential.
#[test]
fn our_own_sources_are_left_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let mut waiting =
        vec![root.join("crates"), root.join("xtask"), root.join("bench"), root.join("migrations")];
    let mut files: Vec<_> = ["Cargo.lock", "ARCHITECTURE.md"].iter().map(|name| root.join(name)).collect();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                // Tests are full of keys.
                waiting.extend(
                    Some(path).filter(|_| !["tests", "target", "redact", "scrub"].contains(&name.as_str())),
                );
            } else if name.ends_with(".rs") && name != "tests.rs" || name.ends_with(".sql") {
                files.push(path);
            }
        }
    }
    let mut looked_at = 0;
    for file in files {
        let all = std::fs::read_to_string(&file).unwrap();
        let source = all.split("#[cfg(test)]\nmod").next().unwrap();
        looked_at += source.len();
        for line in source.lines() {
            assert_eq!(text(line), line, "{}", file.display());
        }
    }
    assert!(looked_at > 500_000, "{looked_at}");
}

use super::*;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

const SECRET: &str = "sk-CANARY+/=~\"0123456789";

fn scrubber() -> Arc<Scrubber> {
    Arc::new(Scrubber::new([Secret::new(SECRET).unwrap(), Secret::new("short").unwrap()].iter()))
}

fn of(secrets: &[&str]) -> Arc<Scrubber> {
    let secrets: Vec<Secret> = secrets.iter().map(|s| Secret::new(s).unwrap()).collect();
    Arc::new(Scrubber::new(secrets.iter()))
}

/// What leaves when the text arrives in pieces.
fn streamed(scrubber: &Arc<Scrubber>, pieces: &[&[u8]]) -> Vec<u8> {
    let (mut stream, mut out) = (ScrubStream::new(scrubber.clone()), Vec::new());
    for piece in pieces {
        stream.push(Bytes::copy_from_slice(piece), &mut out);
    }
    stream.finish(&mut out);
    out.concat()
}

/// The same by the definition: every byte of every find is covered, and each covered stretch becomes one mark.
fn defined(spellings: &[Vec<u8>], text: &[u8]) -> Vec<u8> {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for start in 0..text.len() {
        let ends = spellings.iter().filter(|s| text[start..].starts_with(s)).map(|s| start + s.len());
        ranges.extend(ends.max().map(|end| (start, end)));
    }
    let (mut out, mut at) = (Vec::new(), 0);
    let mut ranges = ranges.into_iter().peekable();
    while let Some((start, mut end)) = ranges.next() {
        while let Some((_, other)) = ranges.next_if(|(start, _)| *start <= end) {
            end = end.max(other);
        }
        out.extend_from_slice(&text[at..start]);
        out.extend_from_slice(REDACTED);
        at = end;
    }
    out.extend_from_slice(&text[at..]);
    out
}

fn random() -> impl FnMut(usize) -> usize {
    let mut seed = 7_u64;
    move |below| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    }
}

#[test]
fn every_spelling_is_found_wherever_it_stands() {
    let scrubber = scrubber();
    let mut found = 0;
    for before in ["", "a", "ab", "abc", "prefix "] {
        for after in ["", "x", "xy", "xyz"] {
            let text = format!("{before}{SECRET}{after}");
            let hex: String = text.bytes().map(|b| format!("{b:02x}")).collect();
            let percent = |keep: &str| -> String {
                let keeps = |c: &char| c.is_ascii_alphanumeric() || keep.contains(*c);
                text.chars()
                    .map(|c| if keeps(&c) { c.to_string() } else { format!("%{:02X}", u32::from(c)) })
                    .collect()
            };
            let json = serde_json::to_string(&text).unwrap();
            for spelled in [
                text.clone(),
                hex.to_uppercase(),
                hex,
                percent("-._~"),
                percent("-._~").to_lowercase().replace("sk-canary", "sk-CANARY"),
                percent("-._~!'()*;,/?:@&=+$#"),
                percent("-._*").replace("%20", "+"),
                text.bytes().map(|b| format!("%{b:02x}")).collect(),
                json.clone(),
                json.replace('/', "\\/"),
                json.replace('+', "\\u002B"),
                STANDARD.encode(&text),
                URL_SAFE_NO_PAD.encode(&text),
            ] {
                let clean = scrubber.clean(Bytes::from(spelled.clone()));
                assert!(clean.windows(REDACTED.len()).any(|w| w == REDACTED), "{spelled}");
                assert!(!scrubber.is_clean(spelled.as_bytes()));
                found += 1;
            }
        }
    }
    assert_eq!(found, 5 * 4 * 13);
}

#[test]
fn other_text_is_the_very_same_bytes() {
    let scrubber = scrubber();
    for text in ["", "sk-CANARY", "short", "a git hash 3f786850e387550fdab836ed7e6dc881de23001b"] {
        let bytes = Bytes::from_static(text.as_bytes());
        assert_eq!(scrubber.clean(bytes.clone()).as_ptr(), bytes.as_ptr());
        let (mut stream, mut out) = (ScrubStream::new(scrubber.clone()), Vec::new());
        stream.push(Bytes::from([text.as_bytes(), b"\n\n"].concat()), &mut out);
        assert_eq!(out.len(), 1, "{text:?} leaves whole and at once");
    }
    assert_eq!(Arc::new(Scrubber::default()).clean(Bytes::from_static(SECRET.as_bytes())), SECRET.as_bytes());
}

#[test]
fn a_header_that_holds_one_is_dropped() {
    let mut headers = HeaderMap::new();
    headers.insert("request-id", "r1".parse().unwrap());
    headers.insert("x-request-id", format!("r-{SECRET}").parse().unwrap());
    let hex: String = SECRET.bytes().map(|b| format!("{b:02x}")).collect();
    headers.insert(http::HeaderName::from_bytes(hex.as_bytes()).unwrap(), "1".parse().unwrap());
    scrubber().clean_headers(&mut headers);
    assert_eq!(headers.keys().map(http::HeaderName::as_str).collect::<Vec<_>>(), ["request-id"]);
}

#[test]
fn every_split_gives_the_same_bytes() {
    let scrubber = of(&[SECRET, "abcabcabcabd", "abcabdxyzxyz", "yzxyzxyz"]);
    let long = STANDARD.encode(format!("..{SECRET}"));
    for text in [
        format!("data: {SECRET}\n\n"),
        format!("{SECRET}{SECRET} {long}"),
        "abcabcabcabcabdxyzxyzxyz abcabcabcabc abcabdxyzxy".to_owned(),
        SECRET[..SECRET.len() - 1].to_owned(),
    ] {
        let text = text.as_bytes();
        let whole = streamed(&scrubber, &[text]);
        assert_eq!(scrubber.clean(Bytes::copy_from_slice(text)), whole);
        let single: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(streamed(&scrubber, &single), whole);
        for first in 0..=text.len() {
            for second in first..=text.len() {
                let pieces = [&text[..first], &text[first..second], &text[second..]];
                assert_eq!(streamed(&scrubber, &pieces), whole, "{first} {second}");
            }
        }
    }
}

#[test]
fn it_does_what_the_definition_says_to_random_text() {
    let mut random = random();
    let mut redacted = 0;
    for round in 0..1500 {
        let letters = 1 + round % 3;
        let mut word = |least: usize, most: usize| -> Vec<u8> {
            (0..least + random(most - least + 1)).map(|_| b'a' + random(letters) as u8).collect()
        };
        let spellings: Vec<Vec<u8>> = (0..3).map(|_| word(8, 14)).collect();
        let text: Vec<u8> = (0..5).flat_map(|n| [word(0, 12), spellings[n % 3].clone()].concat()).collect();
        let scrubber = Arc::new(Scrubber { spellings: Automaton::new(&spellings) });
        let want = defined(&spellings, &text);
        redacted += usize::from(want != text);
        assert_eq!(streamed(&scrubber, &[&text]), want);
        let mut pieces: Vec<&[u8]> = Vec::new();
        let mut rest = text.as_slice();
        while !rest.is_empty() {
            let (piece, left) = rest.split_at(1 + random(rest.len().min(9)));
            (rest, _) = (left, pieces.push(piece));
        }
        assert_eq!(streamed(&scrubber, &pieces), want);
    }
    assert_eq!(redacted, 1500);
}

/// SECURITY.md, P1: answers that embed keys in eight encodings, in pieces of 1 to 64 bytes.
#[test]
fn no_canary_leaves_in_any_encoding_and_cut() {
    let mut random = random();
    let keys: Vec<String> = (0..20)
        .map(|n| {
            let tail: String = (0..20 + n).map(|_| char::from(b"abcXYZ0189+/=~_-\"\\"[random(18)])).collect();
            format!("sk-key{n}-{tail}")
        })
        .collect();
    let scrubber = of(&keys.iter().map(String::as_str).collect::<Vec<_>>());
    for round in 0..10_000 {
        let key = &keys[random(keys.len())];
        let text = format!("{}{key}{}", "x".repeat(random(4)), "y".repeat(random(4)));
        let spelled = match round % 8 {
            0 => text,
            1 => text.bytes().map(|b| format!("{b:02x}")).collect(),
            2 => text.bytes().map(|b| format!("{b:02X}")).collect(),
            3 => text.bytes().map(|b| format!("%{b:02X}")).collect(),
            4 => serde_json::to_string(&text).unwrap(),
            5 => serde_json::to_string(&text).unwrap().replace('/', "\\/"),
            6 => STANDARD.encode(text),
            _ => URL_SAFE_NO_PAD.encode(text),
        };
        let body = format!("data: {{\"echo\":\"{spelled}\"}}\n\n");
        let mut pieces: Vec<&[u8]> = Vec::new();
        let mut rest = body.as_bytes();
        while !rest.is_empty() {
            let (piece, left) = rest.split_at(1 + random(rest.len().min(64)));
            (rest, _) = (left, pieces.push(piece));
        }
        let out = streamed(&scrubber, &pieces);
        assert!(scrubber.is_clean(&out), "{body}");
        assert!(out.windows(REDACTED.len()).any(|w| w == REDACTED));
    }
}

#[test]
fn each_line_of_a_key_file_is_a_secret() {
    let pem = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nAQEFAASCBKcwggSjAgEAAoIB\n-----END PRIVATE KEY-----";
    let scrubber = of(&[pem]);
    let out = streamed(&scrubber, &[b"x MIIEvQIBADANBgkqhkiG9w0B y -----BEGIN PRIVATE KEY-----"]);
    assert_eq!(out, b"x [redacted] y -----BEGIN PRIVATE KEY-----");
    assert_eq!(streamed(&scrubber, &[format!("<{pem}>").as_bytes()]), b"<[redacted]>");
}

#[test]
fn what_is_learned_later_is_searched_for_too() {
    let known = KnownSecrets::default();
    known.learn(&[Secret::new("first-secret").unwrap()]);
    let before = known.scrubber();
    known.learn(&[Secret::new("first-secret").unwrap()]);
    assert!(Arc::ptr_eq(&before, &known.scrubber()), "nothing new, nothing rebuilt");
    known.learn(&[Secret::new("second-secret").unwrap()]);
    for text in ["first-secret", "second-secret"] {
        assert!(!known.scrubber().is_clean(text.as_bytes()));
    }
}

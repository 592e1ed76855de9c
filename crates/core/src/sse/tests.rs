use super::*;

type Owned = (String, String);

fn owned(event: Event<'_>) -> Owned {
    (String::from_utf8_lossy(event.name).into(), String::from_utf8_lossy(event.data).into())
}

fn split(pieces: &[&[u8]]) -> Vec<Owned> {
    let (mut splitter, mut seen) = (Splitter::default(), Vec::new());
    for piece in pieces {
        splitter.feed(piece, |event| seen.push(owned(event)));
    }
    seen
}

/// Text and the events it holds.
fn table() -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
    vec![
        ("", vec![]),
        ("data: a\n\n", vec![("", "a")]),
        ("data:a\n\ndata: b\n\n", vec![("", "a"), ("", "b")]),
        ("data:  two blanks\n\n", vec![("", " two blanks")]),
        ("event: x\ndata: a\n\ndata: b\n\n", vec![("x", "a"), ("", "b")]),
        ("data: a\r\n\r\ndata: b\r\n\r\n", vec![("", "a"), ("", "b")]),
        ("event: n\rdata: a\r\rdata: b\r\r", vec![("n", "a"), ("", "b")]),
        ("data: a\ndata: b\ndata\ndata: c\n\n", vec![("", "a\nb\n\nc")]),
        ("data: a\r\ndata: b\r\n\r\n", vec![("", "a\nb")]),
        (": comment\n\n:\ndata: a\n: in between\n\n", vec![("", "a")]),
        ("\u{feff}data: a\n\n\u{feff}data: b\n\n", vec![("", "a")]),
        ("event: only a name\n\ndata: a\n\n", vec![("", "a")]),
        ("data\n\n", vec![("", "")]),
        ("data:\n\n", vec![("", "")]),
        ("id: 7\nretry: 5\ndatax: no\ndata: yes\n\n", vec![("", "yes")]),
        ("\n\n\ndata: grüße 👋\n\n\n\n", vec![("", "grüße 👋")]),
        ("data: never ended\n", vec![]),
    ]
}

#[test]
fn every_split_in_two_gives_the_same_events() {
    for (text, want) in table() {
        let want: Vec<Owned> = want.into_iter().map(|(n, d)| (n.into(), d.into())).collect();
        let bytes = text.as_bytes();
        for at in 0..=bytes.len() {
            assert_eq!(split(&[&bytes[..at], &bytes[at..]]), want, "{text:?} at {at}");
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(split(&single), want, "{text:?} byte by byte");
    }
}

#[test]
fn random_splits_of_everything_at_once() {
    let text: String = table().into_iter().map(|(text, _)| format!("{text}\n\n")).collect();
    let whole = split(&[text.as_bytes()]);
    assert!(whole.len() > 15);
    let mut seed = 1u64;
    for _ in 0..200 {
        let (mut pieces, mut rest) = (Vec::new(), text.as_bytes());
        while !rest.is_empty() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (piece, tail) = rest.split_at(rest.len().min((seed >> 60) as usize));
            pieces.push(piece);
            rest = tail;
        }
        assert_eq!(split(&pieces), whole);
    }
}

#[test]
fn an_event_in_one_chunk_is_not_copied() {
    let text = b"event: e\ndata: inside\n\n";
    Splitter::default().feed(text, |event| {
        assert!(text.as_ptr_range().contains(&event.data.as_ptr()));
    });
}

#[test]
fn an_oversized_event_is_skipped_and_the_next_one_is_not() {
    let big = vec![b'x'; MAX_EVENT];
    for piece in [MAX_EVENT * 2, 1 << 20, 4_000_000] {
        let mut text = b"data: a\n\ndata: ".to_vec();
        text.extend_from_slice(&big);
        text.extend_from_slice(b"\ndata: still it\n\ndata: b\n\n");
        let pieces: Vec<&[u8]> = text.chunks(piece).collect();
        assert_eq!(split(&pieces), [("".into(), "a".into()), ("".into(), "b".into())], "{piece}");
    }
    let mut text = b"data: ".to_vec();
    text.extend_from_slice(&big[..MAX_EVENT - 7]);
    text.extend_from_slice(b"\n\n");
    for at in [1, 9, text.len() - 2, text.len()] {
        let mut splitter = Splitter::default();
        let mut size = 0;
        splitter.feed(&text[..at], |event| size = event.data.len());
        splitter.feed(&text[at..], |event| size = event.data.len());
        assert_eq!(size, MAX_EVENT - 7, "just below the limit, cut at {at}");
        assert!(
            splitter.data.capacity() + splitter.line.capacity() <= 2 * KEPT_CAPACITY,
            "memory is given back"
        );
    }
}

#[test]
fn the_rest_is_an_event_whose_end_never_came() {
    for (text, want) in [
        ("data: a\n\nevent: x\ndata: b", Some(("x", "b"))),
        ("data: a\n\ndata: b\n", Some(("", "b"))),
        ("data: a\n\ndata: b\r", Some(("", "b"))),
        ("data: a\n\n", None),
        ("data: a\n\n: comment", None),
    ] {
        let mut splitter = Splitter::default();
        splitter.feed(text.as_bytes(), |_| {});
        let mut rest = None;
        splitter.rest(|event| rest = Some(owned(event)));
        assert_eq!(rest, want.map(|(n, d)| (n.into(), d.into())), "{text:?}");
    }
}

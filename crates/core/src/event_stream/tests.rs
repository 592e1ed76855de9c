//! Frames: right ones, cut everywhere; wrong ones, wrong in every byte.

use super::*;

const D02: &[u8] = include_bytes!("../../../../tests/fixtures/D02/upstream.bin");

/// AWS's own examples (awslabs/aws-c-event-stream, tests/event_stream_message_deserializer_test.c): no headers and no
/// payload; no headers and a JSON payload; one header and the payload.
const EMPTY: &[u8] = &[0, 0, 0, 0x10, 0, 0, 0, 0, 0x05, 0xc2, 0x48, 0xeb, 0x7d, 0x98, 0xc8, 0xff];
const NO_HEADERS: &[u8] = &[
    0, 0, 0, 0x1d, 0, 0, 0, 0, 0xfd, 0x52, 0x8c, 0x5a, 0x7b, 0x27, 0x66, 0x6f, 0x6f, 0x27, 0x3a, 0x27, 0x62,
    0x61, 0x72, 0x27, 0x7d, 0xc3, 0x65, 0x39, 0x36,
];

/// Event type and payload of each frame; whether all was right; whether nothing is left over.
type Decoded = (Vec<(Option<String>, Vec<u8>)>, Result<(), Corrupt>, bool);

fn decode(pieces: &[&[u8]]) -> Decoded {
    let (mut decoder, mut frames, mut result) = (Decoder::default(), Vec::new(), Ok(()));
    for piece in pieces {
        let fed = decoder.feed(piece, |frame| {
            frames.push((frame.header(":event-type").map(str::to_owned), frame.payload.to_vec()));
        });
        result = result.and(fed);
    }
    (frames, result, decoder.is_whole())
}

fn frame(headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let total = (SMALLEST + headers.len() + payload.len()) as u32;
    let mut out = [total.to_be_bytes(), (headers.len() as u32).to_be_bytes()].concat();
    out.extend(crc32fast::hash(&out).to_be_bytes());
    out.extend_from_slice(headers);
    out.extend_from_slice(payload);
    let sum = crc32fast::hash(&out);
    out.extend(sum.to_be_bytes());
    out
}

#[test]
fn published_frames_are_read() {
    assert_eq!(decode(&[EMPTY]), (vec![(None, vec![])], Ok(()), true));
    assert_eq!(decode(&[NO_HEADERS]), (vec![(None, b"{'foo':'bar'}".to_vec())], Ok(()), true));
    assert_eq!(frame(b"", b"{'foo':'bar'}"), NO_HEADERS);
}

#[test]
fn every_split_gives_the_same_frames() {
    let (whole, result, is_whole) = decode(&[D02]);
    assert!(whole.len() >= 7 && result.is_ok() && is_whole);
    assert!(whole.iter().all(|(kind, _)| kind.as_deref() == Some("chunk")));
    for cut in 0..=D02.len() {
        let (first, rest) = D02.split_at(cut);
        assert_eq!(decode(&[first, rest]), (whole.clone(), Ok(()), true), "cut at {cut}");
    }
    for size in [1, 3, 7, 37, 4096] {
        assert_eq!(decode(&D02.chunks(size).collect::<Vec<_>>()).0, whole, "pieces of {size}");
    }
}

#[test]
fn a_cut_stream_is_not_whole() {
    for cut in 1..EMPTY.len() {
        assert_eq!(decode(&[&EMPTY[..cut]]), (vec![], Ok(()), false), "{cut}");
    }
}

#[test]
fn a_wrong_byte_anywhere_is_refused_and_nothing_follows_it() {
    let two = [NO_HEADERS, NO_HEADERS].concat();
    for at in 0..NO_HEADERS.len() {
        for bit in 0..8 {
            let mut wrong = two.clone();
            wrong[at] ^= 1 << bit;
            let (frames, result, is_whole) = decode(&[&wrong, NO_HEADERS]);
            assert!(frames.is_empty() && result.is_err() && !is_whole, "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn frames_before_a_wrong_one_are_handed_out() {
    let mut bytes = [NO_HEADERS, NO_HEADERS].concat();
    *bytes.last_mut().unwrap() ^= 1;
    let (frames, result, _) = decode(&[&bytes, NO_HEADERS]);
    assert_eq!((frames.len(), result), (1, Err(Corrupt::Checksum)));
}

#[test]
fn impossible_lengths_are_refused_at_once() {
    let prelude = |total: u32, headers: u32| {
        let mut out = [total.to_be_bytes(), headers.to_be_bytes()].concat();
        out.extend(crc32fast::hash(&out).to_be_bytes());
        out
    };
    for (total, headers) in [
        (0, 0),
        (15, 0),
        (16, 1),
        (u32::MAX, 0),
        (LARGEST as u32 + 1, 0),
        (1000, u32::MAX),
        (200_000, 140_000),
    ] {
        assert_eq!(decode(&[&prelude(total, headers)]).1, Err(Corrupt::Length), "{total}, {headers}");
    }
    assert_eq!(decode(&[&prelude(LARGEST as u32, 0)]), (vec![], Ok(()), false));
}

#[test]
fn headers_of_every_type_are_skipped_and_malformed_ones_refused() {
    let mut headers = Vec::new();
    for (kind, value) in [
        (0, &[][..]),
        (1, &[]),
        (2, &[9]),
        (3, &[0, 9]),
        (4, &[0; 4]),
        (5, &[0; 8]),
        (6, &[0, 2, b'h', b'i']),
        (8, &[0; 8]),
        (9, &[0; 16]),
    ] {
        headers.extend([1, b'a', kind]);
        headers.extend_from_slice(value);
    }
    headers.extend([11]);
    headers.extend(b":event-type");
    headers.extend([7, 0, 5]);
    headers.extend(b"chunk");
    assert_eq!(decode(&[&frame(&headers, b"x")]).0, vec![(Some("chunk".to_owned()), b"x".to_vec())]);
    for cut in 1..headers.len() {
        let result = decode(&[&frame(&headers[..cut], b"x")]).1;
        assert!(result.is_ok() || result == Err(Corrupt::Headers));
    }
    for malformed in
        [&[5, b'a'][..], &[1, b'a', 10], &[1, b'a', 7, 0], &[1, b'a', 7, 0, 9, b'x'], &[1, b'a', 9, 0]]
    {
        assert_eq!(decode(&[&frame(malformed, b"x")]).1, Err(Corrupt::Headers), "{malformed:?}");
    }
}

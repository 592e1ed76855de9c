use super::*;
use std::cell::Cell;

/// A linear congruential generator (Knuth's MMIX constants): repeatable, for tests only.
struct Lcg(Cell<u64>);

impl Entropy for Lcg {
    fn fill(&self, out: &mut [u8]) {
        for byte in out {
            let next =
                self.0.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            self.0.set(next);
            *byte = next.to_be_bytes()[0];
        }
    }
}

fn seeded(seed: u64) -> Lcg {
    Lcg(Cell::new(seed))
}

#[test]
fn crc32_is_the_published_one() {
    // reveng.sourceforge.io/crc-catalogue, CRC-32/ISO-HDLC: check value.
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    assert_eq!(crc32(b""), 0);
}

#[test]
fn a_minted_token_is_accepted_and_hashes_to_its_row() {
    let entropy = seeded(1);
    for _ in 0..1000 {
        let minted = mint(&entropy);
        let text = minted.text.expose();
        assert_eq!(text.len(), 49);
        assert_eq!(TokenHash::of(text), Ok(minted.hash), "{text}");
        assert_eq!(minted.masked, format!("{}…{}", &text[..7], &text[45..]));
    }
}

#[test]
fn the_format_does_not_drift() {
    // Tokens in circulation depend on this one: computed with Python's zlib.crc32 and hashlib.sha256.
    assert_eq!(TokenHash::of(KNOWN).map(|hash| hash.hex()).as_deref(), Ok(KNOWN_SHA256));
}

#[test]
fn malformed_tokens_table() {
    let good = KNOWN;
    for (presented, part) in [
        (String::new(), "begin with pa_"),
        ("sk-ant-api03-xyz".to_owned(), "begin with pa_"),
        (format!("kap{good}"), "begin with pa_"),
        (format!("s{good}"), "begin with pa_"),
        (format!("grand{good}"), "begin with pa_"),
        (format!(" {good}"), "begin with pa_"),
        (good.replacen("pa_", "PA_", 1), "begin with pa_"),
        ("pa_".to_owned(), "49 characters"),
        (good[..48].to_owned(), "49 characters"),
        (format!("{good}0"), "49 characters"),
        (format!("{good}\n"), "neither a letter"),
        (format!("pa_admin_{}", &good[9..]), "neither a letter"),
        (format!("{}é", &good[..47]), "neither a letter"),
        (format!("{}0", &good[..48]), "checksum"),
        (good.replacen('A', "B", 1), "checksum"),
    ] {
        match TokenHash::of(&presented) {
            Err(Problem::TokenMalformed(why)) => assert!(why.contains(part), "{presented:?}: {why}"),
            other => panic!("{presented:?}: {other:?}"),
        }
    }
}

#[test]
fn every_single_typing_error_is_caught() {
    for at in 3..49 {
        for &digit in ALPHABET {
            let mut typed = KNOWN.as_bytes().to_vec();
            if std::mem::replace(&mut typed[at], digit) != digit {
                assert!(TokenHash::of(std::str::from_utf8(&typed).unwrap()).is_err());
            }
        }
    }
}

#[test]
fn a_million_guesses_reach_no_store() {
    let entropy = seeded(2);
    for _ in 0..1_000_000 {
        let guess = format!("pa_{}", random_base62(&entropy, 46));
        assert!(check(&guess).is_err(), "{guess}");
    }
}

#[test]
fn characters_are_drawn_uniformly() {
    let drawn = random_base62(&seeded(3), 62_000);
    for &digit in ALPHABET {
        let count = drawn.bytes().filter(|&byte| byte == digit).count();
        // Expected 1000 with a deviation of 31; folding 62 and 63 onto the alphabet would give two digits 2000.
        assert!((850..1150).contains(&count), "{}: {count}", char::from(digit));
    }
}

const KNOWN: &str = "pa_0AzZ9bYyXcWdVeUfTgShRiQjPkOlNmMnLoKpJqIr0xRyVf";
const KNOWN_SHA256: &str = "f4a293bce667202c41be3f7dc2d1ce2ea2c0e7147c8758e831cd0f4a68a9f9b1";

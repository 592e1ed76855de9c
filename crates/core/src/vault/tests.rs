use super::*;
use crate::vault::hkdf::hkdf;
use serde_json::Value;
use std::cell::Cell;

struct Counting(Cell<u8>);

impl Entropy for Counting {
    fn fill(&self, out: &mut [u8]) {
        for byte in out {
            *byte = self.0.replace(self.0.get().wrapping_add(1));
        }
    }
}

fn entropy() -> Counting {
    Counting(Cell::new(0))
}

const OLD: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const NEW: &str = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeffe0e1e2e3e4e5e6e7e8e9eaebecedeeef";

fn place(row: &str) -> Place<'_> {
    Place { table: "t", column: "c", row, provider: "openai", kind: "api_key" }
}

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn published(file: &str) -> Value {
    let path = format!("{}/tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn what_is_sealed_opens_only_where_it_was_sealed() {
    let vault = Vault::parse(OLD).unwrap();
    let sealed = vault.seal(&entropy(), place("a"), b"sk-CANARY").unwrap();
    assert!(!sealed.contains("CANARY"));
    assert_eq!(vault.open(place("a"), &sealed).unwrap(), b"sk-CANARY");
    let home = place("a");
    for elsewhere in [
        place("b"),
        Place { table: "u", ..home },
        Place { column: "d", ..home },
        Place { provider: "groq", ..home },
        Place { kind: "oauth", ..home },
        // Parts that run into each other.
        Place { row: "aopenai", provider: "", ..home },
    ] {
        assert_eq!(vault.open(elsewhere, &sealed), Err(Unopened::Foreign), "{elsewhere:?}");
    }
}

#[test]
fn any_change_of_any_character_is_refused() {
    let vault = Vault::parse(OLD).unwrap();
    let sealed = vault.seal(&entropy(), place("a"), b"secret").unwrap();
    for at in 0..sealed.len() {
        let mut bytes = sealed.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(vault.open(place("a"), &changed).is_err(), "{at}: {changed}");
        assert!(vault.open(place("a"), &sealed[..at]).is_err(), "{at}");
    }
}

#[test]
fn two_keys_may_live_and_the_first_seals() {
    let old = Vault::parse(OLD).unwrap();
    let both = Vault::parse(&format!("{NEW}\n{OLD}")).unwrap();
    let new = Vault::parse(NEW).unwrap();
    let before = old.seal(&entropy(), place("a"), b"x").unwrap();
    let after = both.seal(&entropy(), place("a"), b"x").unwrap();
    assert_eq!(both.open(place("a"), &before).unwrap(), b"x");
    assert_eq!(new.open(place("a"), &after).unwrap(), b"x");
    assert_eq!(new.open(place("a"), &before), Err(Unopened::KeyMissing));
    assert_eq!(both.key_id(), new.key_id());
    assert_eq!(both.key_ids().collect::<Vec<_>>(), [new.key_id(), old.key_id()]);
}

#[test]
fn the_same_text_is_never_sealed_to_the_same_bytes() {
    let (vault, entropy) = (Vault::parse(OLD).unwrap(), entropy());
    let sealed = |_| vault.seal(&entropy, place("a"), b"x").unwrap();
    let all: std::collections::BTreeSet<String> = (0..5).map(sealed).collect();
    assert_eq!(all.len(), 5);
}

#[test]
fn keys_as_text() {
    let base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    for (text, good) in [
        (OLD, true),
        (&OLD.to_uppercase(), true),
        (base64, true),
        (base64.trim_end_matches('='), true),
        (&format!(" {OLD} , {NEW}\n"), true),
        ("", false),
        (" ", false),
        ("correct horse battery staple", false),
        (&OLD[2..], false),
        (&format!("{OLD}00"), false),
        (&OLD.replace('0', "g"), false),
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==", false),
        (&[OLD; 5].join(","), false),
    ] {
        assert_eq!(Vault::parse(text).is_ok(), good, "{text}");
    }
    assert_eq!(Vault::parse(OLD).unwrap().key_id(), Vault::parse(base64).unwrap().key_id());
}

/// RFC 5869, appendix A, and Wycheproof's cases for SHA-256.
#[test]
fn hkdf_as_published() {
    let key = [0x0b; 22];
    let salt: Vec<u8> = (0..=0x0c).collect();
    let purpose: Vec<u8> = (0xf0..=0xf9).collect();
    let mut out = [0; 42];
    hkdf(&salt, &key, &purpose, &mut out);
    let want = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
    assert_eq!(out[..], hex(&want.into())[..]);
    let mut out = [0; 42];
    hkdf(&[], &key, &[], &mut out);
    let want = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8";
    assert_eq!(out[..], hex(&want.into())[..]);
    let mut run = 0;
    for group in published("hkdf_sha256.json")["testGroups"].as_array().unwrap() {
        for case in group["tests"].as_array().unwrap() {
            if case["result"] == "valid" {
                let mut out = vec![0; usize::try_from(case["size"].as_u64().unwrap()).unwrap()];
                hkdf(&hex(&case["salt"]), &hex(&case["ikm"]), &hex(&case["info"]), &mut out);
                assert_eq!(out, hex(&case["okm"]), "{}", case["tcId"]);
                run += 1;
            }
        }
    }
    assert!(run > 50, "{run}");
}

/// Wycheproof's cases for AES-256-GCM with a 96-bit nonce and a 128-bit tag, the only form used here.
#[test]
fn aes_gcm_as_published() {
    let (mut good, mut bad) = (0, 0);
    for group in published("aes_256_gcm.json")["testGroups"].as_array().unwrap() {
        for case in group["tests"].as_array().unwrap() {
            let key: [u8; 32] = hex(&case["key"]).try_into().unwrap();
            let cipher = Aes256Gcm::new(&key.into());
            let nonce = nonce_of(&hex(&case["iv"])).unwrap();
            let (aad, clear) = (hex(&case["aad"]), hex(&case["msg"]));
            let sealed = [hex(&case["ct"]), hex(&case["tag"])].concat();
            let opened = cipher.decrypt(&nonce, Payload { msg: &sealed, aad: &aad });
            if case["result"] == "valid" {
                assert_eq!(opened.unwrap(), clear, "{}", case["tcId"]);
                let again = cipher.encrypt(&nonce, Payload { msg: &clear, aad: &aad }).unwrap();
                assert_eq!(again, sealed, "{}", case["tcId"]);
                good += 1;
            } else {
                assert!(opened.is_err(), "{}", case["tcId"]);
                bad += 1;
            }
        }
    }
    assert!(good > 20 && bad > 20, "{good} {bad}");
}

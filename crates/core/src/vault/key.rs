//! Master keys: 32 random bytes, and a name that tells nothing of them.

use super::hkdf::hkdf;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

/// A master key. Like a secret it cannot be shown.
#[derive(Clone)]
pub struct MasterKey {
    bytes: [u8; 32],
    id: String,
}

impl MasterKey {
    pub fn new(bytes: [u8; 32]) -> Self {
        let mut name = [0; 6];
        hkdf(b"proxyagent key id", &bytes, b"", &mut name);
        Self { bytes, id: name.iter().map(|byte| format!("{byte:02x}")).collect() }
    }

    /// 64 hexadecimal digits, or 32 bytes in base64 of any alphabet.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bytes = if text.len() == 64 {
            hexadecimal(text)?
        } else {
            let alphabets = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD];
            alphabets.iter().find_map(|alphabet| alphabet.decode(text).ok())?
        };
        bytes.try_into().ok().map(Self::new)
    }

    /// The key's name, derived from it one way.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn derive(&self, salt: &[u8], purpose: &[u8], out: &mut [u8]) {
        hkdf(salt, &self.bytes, purpose, out);
    }
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let pair = |pair: &[u32]| match pair {
        [high, low] => u8::try_from(high * 16 + low).ok(),
        _ => None,
    };
    digits?.chunks(2).map(pair).collect()
}

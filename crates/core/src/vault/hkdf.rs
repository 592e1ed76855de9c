//! HKDF with SHA-256 (RFC 5869).

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Fills `out`, at most 8160 bytes, from a key, a salt and a purpose. More than that stays zero.
pub(super) fn hkdf(salt: &[u8], key: &[u8], purpose: &[u8], out: &mut [u8]) {
    let extracted = hmac(salt, &[key]);
    let mut block = [0; 32];
    for (n, chunk) in out.chunks_mut(32).enumerate() {
        let Ok(counter) = u8::try_from(n + 1) else { return };
        let before: &[u8] = if n == 0 { &[] } else { &block };
        block = hmac(&extracted, &[before, purpose, &[counter]]);
        for (to, from) in chunk.iter_mut().zip(block) {
            *to = from;
        }
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

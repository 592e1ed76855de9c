//! Secrets at rest. A text is sealed with AES-256-GCM under a key of its own, derived from a master key, and bound to
//! the row it stands in: moved, exchanged or edited it does not open. Nothing is ever stored in clear instead.

mod hkdf;
mod key;

use crate::ports::Entropy;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
pub use key::MasterKey;

/// The master keys of one proxy. The first seals; each opens what it sealed, so that keys can be changed at leisure.
pub struct Vault {
    current: MasterKey,
    earlier: Vec<MasterKey>,
}

/// Where a sealed text stands. It opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    pub table: &'static str,
    pub column: &'static str,
    pub row: &'a str,
    pub provider: &'a str,
    pub kind: &'a str,
}

/// Why a sealed text does not open. Says nothing about its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unopened {
    #[error("it was sealed with a master key that is not here")]
    KeyMissing,
    #[error("it was changed, or stands where it was not sealed")]
    Foreign,
    #[error("it was not sealed by this version")]
    Malformed,
}

impl Vault {
    /// Master keys as text, the current one first: 32 bytes each in hexadecimal or base64, with white space or commas
    /// between them.
    ///
    /// # Errors
    /// One sentence, which shows nothing of the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut keys = Vec::new();
        for part in text.split([',', ' ', '\n', '\r', '\t']).filter(|part| !part.is_empty()) {
            keys.push(MasterKey::parse(part).ok_or("is not 32 bytes in hexadecimal or base64")?);
        }
        if keys.is_empty() || keys.len() > MOST_KEYS {
            return Err(format!("must hold 1 to {MOST_KEYS} keys"));
        }
        let current = keys.remove(0);
        Ok(Self { current, earlier: keys })
    }

    /// The name of the key that seals.
    pub fn key_id(&self) -> &str {
        self.current.id()
    }

    /// The names of all keys, the current one first.
    pub fn key_ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.key_id()).chain(self.earlier.iter().map(MasterKey::id))
    }

    /// Seals `clear`: `1.KEY.BASE64`, the last part being salt, nonce and ciphertext with its tag. `None` never happens
    /// for texts that fit into memory.
    pub fn seal(&self, entropy: &impl Entropy, place: Place<'_>, clear: &[u8]) -> Option<String> {
        let mut fresh = [0; SALT + NONCE];
        entropy.fill(&mut fresh);
        let (salt, nonce) = fresh.split_at(SALT);
        let sealed = cipher(&self.current, salt)
            .encrypt(&nonce_of(nonce)?, Payload { msg: clear, aad: &bound(place, self.key_id()) })
            .ok()?;
        let whole = [&fresh[..], &sealed].concat();
        Some(format!("{VERSION}.{}.{}", self.key_id(), URL_SAFE_NO_PAD.encode(whole)))
    }

    /// # Errors
    /// When it was not sealed at this very place with one of these keys.
    pub fn open(&self, place: Place<'_>, text: &str) -> Result<Vec<u8>, Unopened> {
        let mut parts = text.splitn(3, '.');
        let (Some(VERSION), Some(id), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(Unopened::Malformed);
        };
        let key = std::iter::once(&self.current).chain(&self.earlier).find(|key| key.id() == id);
        let key = key.ok_or(Unopened::KeyMissing)?;
        let whole = URL_SAFE_NO_PAD.decode(rest).map_err(|_| Unopened::Malformed)?;
        let (salt, rest) = whole.split_at_checked(SALT).ok_or(Unopened::Malformed)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or(Unopened::Malformed)?;
        let nonce = nonce_of(nonce).ok_or(Unopened::Malformed)?;
        cipher(key, salt)
            .decrypt(&nonce, Payload { msg: sealed, aad: &bound(place, id) })
            .map_err(|_| Unopened::Foreign)
    }
}

/// A key for one text only: no nonce can meet another text under it.
fn cipher(key: &MasterKey, salt: &[u8]) -> Aes256Gcm {
    let mut own = [0; 32];
    key.derive(salt, b"proxyagent vault 1", &mut own);
    Aes256Gcm::new(&own.into())
}

fn nonce_of(bytes: &[u8]) -> Option<Nonce<aes_gcm::aead::consts::U12>> {
    <[u8; NONCE]>::try_from(bytes).ok().map(Into::into)
}

/// What the ciphertext is bound to, each part behind its length: no two places have the same bytes.
fn bound(place: Place<'_>, key_id: &str) -> Vec<u8> {
    let Place { table, column, row, provider, kind } = place;
    let mut bytes = Vec::new();
    for part in [VERSION, table, column, row, provider, kind, key_id] {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part.as_bytes());
    }
    bytes
}

const VERSION: &str = "1";
const SALT: usize = 16;
const NONCE: usize = 12;
/// The current key, and those that rows may still be sealed with.
const MOST_KEYS: usize = 4;

#[cfg(test)]
mod tests;

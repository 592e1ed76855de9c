//! The text of a machine token: `pa_`, 40 random base-62 characters (238 bits), and a checksum of 6, so that a typing
//! error, a foreign key or a guess is told apart without asking the store. The scheme is GitHub's
//! (github.blog, "Behind GitHub's new authentication token formats").

use crate::ports::Entropy;
use crate::problem::Problem;
use sha2::{Digest, Sha256};

/// SHA-256 of a token's text: the only form that is stored, looked up or kept in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash([u8; 32]);

/// A new token. The text can be shown once, to whoever minted it.
pub struct Minted {
    pub text: TokenText,
    pub hash: TokenHash,
    /// What lists show: enough to recognise the token, useless for calls.
    pub masked: String,
}

/// A token in clear. No `Debug`, no `Display`, no `Serialize`.
pub struct TokenText(String);

impl TokenText {
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl TokenHash {
    /// Hashes what a caller presented as its token.
    ///
    /// # Errors
    /// [`Problem::TokenMalformed`] for everything that no proxy can have minted, before any store is asked.
    pub fn of(presented: &str) -> Result<Self, Problem> {
        check(presented).map_err(Problem::TokenMalformed)?;
        Ok(Self(Sha256::digest(presented).into()))
    }

    /// 64 lower-case hex digits, as stored.
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Mints a token.
pub fn mint(entropy: &impl Entropy) -> Minted {
    let random = random_base62(entropy, RANDOM);
    let unchecked = format!("{PREFIX}{random}");
    let text = format!("{unchecked}{}", checksum(&unchecked));
    let masked =
        format!("{}…{}", text.get(..7).unwrap_or(PREFIX), text.get(LENGTH - 4..).unwrap_or_default());
    Minted { hash: TokenHash(Sha256::digest(&text).into()), masked, text: TokenText(text) }
}

/// Uniform base-62 characters: six bits at a time, and the two values beyond the alphabet are drawn again rather than
/// folded onto it.
pub(crate) fn random_base62(entropy: &impl Entropy, length: usize) -> String {
    let mut drawn = String::with_capacity(length);
    while drawn.len() < length {
        let mut bytes = [0_u8; 48];
        entropy.fill(&mut bytes);
        let digits = bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 0x3f)));
        drawn.extend(digits.take(length - drawn.len()).map(|&digit| char::from(digit)));
    }
    drawn
}

fn check(presented: &str) -> Result<(), &'static str> {
    let Some(rest) = presented.strip_prefix(PREFIX) else { return Err("it does not begin with pa_") };
    if !rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err("it holds a character that is neither a letter nor a digit behind pa_");
    }
    if presented.len() != LENGTH {
        return Err("it is not 49 characters long; was all of it copied?");
    }
    match presented.split_at_checked(LENGTH - CHECKSUM) {
        Some((unchecked, given)) if checksum(unchecked) == given => Ok(()),
        _ => Err("its checksum is wrong; was it mistyped?"),
    }
}

/// CRC-32 of everything before it, in base 62, six digits with leading zeros.
fn checksum(unchecked: &str) -> String {
    let mut rest = crc32(unchecked.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET.get((rest % 62) as usize).copied().unwrap_or(b'0');
        rest /= 62;
    }
    digits.iter().map(|&digit| char::from(digit)).collect()
}

/// CRC-32/ISO-HDLC.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        let [low, ..] = crc.to_le_bytes();
        (crc >> 8) ^ CRC_TABLE.get(usize::from(low ^ byte)).copied().unwrap_or_default()
    })
}

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which refuses an index out of bounds"
)]
const fn crc_table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let (mut crc, mut bit) = (index as u32, 0);
        while bit < 8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
}

static CRC_TABLE: [u32; 256] = crc_table();
const PREFIX: &str = "pa_";
const RANDOM: usize = 40;
const CHECKSUM: usize = 6;
const LENGTH: usize = PREFIX.len() + RANDOM + CHECKSUM;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

#[cfg(test)]
mod tests;

//! Ids of calls: time-ordered, unguessable, short enough for a header.

use crate::ports::Entropy;
use crate::time::UnixMs;

/// A new id: 12 hex digits of milliseconds, then 20 random hex digits (80 bits), so that ids sort by time.
pub fn fresh(now: UnixMs, entropy: &impl Entropy) -> String {
    let mut random = [0_u8; 10];
    entropy.fill(&mut random);
    let ms = u64::try_from(now.0).unwrap_or(0).to_be_bytes();
    let mut id = String::with_capacity(36);
    id.push_str("req_");
    for byte in ms.iter().skip(2).chain(&random) {
        id.push(hex_digit(byte >> 4));
        id.push(hex_digit(byte & 15));
    }
    id
}

/// No call that began at `at` or later has a smaller id.
pub(crate) fn first(at: UnixMs) -> String {
    format!("req_{:012x}", u64::try_from(at.0).unwrap_or(0))
}

/// When an id of ours was made.
pub(crate) fn moment(id: &str) -> Option<UnixMs> {
    let digits = id.strip_prefix("req_")?.get(..12)?;
    i64::from_str_radix(digits, 16).ok().map(UnixMs)
}

fn hex_digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0')
}

/// The caller's own id, if it is one that may be echoed and stored: 1 to 128 visible ASCII characters of
/// `A-Z a-z 0-9 . _ : -`.
pub fn accept(given: &str) -> Option<&str> {
    let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'-');
    (!given.is_empty() && given.len() <= 128 && given.bytes().all(good)).then_some(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sevens;
    impl Entropy for Sevens {
        fn fill(&self, out: &mut [u8]) {
            out.fill(7);
        }
    }

    #[test]
    fn ids_sort_by_time() {
        let (a, b) = (fresh(UnixMs(255), &Sevens), fresh(UnixMs(1_795_478_400_000), &Sevens));
        assert_eq!(a, "req_0000000000ff07070707070707070707");
        assert!(a < b);
        assert_eq!(moment(&b), Some(UnixMs(1_795_478_400_000)));
        assert!(first(UnixMs(1_795_478_400_000)) < b && first(UnixMs(1_795_478_400_001)) > b);
        assert_eq!((moment("mine"), moment("req_12")), (None, None));
    }

    #[test]
    fn a_callers_id_is_echoed_only_when_harmless() {
        for (given, good) in
            [("abc-1", true), ("", false), ("a b", false), ("a\r\nx: y", false), ("<script>", false)]
        {
            assert_eq!(accept(given).is_some(), good, "{given:?}");
        }
        assert!(accept(&"x".repeat(129)).is_none());
    }
}

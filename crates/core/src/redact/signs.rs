//! Kinds of characters, and where runs of them end. A run that was measured once is not measured again, so that asking
//! at every place of a text stays linear in the text.

/// A set of ASCII characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signs(u16);

impl Signs {
    /// The set that a pattern names by this letter.
    pub(super) fn named(letter: u8) -> Option<Self> {
        LETTERS.iter().position(|known| *known == letter).map(|bit| Self(1 << bit))
    }

    pub(super) const ALPHANUMERIC: Self = Self(1 << 5);
    pub(super) const WORD: Self = Self(1 << 6);
    /// What stands before the path of a URL.
    pub(super) const AUTHORITY: Self = Self(1 << 10);

    pub(super) fn has(self, byte: u8) -> bool {
        TABLE.get(usize::from(byte)).is_some_and(|sets| sets & self.0 != 0)
    }
}

/// A text and the runs measured in it last, one for each set.
pub(super) struct Runs<'a> {
    pub(super) text: &'a [u8],
    known: [(usize, usize); SETS],
}

impl<'a> Runs<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { text, known: [(0, 0); SETS] }
    }

    /// Just behind the run of `signs` that `at` is in; `at` itself if it is in none.
    pub(super) fn end(&mut self, signs: Signs, at: usize) -> usize {
        let text = self.text;
        let Some(known) = self.known.get_mut(signs.0.trailing_zeros() as usize) else { return at };
        if !(known.0..known.1).contains(&at) {
            let rest = text.get(at..).unwrap_or_default();
            let length = rest.iter().position(|byte| !signs.has(*byte)).unwrap_or(rest.len());
            *known = (at, at + length);
        }
        known.1
    }
}

const LETTERS: &[u8; SETS] = b"dhHluawbvzA";
const SETS: usize = 11;

/// For each byte, the sets it is in.
static TABLE: [u16; 256] = table();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which refuses an index out of bounds"
)]
const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        let (digit, lower, upper) = (b.is_ascii_digit(), b.is_ascii_lowercase(), b.is_ascii_uppercase());
        let alphanumeric = digit || lower || upper;
        let sets = [
            digit,                                                                       // d
            digit || (b >= b'a' && b <= b'f'),                                           // h
            b.is_ascii_hexdigit(),                                                       // H
            digit || lower,                                                              // l
            digit || upper,                                                              // u
            alphanumeric,                                                                // a
            alphanumeric || matches!(b, b'_' | b'-'),                                    // w
            alphanumeric || matches!(b, b'+' | b'/'),                                    // b
            alphanumeric || matches!(b, b'_' | b'-' | b'.' | b'=' | b'+' | b'/' | b'~'), // v
            alphanumeric || matches!(b, b'_' | b'-' | b'.' | b'~'),                      // z
            b > b' '
                && b < 0x7f
                && !matches!(b, b'/' | b'"' | b'\'' | b'<' | b'>' | b'\\' | b'`' | b'?' | b'#'), // A
        ];
        let mut set = 0;
        while set < SETS {
            table[byte] |= (sets[set] as u16) << set;
            set += 1;
        }
        byte += 1;
    }
    table
}

//! One count of a usage object. What is not a plausible whole number is never credited: it leaves the earlier value
//! and marks the usage as unsure.

/// Beyond this a "token count" is a mistake: no model takes a billion tokens.
const MAX_COUNT: u64 = 1_000_000_000;

/// A count as the provider last stated it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Count(Option<u64>);

impl Count {
    /// Takes over a raw JSON value unless it is null: the last value wins, values are never added. `unsure` is set
    /// when the value is negative, fractional, too big or not a number.
    pub(super) fn take(&mut self, value: &[u8], unsure: &mut bool) {
        if value == b"null" {
            return;
        }
        match parse(value) {
            Some(count) => self.0 = Some(count),
            None => *unsure = true,
        }
    }

    pub(super) fn known(self) -> Option<u64> {
        self.0
    }

    pub(super) fn or_zero(self) -> u64 {
        self.0.unwrap_or(0)
    }

    pub(super) fn set(&mut self, count: u64) {
        self.0 = Some(count);
    }
}

/// A whole number up to [`MAX_COUNT`]; `12.0` counts as whole.
fn parse(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if whole.is_empty() || !whole.bytes().all(|b| b.is_ascii_digit()) || !fraction.bytes().all(|b| b == b'0')
    {
        return None;
    }
    whole.parse().ok().filter(|count| *count <= MAX_COUNT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn take_table() {
        for (value, want, unsure) in [
            ("12", 12, false),
            ("0", 0, false),
            ("12.0", 12, false),
            ("null", 7, false),
            ("-1", 7, true),
            ("1.5", 7, true),
            ("1e3", 7, true),
            ("\"12\"", 7, true),
            ("1000000000", 1_000_000_000, false),
            ("1000000001", 7, true),
            ("99999999999999999999999", 7, true),
            ("{}", 7, true),
        ] {
            let (mut count, mut seen_unsure) = (Count(Some(7)), false);
            count.take(value.as_bytes(), &mut seen_unsure);
            assert_eq!((count.or_zero(), seen_unsure), (want, unsure), "{value}");
        }
    }
}

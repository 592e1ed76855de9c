//! Money in integer nano-dollars (10⁻⁹ US dollars). Never a float on the way to or from the ledger.

use std::ops::{Add, Sub};

use crate::decimal::{Rounding, scaled};

/// An amount in nano-dollars. Exact to 9 million dollars in a JavaScript number (2⁵³).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nano(pub i64);

impl Nano {
    pub const ZERO: Self = Self(0);
    pub const PER_DOLLAR: i64 = 1_000_000_000;
    /// The largest amount a budget may have: what D1 can hand back without rounding.
    pub const MAX: Self = Self(9_000_000 * Self::PER_DOLLAR);

    /// Dollars for display and JSON; not for arithmetic.
    pub fn dollars(self) -> f64 {
        self.0 as f64 / Self::PER_DOLLAR as f64
    }

    /// Dollars as a decimal, exact and without trailing zeros: `0.000208`.
    pub fn decimal(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let per_dollar = Self::PER_DOLLAR.unsigned_abs();
        let (whole, nanos) = (self.0.unsigned_abs() / per_dollar, self.0.unsigned_abs() % per_dollar);
        let text = format!("{sign}{whole}.{nanos:09}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    /// Parses decimal dollars, digit by digit: `5`, `0.25`, `1.000000001`. `None` for anything else, for a negative
    /// amount, for more than nine decimals and beyond [`Nano::MAX`].
    pub fn parse_dollars(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty())
            || !digits(whole)
            || !digits(fraction)
            || fraction.len() > 9
        {
            return None;
        }
        let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let nanos: i64 = format!("{fraction:0<9}").parse().ok()?;
        let total = whole.checked_mul(Self::PER_DOLLAR)?.checked_add(nanos)?;
        (total <= Self::MAX.0).then_some(Self(total))
    }

    /// A provider's own figure: any JSON number, in units of 10^`exponent` dollars, rounded half up. `None` when it is
    /// negative or beyond [`Nano::MAX`].
    pub fn parse_decimal(text: &str, exponent: i32) -> Option<Self> {
        let nanos = scaled(text, exponent.checked_add(9)?, Rounding::HalfUp)?;
        i64::try_from(nanos).ok().map(Self).filter(|amount| *amount <= Self::MAX)
    }
}

impl Add for Nano {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Nano {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_table() {
        for (text, want) in [
            ("5", Some(5_000_000_000)),
            ("0.25", Some(250_000_000)),
            (".5", Some(500_000_000)),
            ("0.000000001", Some(1)),
            ("0.0000000001", None),
            ("0", Some(0)),
            ("-1", None),
            ("1e3", None),
            ("", None),
            (".", None),
            ("9000000", Some(9_000_000_000_000_000)),
            ("9000001", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(Nano::parse_dollars(text).map(|n| n.0), want, "{text}");
        }
    }
}

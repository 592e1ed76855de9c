//! Dollars in JSON: numbers whose text is exact to the nano-dollar, in both directions. No float takes part.

use crate::money::Nano;
use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// An amount that serialises as a JSON number of dollars, e.g. `0.000208`.
pub(crate) struct Dollars(pub(crate) Nano);

impl Serialize for Dollars {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.decimal()).map_err(S::Error::custom)?.serialize(out)
    }
}

/// The amount in a JSON number of dollars.
///
/// # Errors
/// Why it is not an amount, as the end of a sentence about it.
pub(super) fn parse(number: &RawValue) -> Result<Nano, &'static str> {
    let text = number.get();
    match text.as_bytes().first() {
        Some(b'0'..=b'9') => {}
        Some(b'-') => return Err("must not be negative"),
        _ => return Err("must be a number of dollars, or null for no budget"),
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Ok(Nano::ZERO);
    }
    // The amount is `digits` times ten to the power of `scale`.
    let exponent: i64 = exponent.parse().map_err(|_| TOO_LARGE)?;
    let scale =
        i64::try_from(fraction.len()).ok().and_then(|moved| exponent.checked_sub(moved)).ok_or(TOO_LARGE)?;
    let trimmed = significant.trim_end_matches('0');
    let zeros = i64::try_from(significant.len() - trimmed.len()).map_err(|_| TOO_LARGE)?;
    let Some(nanos) = scale.checked_add(zeros).and_then(|scale| scale.checked_add(9)) else {
        return Err(TOO_LARGE);
    };
    let Ok(power) = u32::try_from(nanos) else { return Err("has more than nine decimals") };
    let amount =
        trimmed.parse::<i64>().ok().zip(10_i64.checked_pow(power)).and_then(|(a, b)| a.checked_mul(b));
    amount.map(Nano).filter(|amount| *amount <= Nano::MAX).ok_or(TOO_LARGE)
}

const TOO_LARGE: &str = "is more than the 9000000 dollars that can be counted exactly";

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<i64, &'static str> {
        parse(&RawValue::from_string(text.to_owned()).unwrap()).map(|amount| amount.0)
    }

    #[test]
    fn parse_table() {
        for (text, want) in [
            ("0", 0),
            ("0.0", 0),
            ("0e999999999999999999999", 0),
            ("5", 5_000_000_000),
            ("0.1", 100_000_000),
            ("0.000000001", 1),
            ("0.0000000010000", 1),
            ("1e-9", 1),
            ("2.5E-1", 250_000_000),
            ("12.50e+2", 1_250_000_000_000),
            ("1000000e-15", 1),
            ("8999999.999999999", 8_999_999_999_999_999),
            ("9000000", 9_000_000_000_000_000),
            ("9e6", 9_000_000_000_000_000),
        ] {
            assert_eq!(parsed(text), Ok(want), "{text}");
        }
        for (text, part) in [
            ("-1", "negative"),
            ("-0", "negative"),
            ("\"5\"", "a number of dollars"),
            ("true", "a number of dollars"),
            ("[5]", "a number of dollars"),
            ("0.0000000001", "nine decimals"),
            ("1e-10", "nine decimals"),
            ("0.30000000000000004", "nine decimals"),
            ("9000000.000000001", "9000000"),
            ("1e30", "9000000"),
            ("1e99999999999999999999", "9000000"),
            ("123456789012345678901234567890", "9000000"),
        ] {
            let why = parsed(text).unwrap_err();
            assert!(why.contains(part), "{text}: {why}");
        }
    }

    #[test]
    fn every_amount_is_written_as_it_is_read() {
        for (nano, text) in [
            (0, "0"),
            (1, "0.000000001"),
            (208_000, "0.000208"),
            (5_000_000_000, "5"),
            (10_000_000_000, "10"),
            (1_250_000_000, "1.25"),
            (8_999_999_999_999_999, "8999999.999999999"),
        ] {
            assert_eq!(serde_json::to_string(&Dollars(Nano(nano))).unwrap(), text);
            assert_eq!(parsed(text), Ok(nano));
        }
        assert_eq!(Nano(-1_500_000_000).decimal(), "-1.5");
    }
}

//! Exact integers from the decimal text of a JSON number, without a float in between.

/// What to do with digits that do not fit the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    HalfUp,
    /// For prices: a fraction is never lost in the caller's favour.
    Up,
}

/// `text` × 10^`power` as an integer, e.g. `("0.25", 9)` → 250 000 000. Takes JSON's number forms (`5e-05` too);
/// `None` for a negative number, for anything else and beyond `u64`.
pub fn scaled(text: &str, power: i32, rounding: Rounding) -> Option<u64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let shift = exponent.checked_add(power)?.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    if shift >= 0 {
        let factor = 10u64.checked_pow(u32::try_from(shift).ok()?)?;
        return significant.parse::<u64>().ok()?.checked_mul(factor);
    }
    // The last `cut` digits are behind the unit.
    let cut = usize::try_from(shift.unsigned_abs()).ok()?;
    let kept = significant.len().saturating_sub(cut);
    let (head, tail) = significant.split_at_checked(kept)?;
    let value: u64 = if head.is_empty() { 0 } else { head.parse().ok()? };
    let up = match rounding {
        Rounding::Up => tail.bytes().any(|b| b != b'0'),
        Rounding::HalfUp => tail.len() == cut && tail.bytes().next().is_some_and(|b| b >= b'5'),
    };
    value.checked_add(u64::from(up))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaled_table() {
        for (text, power, half_up, up) in [
            ("0.25", 9, Some(250_000_000), Some(250_000_000)),
            ("5e-05", 9, Some(50_000), Some(50_000)),
            ("1.9E3", 0, Some(1900), Some(1900)),
            ("19340000", -1, Some(1_934_000), Some(1_934_000)),
            ("0.000833333", 6, Some(833), Some(834)),
            ("0.5", 0, Some(1), Some(1)),
            ("0.49", 0, Some(0), Some(1)),
            ("0.05", 0, Some(0), Some(1)),
            ("1.0000000000001", 9, Some(1_000_000_000), Some(1_000_000_001)),
            ("0", 12, Some(0), Some(0)),
            ("0.000", 3, Some(0), Some(0)),
            ("18446744073709551616", 0, None, None),
            ("1e99", 0, None, None),
            ("1e-99", 0, Some(0), Some(1)),
            ("-1", 0, None, None),
            ("", 0, None, None),
            (".5", 0, None, None),
            ("abc", 0, None, None),
            ("1e", 0, None, None),
            ("\"1\"", 0, None, None),
        ] {
            assert_eq!(scaled(text, power, Rounding::HalfUp), half_up, "{text}e{power} half up");
            assert_eq!(scaled(text, power, Rounding::Up), up, "{text}e{power} up");
        }
    }
}

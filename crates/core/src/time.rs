//! Instants and spans, in whole milliseconds. The time is always an argument; nothing here reads a clock.

use std::ops::{Add, Sub};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMs(pub i64);

/// A span in milliseconds, never negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

/// A span, or a reading of a stopwatch, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub u64);

impl UnixMs {
    /// The span from `earlier` to here; zero when the clock went backwards.
    pub fn since(self, earlier: Self) -> Millis {
        Millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The UTC day number since 1970-01-01.
    pub fn day(self) -> i64 {
        self.0.div_euclid(86_400_000)
    }

    /// Midnight of a date, UTC. `None` for a date that is not in the calendar.
    pub fn of_date(year: i64, month: i64, day: i64) -> Option<Self> {
        let days = days_from_civil(year, month, day);
        let there = (1970..10_000).contains(&year) && civil_from_days(days) == (year, month, day);
        there.then_some(Self(days * 86_400_000))
    }

    /// An instant as RFC 3339 writes it in UTC, to the second; fractions are dropped.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
        let marks = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")];
        if !text.ends_with('Z') || marks.iter().any(|(at, mark)| text.get(*at..at + 1) != Some(mark)) {
            return None;
        }
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let seconds = (number(11..13)? * 60 + number(14..16)?) * 60 + number(17..19)?;
        Some(Self((days_from_civil(year, month, day) * 86_400 + seconds) * 1000))
    }

    /// Midnight UTC of the first day of its month.
    pub fn month(self) -> Self {
        let (_, _, day) = civil_from_days(self.day());
        Self((self.day() - (day - 1)).saturating_mul(86_400_000))
    }

    /// RFC 3339 in UTC with milliseconds, e.g. `2026-11-24T08:00:00.000Z`.
    pub fn rfc3339(self) -> String {
        let (year, month, day) = civil_from_days(self.day());
        let ms = self.0.rem_euclid(86_400_000);
        let (hour, minute, second, milli) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
        let mut text = String::with_capacity(24);
        for (value, width, behind) in [
            (year, 4, '-'),
            (month, 2, '-'),
            (day, 2, 'T'),
            (hour, 2, ':'),
            (minute, 2, ':'),
            (second, 2, '.'),
            (milli, 3, 'Z'),
        ] {
            digits(&mut text, value, width);
            text.push(behind);
        }
        text
    }
}

impl Micros {
    /// The span from `earlier` to here.
    pub fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }
}

impl Millis {
    pub const fn seconds(n: u64) -> Self {
        Self(n.saturating_mul(1000))
    }

    /// Whole seconds, rounded up: the form `Retry-After` wants, so that a client never comes back early.
    pub fn ceil_seconds(self) -> u64 {
        self.0.div_ceil(1000)
    }
}

impl Add<Millis> for UnixMs {
    type Output = Self;
    fn add(self, span: Millis) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.0).unwrap_or(i64::MAX)))
    }
}

impl Sub<Millis> for UnixMs {
    type Output = Self;
    fn sub(self, span: Millis) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.0).unwrap_or(i64::MAX)))
    }
}

/// Decimal digits, filled up with zeros.
fn digits(out: &mut String, value: i64, width: u32) {
    let mut unit = 10_i64.pow(width.saturating_sub(1));
    if !(0..unit.saturating_mul(10)).contains(&value) {
        let width = width as usize;
        out.push_str(&format!("{value:0width$}")); // a year beyond four digits
        return;
    }
    while unit > 0 {
        let digit = u32::try_from(value / unit % 10).unwrap_or(0);
        out.push(char::from_digit(digit, 10).unwrap_or('0'));
        unit /= 10;
    }
}

/// (year, month, day) to days since 1970-01-01. Source: as [`civil_from_days`], `days_from_civil`.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Days since 1970-01-01 to (year, month, day), proleptic Gregorian.
/// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_table() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_795_478_399_999, "2026-11-23T23:59:59.999Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (253_402_300_800_000, "10000-01-01T00:00:00.000Z"),
            (-62_198_755_200_000, "-001-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(UnixMs(ms).rfc3339(), text);
        }
    }

    #[test]
    fn a_clock_that_goes_back_gives_a_zero_span() {
        assert_eq!(UnixMs(5).since(UnixMs(9)), Millis(0));
        assert_eq!(Millis(1).ceil_seconds(), 1);
    }
}

//! The spans that budgets are for: a day, a week, a calendar month, some days. All begin at midnight UTC; nobody's own
//! clock has a part in it.

use crate::time::{Millis, UnixMs};

/// What span a budget is for. Weeks begin on Mondays, spans of other days are counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window(i64);

impl Window {
    pub const DAY: Self = Self(1);
    pub const WEEK: Self = Self(7);
    pub const MONTH: Self = Self(0);

    /// `day`, `week`, `month`, or days as in `30d`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "day" => Some(Self::DAY),
            "week" => Some(Self::WEEK),
            "month" => Some(Self::MONTH),
            days => {
                let number =
                    days.strip_suffix('d').filter(|n| n.bytes().all(|byte| byte.is_ascii_digit()))?;
                Self::stored(number.parse().ok()?).filter(|window| *window != Self::MONTH)
            }
        }
    }

    /// From its column.
    pub fn stored(days: i64) -> Option<Self> {
        (0..=MOST_DAYS).contains(&days).then_some(Self(days))
    }

    /// Its column: whole days, 0 for a month.
    pub fn days(self) -> i64 {
        self.0
    }

    /// As it is written: `day`, `30d`.
    pub fn name(self) -> String {
        match self {
            Self::DAY => "day".to_owned(),
            Self::WEEK => "week".to_owned(),
            Self::MONTH => "month".to_owned(),
            Self(days) => format!("{days}d"),
        }
    }

    /// When the window around `now` began. The admission statement computes the same.
    pub fn start(self, now: UnixMs) -> UnixMs {
        match self {
            Self::MONTH => now.month(),
            Self(days) => {
                let monday = if days == Self::WEEK.0 { MONDAY } else { 0 };
                midnight(now.day() - (now.day() + monday).rem_euclid(days.max(1)))
            }
        }
    }

    /// When the next one begins.
    pub fn end(self, now: UnixMs) -> UnixMs {
        match self {
            // 31 days after the first of a month is always in the next one.
            Self::MONTH => (now.month() + Millis(31 * DAY)).month(),
            Self(days) => self.start(now) + Millis(days.unsigned_abs().saturating_mul(DAY)),
        }
    }
}

fn midnight(day: i64) -> UnixMs {
    UnixMs(day.saturating_mul(86_400_000))
}

const DAY: u64 = 86_400_000;
/// 1970-01-01 was three days after a Monday.
const MONDAY: i64 = 3;
const MOST_DAYS: i64 = 366;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_table() {
        // 2026-11-24 is a Tuesday.
        let now = UnixMs(1_795_507_200_000);
        for (text, start, end) in [
            ("day", "2026-11-24", "2026-11-25"),
            ("week", "2026-11-23", "2026-11-30"),
            ("month", "2026-11-01", "2026-12-01"),
            ("1d", "2026-11-24", "2026-11-25"),
            ("2d", "2026-11-23", "2026-11-25"),
            ("30d", "2026-11-03", "2026-12-03"),
        ] {
            let window = Window::parse(text).unwrap();
            let date = |at: UnixMs| at.rfc3339().split('T').next().unwrap().to_owned();
            assert_eq!(
                (date(window.start(now)), date(window.end(now))),
                (start.to_owned(), end.to_owned()),
                "{text}"
            );
            assert_eq!(window.start(window.start(now)), window.start(now));
            assert_eq!(window.start(window.end(now)), window.end(now), "{text}");
            assert_eq!(Window::stored(window.days()), Some(window));
        }
        for text in ["", "d", "0d", "367d", "-1d", "+1d", "year", "Day", "1h", "1.5d"] {
            assert_eq!(Window::parse(text), None, "{text}");
        }
    }

    #[test]
    fn months_end_where_the_next_begins() {
        for (now, start, end) in [
            (1_769_860_800_000, "2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"), // on the 31st
            (1_709_164_800_000, "2024-02-01T00:00:00.000Z", "2024-03-01T00:00:00.000Z"), // a leap day
            (1_798_761_599_999, "2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"),
        ] {
            let window = Window::MONTH;
            assert_eq!(window.start(UnixMs(now)).rfc3339(), start);
            assert_eq!(window.end(UnixMs(now)).rfc3339(), end);
        }
    }
}

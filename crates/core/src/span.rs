//! Spans and moments as people write them: `90s`, `30m`, `12h`, `30d`, `2w`; `2026-11-24`, `2026-11-24T08:30`.

use crate::time::{Millis, UnixMs};

/// Whole seconds of a span: a number, alone (seconds) or with one of the units s, m, h, d, w.
pub fn seconds(text: &str) -> Option<u64> {
    let (number, unit) = match text.char_indices().last() {
        Some((at, unit)) if !unit.is_ascii_digit() => (text.get(..at)?, unit),
        _ => (text, 's'),
    };
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    whole(number)?.checked_mul(factor)
}

/// A span before `now`, or a day or time in UTC.
pub fn moment(text: &str, now: UnixMs) -> Option<UnixMs> {
    if let Some(ago) = seconds(text).filter(|_| text.ends_with(|c: char| c.is_ascii_alphabetic())) {
        return Some(now - Millis::seconds(ago));
    }
    let (date, time) = text.split_once(['T', 't']).unwrap_or((text, "00:00"));
    let [year, month, day] = numbers(date, '-')?.map(|n| i64::try_from(n).unwrap_or(i64::MAX));
    let time = time.strip_suffix(['Z', 'z']).unwrap_or(time);
    let (time, milli) = match time.split_once('.') {
        Some((time, fraction)) if fraction.len() <= 3 => (time, whole(&format!("{fraction:0<3}"))?),
        Some(_) => return None,
        None => (time, 0),
    };
    let [hour, minute, second] = numbers(time, ':').or_else(|| numbers(&format!("{time}:00"), ':'))?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let ms = ((hour * 60 + minute) * 60 + second) * 1000 + milli;
    let at = UnixMs::of_date(year, month, day)? + Millis(ms);
    Some(at)
}

fn numbers(text: &str, between: char) -> Option<[u64; 3]> {
    let mut parts = text.split(between).map(whole);
    let three = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(three)
}

fn whole(text: &str) -> Option<u64> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        for (text, want) in [
            ("3600", Some(3_600)),
            ("0", Some(0)),
            ("90s", Some(90)),
            ("30m", Some(1_800)),
            ("12h", Some(43_200)),
            ("30d", Some(2_592_000)),
            ("2w", Some(1_209_600)),
            ("", None),
            ("d", None),
            ("-1", None),
            ("+5", None),
            ("1.5h", None),
            ("30 m", None),
            ("30D", None),
            ("30é", None),
            ("18446744073709551615d", None),
        ] {
            assert_eq!(seconds(text), want, "{text:?}");
        }
    }

    #[test]
    fn moments() {
        let now = UnixMs(1_795_507_200_000);
        for (text, want) in [
            ("2h", Some("2026-11-24T06:00:00.000Z")),
            ("2026-11-24", Some("2026-11-24T00:00:00.000Z")),
            ("2024-02-29", Some("2024-02-29T00:00:00.000Z")),
            ("2026-11-24T08:30", Some("2026-11-24T08:30:00.000Z")),
            ("2026-11-24T08:30:15Z", Some("2026-11-24T08:30:15.000Z")),
            ("2026-11-24t08:30:15.5z", Some("2026-11-24T08:30:15.500Z")),
            ("2026-02-29", None),
            ("2026-13-01", None),
            ("2026-11-00", None),
            ("2026-11-24T24:00", None),
            ("2026-11-24T08:30:15.1234", None),
            ("2026-11-24-1", None),
            ("yesterday", None),
            ("2026", None),
            ("", None),
        ] {
            assert_eq!(moment(text, now).map(UnixMs::rfc3339).as_deref(), want, "{text:?}");
        }
    }
}

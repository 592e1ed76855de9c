//! Spans of time on the command line: `3600`, `90s`, `30m`, `12h`, `30d`, `2w`.

/// Whole seconds of a span: a number, alone (seconds) or with one of the units s, m, h, d, w.
///
/// # Errors
/// What is wrong with the text, as a sentence for the person who typed it.
pub(crate) fn parse_seconds(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let (number, unit) = match text.char_indices().last() {
        Some((at, unit)) if !unit.is_ascii_digit() => (text.get(..at).unwrap_or_default(), unit),
        _ => (text, 's'),
    };
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return Err("write seconds (3600) or a number with a unit: 30m, 12h, 30d".to_owned()),
    };
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("write seconds (3600) or a number with a unit: 30m, 12h, 30d".to_owned());
    }
    number.parse::<u64>().ok().and_then(|n| n.checked_mul(factor)).ok_or_else(|| "too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        for (text, seconds) in [
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
            assert_eq!(parse_seconds(text).ok(), seconds, "{text:?}");
        }
    }
}

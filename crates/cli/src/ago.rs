//! Times as people say them: "3 min ago", "in 6 d".

use proxyagent_core::time::UnixMs;

/// The distance from `now` to `then` in its largest unit: what has passed in whole units, what is to come to the nearest,
/// so that a token just made for 30 days does not read as one for 29.
pub(crate) fn ago(now: UnixMs, then: UnixMs) -> String {
    let (ms, ahead) = (now.0.abs_diff(then.0), then > now);
    let seconds = if ahead { ms.div_ceil(1000) } else { ms / 1000 };
    let (length, unit) = match seconds {
        0 => return "now".to_owned(),
        1..=59 => (1, "s"),
        60..=3_599 => (60, "min"),
        3_600..=86_399 => (3_600, "h"),
        _ => (86_400, "d"),
    };
    if ahead {
        format!("in {} {unit}", (seconds + length / 2) / length)
    } else {
        format!("{} {unit} ago", seconds / length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        let now = UnixMs(1_000_000_000_000);
        for (offset_seconds, text) in [
            (0, "now"),
            (-4, "4 s ago"),
            (-60, "1 min ago"),
            (-3_599, "59 min ago"),
            (-3_600, "1 h ago"),
            (-86_400 * 400, "400 d ago"),
            (55 * 60, "in 55 min"),
            (3_595, "in 60 min"),
            (86_400 * 30 - 5, "in 30 d"),
        ] {
            assert_eq!(ago(now, UnixMs(now.0 + offset_seconds * 1000)), text);
        }
        assert_eq!(ago(UnixMs(i64::MIN), UnixMs(i64::MAX)).get(..3), Some("in "));
    }
}

//! Spans of time on the command line: `3600`, `90s`, `30m`, `12h`, `30d`, `2w`.

use proxyagent_core::span;

/// Whole seconds of a span.
///
/// # Errors
/// What is wrong with the text, as a sentence for the person who typed it.
pub(crate) fn parse_seconds(text: &str) -> Result<u64, String> {
    span::seconds(text.trim())
        .ok_or_else(|| "write seconds (3600) or a number with a unit: 30m, 12h, 30d".to_owned())
}

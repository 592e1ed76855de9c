//! Calls as lines of CSV (RFC 4180) that are safe to open in a spreadsheet: names come from callers, and no cell is ever
//! a formula.

use serde_json::Value;

/// The first line.
pub fn head() -> String {
    line(COLUMNS.iter().map(|name| (*name).to_owned()))
}

/// One call, as the admin API shows it.
pub fn call(row: &Value) -> String {
    line(COLUMNS.iter().map(|name| match row.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => harmless(text),
        Some(other) => other.to_string(),
    }))
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let mut line = cells.collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

/// A quoted cell. What a spreadsheet would calculate gets an apostrophe in front (also where it stands behind spaces,
/// and in the full-width forms that some take for the plain ones), and no control character is left.
fn harmless(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    let formula =
        clean.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\u{fffd}', '|']);
    format!("\"{}{}\"", if formula { "'" } else { "" }, clean.replace('"', "\"\""))
}

/// Names as in the admin API.
const COLUMNS: &[&str] = &[
    "id",
    "time",
    "request_id",
    "token_id",
    "token_label",
    "asked",
    "provider",
    "model",
    "rule",
    "credential_id",
    "dialect",
    "operation",
    "streamed",
    "status",
    "error",
    "state",
    "ended",
    "attempts",
    "prompt_tokens",
    "completion_tokens",
    "cached_tokens",
    "reasoning_tokens",
    "cost_usd",
    "pricing",
    "first_byte_ms",
    "latency_ms",
    "overhead_us",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_cell_is_a_formula() {
        for (text, cell) in [
            ("claude", "\"claude\""),
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("  =1", "\"'  =1\""),
            ("＝1", "\"'＝1\""),
            ("\t=1", "\"'\u{fffd}=1\""),
            ("\r\n=1", "\"'\u{fffd}\u{fffd}=1\""),
            ("a\n=1", "\"a\u{fffd}=1\""),
            ("say \"hi\", now", "\"say \"\"hi\"\", now\""),
            ("a;=1", "\"a;=1\""),
            ("", "\"\""),
        ] {
            assert_eq!(harmless(text), cell, "{text:?}");
        }
    }

    #[test]
    fn a_line_has_a_cell_for_every_column() {
        let row = json!({"id": "req_1", "model": "a,b", "status": 200, "cost_usd": 0.5, "streamed": true});
        let line = call(&row);
        assert_eq!(line, "\"req_1\",,,,,,,\"a,b\",,,,,true,200,,,,,,,,,0.5,,,,\r\n");
        assert_eq!(head().split(',').count(), 27);
    }
}

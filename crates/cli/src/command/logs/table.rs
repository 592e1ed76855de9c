//! Calls for people: a table, and a line of its own for each call that is followed.

use super::plain;
use crate::ago::ago;
use crate::command::{dollars, read};
use crate::failure::CliError;
use crate::table::{Side, Table};
use crate::visible::visible;
use proxyagent_core::time::UnixMs;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Call {
    id: Value,
    ts_ms: i64,
    token_label: Option<String>,
    provider: Option<String>,
    model: Option<String>,
    asked: Option<String>,
    status: Option<u16>,
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    latency_ms: Option<u64>,
    cost_usd: Option<f64>,
    error: Option<String>,
}

/// The table, and the ids.
pub(super) fn render(logs: &[Value], now: UnixMs) -> Result<(String, Vec<String>), CliError> {
    let mut table = Table::new(&[
        ("WHEN", Side::Left),
        ("MACHINE", Side::Left),
        ("MODEL", Side::Left),
        ("STATUS", Side::Right),
        ("IN", Side::Right),
        ("OUT", Side::Right),
        ("COST", Side::Right),
        ("TOOK", Side::Right),
        ("ERROR", Side::Left),
    ]);
    let mut ids = Vec::with_capacity(logs.len());
    for log in logs {
        let call: Call = read(log)?;
        ids.push(plain(&call.id));
        let when = ago(now, UnixMs(call.ts_ms));
        let [machine, model, status, input, output, cost, took, error] = call.cells();
        table.row([when, machine, model, status, input, output, cost, took, error]);
    }
    Ok((table.render(), ids))
}

/// One call that has just begun or ended.
pub(super) fn line(log: &Value) -> Result<String, CliError> {
    let call: Call = read(log)?;
    let time = UnixMs(call.ts_ms).rfc3339();
    let time = time.get(11..19).unwrap_or_default().to_owned();
    let [machine, model, status, input, output, cost, took, error] = call.cells();
    let text =
        format!("{time}  {machine}  {model}  {status}  {input} in  {output} out  {cost}  {took}  {error}");
    Ok(format!("{}\n", visible(text.trim_end())))
}

impl Call {
    fn cells(self) -> [String; 8] {
        let asked = self.asked;
        [
            self.token_label.unwrap_or_else(|| "-".to_owned()),
            match (self.provider, self.model) {
                (Some(provider), Some(model)) => format!("{provider}:{model}"),
                (Some(one), None) | (None, Some(one)) => one,
                (None, None) => asked.unwrap_or_else(|| "-".to_owned()),
            },
            number(self.status),
            number(self.prompt_tokens),
            number(self.completion_tokens),
            self.cost_usd.map_or_else(|| "-".to_owned(), dollars),
            self.latency_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms} ms")),
            self.error.unwrap_or_default(),
        ]
    }
}

fn number<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_hostile_row_stays_on_its_line() {
        let logs = vec![
            json!({"id": "c1", "ts_ms": 0, "token_label": "ci", "provider": "mock", "model": "m\u{1b}[2J\nfake",
                   "status": 200, "prompt_tokens": 3, "completion_tokens": 4, "latency_ms": 9, "cost_usd": 0.5}),
            json!({"id": 7, "ts_ms": 0, "asked": "openai:gpt", "error": "token_unknown"}),
        ];
        let (text, ids) = render(&logs, UnixMs(180_000)).unwrap();
        assert_eq!(text.lines().count(), 3);
        assert!(!text.contains('\u{1b}') && text.contains("openai:gpt"));
        assert!(text.contains("3 min ago") && text.contains("mock:m\\u{1b}[2J\\nfake"));
        assert_eq!(ids, ["c1", "7"]);
        assert_eq!(
            line(logs.first().unwrap()).unwrap(),
            "00:00:00  ci  mock:m\\u{1b}[2J\\nfake  200  3 in  4 out  $0.50  9 ms\n"
        );
    }
}

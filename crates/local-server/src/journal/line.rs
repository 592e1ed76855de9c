//! The line of one call. Written piece by piece: with a value tree or a serializer it would cost a call more than its
//! authentication.

use proxyagent_core::call::{CallRecord, ModelRef};
use std::fmt::Write;

/// One JSON object. Every name is stable; what does not apply is left out.
pub(super) fn line(record: &CallRecord) -> String {
    let mut line = Line(String::with_capacity(ROOM));
    line.plain("time", &record.started.rfc3339());
    line.plain("level", "info");
    line.text("call", Some(&record.id));
    line.text("request_id", (record.request_id != record.id).then_some(&record.request_id));
    line.text("token", record.token_id.as_deref());
    line.plain("dialect", record.dialect.name());
    line.model("asked", record.asked.as_ref());
    line.model("target", record.target.as_ref().filter(|_| record.target != record.asked));
    line.text("rule", record.rule.as_deref());
    line.text("credential", record.credential.as_deref());
    line.number("streamed", Some(record.streamed));
    line.number("attempts", Some(record.attempts));
    line.number("status", Some(record.status));
    line.number("input", Some(record.usage.total_input()));
    line.number("output", Some(record.usage.output));
    line.number("cost_nano", Some(record.cost.0));
    line.plain("pricing", record.pricing.name());
    line.plain("end", record.end.name());
    line.text("error", record.error);
    line.number("first_byte_ms", record.first_byte.map(|span| span.0));
    line.number("duration_ms", Some(record.duration.0));
    line.number("overhead_us", record.overhead.map(|span| span.0));
    line.0.push('}');
    line.0
}

struct Line(String);

impl Line {
    fn name(&mut self, name: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    /// Text that is known to need no escape.
    fn plain(&mut self, name: &str, text: &str) {
        self.name(name);
        self.0.push('"');
        self.0.push_str(text);
        self.0.push('"');
    }

    fn text(&mut self, name: &str, text: Option<impl AsRef<str>>) {
        let Some(text) = text else { return };
        let text = text.as_ref();
        if text.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\') {
            return self.plain(name, text);
        }
        self.name(name);
        self.0.push_str(&serde_json::Value::from(text).to_string());
    }

    fn model(&mut self, name: &str, model: Option<&ModelRef>) {
        self.text(name, model.map(|model| [model.provider, ":", &model.model].concat()));
    }

    /// A number or a truth value.
    fn number(&mut self, name: &str, value: Option<impl std::fmt::Display>) {
        let Some(value) = value else { return };
        self.name(name);
        let _ = write!(self.0, "{value}"); // a String takes everything
    }
}

/// Most lines are shorter.
const ROOM: usize = 512;

#[cfg(test)]
mod tests;

//! The Worker's log: one JSON object per line, as `wrangler tail` and Logpush show it.

use crate::platform::Edge;
use proxyagent_core::call::CallRecord;
use proxyagent_core::ports::{Clock, Journal};
use proxyagent_core::redact;
use serde_json::{Map, Value};
use worker::{console_error, console_log};

impl Journal for Edge {
    fn call(&self, record: &CallRecord) {
        console_log!("{}", line(record));
    }

    fn fault(&self, text: &str) {
        let line =
            serde_json::json!({"time": self.now().rfc3339(), "level": "error", "fault": redact::text(text)});
        console_error!("{line}");
    }
}

/// The same names as in the native server's lines; what does not apply is left out.
fn line(call: &CallRecord) -> String {
    let mut line = Map::new();
    let mut say = |name: &str, value: Value| {
        if !value.is_null() {
            line.insert(name.to_owned(), value);
        }
    };
    say("time", call.started.rfc3339().into());
    say("level", "info".into());
    say("call", call.id.as_str().into());
    say("request_id", (call.request_id != call.id).then_some(call.request_id.as_str()).into());
    say("token", call.token_id.as_deref().into());
    say("dialect", call.dialect.name().into());
    say("asked", call.asked.as_ref().map(ToString::to_string).into());
    say("target", call.target.as_ref().filter(|_| call.target != call.asked).map(ToString::to_string).into());
    say("rule", call.rule.as_deref().into());
    say("credential", call.credential.as_deref().into());
    say("streamed", call.streamed.into());
    say("attempts", call.attempts.into());
    say("status", call.status.into());
    say("input", call.usage.total_input().into());
    say("output", call.usage.output.into());
    say("cost_nano", call.cost.0.into());
    say("pricing", call.pricing.name().into());
    say("end", call.end.name().into());
    say("error", call.error.into());
    say("first_byte_ms", call.first_byte.map(|span| span.0).into());
    say("duration_ms", call.duration.0.into());
    say("overhead_us", call.overhead.map(|span| span.0).into());
    Value::Object(line).to_string()
}

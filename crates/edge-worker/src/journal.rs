//! The Worker's log: one JSON object per line, as `wrangler tail` and Logpush show it.

use crate::platform::Edge;
use proxyagent_core::call::CallRecord;
use proxyagent_core::ports::{Clock, Journal};
use worker::{console_error, console_log};

impl Journal for Edge {
    fn call(&self, record: &CallRecord) {
        console_log!("{}", line(record));
    }

    fn fault(&self, text: &str) {
        let line = serde_json::json!({"time": self.now().rfc3339(), "event": "fault", "text": text});
        console_error!("{line}");
    }
}

fn line(call: &CallRecord) -> serde_json::Value {
    serde_json::json!({
        "time": call.started.rfc3339(),
        "event": "call",
        "id": call.id,
        "request_id": call.request_id,
        "token_id": call.token_id,
        "asked": call.asked.as_ref().map(ToString::to_string),
        "target": call.target.as_ref().map(ToString::to_string),
        "rule": call.rule,
        "credential": call.credential,
        "streamed": call.streamed,
        "attempts": call.attempts,
        "status": call.status,
        "cost_nano": call.cost.0,
        "pricing": call.pricing.name(),
        "end": call.end.name(),
        "error": call.error,
        "first_byte_ms": call.first_byte.map(|span| span.0),
        "duration_ms": call.duration.0,
    })
}

//! Proxied tools, by every way in.

mod conversation;
mod direct;
mod limits;
mod mcp;
mod settings;
mod turns;

use crate::path::{Got, Limits, Stage};
use http::Request;
use serde_json::Value;

/// An operator's own tools: `weather` takes a query, `note` a body and costs a cent.
pub(crate) const TOOLS: &str = r#"[
 {"name": "weather", "description": "The weather somewhere", "method": "GET", "url": "https://weather.example/v1/now?units=metric",
  "input_schema": {"type": "object", "properties": {"city": {"type": "string", "minLength": 1}, "days": {"type": "integer"}}, "required": ["city"], "additionalProperties": false},
  "headers": {"authorization": "Bearer WEATHER-CANARY"}, "max_bytes": 64},
 {"name": "note", "description": "Keeps a note", "url": "http://10.0.0.5:8080/notes", "allowed_hosts": ["10.0.0.5"], "price_usd": 0.01,
  "input_schema": {"type": "object", "properties": {"text": {"type": "string"}}}}
]"#;

/// A proxy with these tools, and a search with a key.
pub(crate) fn stage(limits: &Limits) -> Stage {
    Stage::with(limits, &[("PROXYAGENT_TOOLS", TOOLS), ("TAVILY_API_KEY", "tvly-CANARY")])
}

pub(crate) fn get(stage: &Stage, path: &str) -> Got {
    stage.ask(Request::get(path).header("x-api-key", &stage.token).body(bytes::Bytes::new()).unwrap())
}

pub(crate) fn json(got: &Got) -> Value {
    serde_json::from_str(&got.text()).unwrap_or(Value::Null)
}

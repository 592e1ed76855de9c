//! xAI. Source: docs.x.ai. Its `completion_tokens` leave reasoning out, its total does not.

use super::{Billing, Endpoint, KeyHeader, Provider, StreamUsage};
use crate::dialect::{Dialect, Operation};
use crate::translate::Takes;

pub(super) static XAI: Provider = Provider {
    name: "xai",
    label: "xAI",
    base_url: "https://api.x.ai",
    key_variable: "XAI_API_KEY",
    key_header: KeyHeader::Bearer,
    endpoints: &[
        // Most of its reasoning models refuse an effort.
        Endpoint::new(Dialect::Chat, Operation::Generate, "/v1/chat/completions")
            .taking(Takes { reasoning_effort: false, ..Takes::ALL }),
        Endpoint::new(Dialect::Responses, Operation::Generate, "/v1/responses"),
        Endpoint::new(Dialect::Messages, Operation::Generate, "/v1/messages"),
        Endpoint::new(Dialect::Chat, Operation::Completions, "/v1/completions"),
        Endpoint::new(Dialect::Chat, Operation::Images, "/v1/images/generations"),
    ],
    prefixes: &[],
    default_headers: &[],
    stream_usage: StreamUsage::Ask,
    billing: Billing::Reported,
    example_models: &["grok-4.7", "grok-3-mini"],
    offline: false,
    kinds: &[],
    login: None,
};

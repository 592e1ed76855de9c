//! The offline provider: its models are answered by the proxy itself, in every dialect, with no key.

use super::{Billing, Endpoint, KeyHeader, Provider, StreamUsage};
use crate::dialect::{Dialect, Operation};

pub(super) static MOCK: Provider = Provider {
    name: "mock",
    label: "Mock (offline)",
    base_url: "",
    key_variable: "",
    key_header: KeyHeader::Bearer,
    endpoints: &[
        Endpoint::new(Dialect::Messages, Operation::Generate, "/v1/messages"),
        Endpoint::new(Dialect::Messages, Operation::CountTokens, "/v1/messages/count_tokens"),
        Endpoint::new(Dialect::Chat, Operation::Generate, "/v1/chat/completions"),
        Endpoint::new(Dialect::Responses, Operation::Generate, "/v1/responses"),
        Endpoint::new(Dialect::Responses, Operation::CountTokens, "/v1/responses/input_tokens"),
        Endpoint::new(Dialect::Gemini, Operation::Generate, "/v1beta/models"),
        Endpoint::new(Dialect::Gemini, Operation::CountTokens, "/v1beta/models"),
    ],
    prefixes: &[],
    default_headers: &[],
    stream_usage: StreamUsage::Ask,
    billing: Billing::Table,
    example_models: &["mock", "mock-paid"],
    offline: true,
    kinds: &[],
    login: None,
};

//! OpenRouter, a broker. Source: openrouter.ai/docs/api-reference. It states what a call cost (`usage.cost`, US dollars).

use super::{Billing, Endpoint, KeyHeader, Provider, StreamUsage};
use crate::dialect::{Dialect, Operation};

pub(super) static OPENROUTER: Provider = Provider {
    name: "openrouter",
    label: "OpenRouter",
    base_url: "https://openrouter.ai/api",
    key_variable: "OPENROUTER_API_KEY",
    key_header: KeyHeader::Bearer,
    endpoints: &[
        Endpoint::new(Dialect::Chat, Operation::Generate, "/v1/chat/completions"),
        Endpoint::new(Dialect::Responses, Operation::Generate, "/v1/responses"),
        Endpoint::new(Dialect::Messages, Operation::Generate, "/v1/messages"),
        Endpoint::new(Dialect::Chat, Operation::Completions, "/v1/completions"),
        Endpoint::new(Dialect::Chat, Operation::Embeddings, "/v1/embeddings"),
    ],
    prefixes: &["/api"],
    default_headers: &[],
    stream_usage: StreamUsage::Ask,
    billing: Billing::Reported,
    example_models: &["anthropic/claude-sonnet-5-5", "openai/gpt-oss-120b"],
    offline: false,
    kinds: &[],
    login: None,
};

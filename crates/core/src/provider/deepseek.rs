//! DeepSeek: Chat, and Anthropic's Messages at a second place with another key header.
//! Source: api-docs.deepseek.com. Cached input is `prompt_cache_hit_tokens`; prices depend on the time of day.

use super::{Billing, Endpoint, KeyHeader, Provider, Refused, StreamUsage};
use crate::dialect::{Dialect, Operation};
use crate::translate::Takes;

pub(super) static DEEPSEEK: Provider = Provider {
    name: "deepseek",
    label: "DeepSeek",
    base_url: "https://api.deepseek.com",
    key_variable: "DEEPSEEK_API_KEY",
    key_header: KeyHeader::Bearer,
    endpoints: &[
        Endpoint::new(Dialect::Chat, Operation::Generate, "/v1/chat/completions").taking(Takes {
            max_completion_tokens: false,
            reasoning_effort: false,
            // A tool loop in thinking mode is refused without it.
            reasoning_content: true,
            ..Takes::ALL
        }),
        Endpoint::new(Dialect::Messages, Operation::Generate, "/anthropic/v1/messages")
            .keyed(KeyHeader::Named("x-api-key"))
            .refusing(&[Refused::ToolType("custom")]),
    ],
    prefixes: &["/anthropic", "/beta"],
    default_headers: &[],
    stream_usage: StreamUsage::Ask,
    billing: Billing::Table,
    example_models: &["deepseek-v4-pro", "deepseek-chat"],
    offline: false,
    kinds: &[],
    login: None,
};

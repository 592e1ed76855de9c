//! OpenAI. Source: platform.openai.com/docs/api-reference.

use super::{Endpoint, KeyHeader, Provider, StreamUsage};
use crate::dialect::{Dialect, Operation};

pub(super) static OPENAI: Provider = Provider {
    name: "openai",
    label: "OpenAI",
    base_url: "https://api.openai.com",
    key_variable: "OPENAI_API_KEY",
    key_header: KeyHeader::Bearer,
    endpoints: &[
        Endpoint { dialect: Dialect::Chat, operation: Operation::Generate, path: "/v1/chat/completions" },
        Endpoint { dialect: Dialect::Responses, operation: Operation::Generate, path: "/v1/responses" },
        Endpoint {
            dialect: Dialect::Responses,
            operation: Operation::CountTokens,
            path: "/v1/responses/input_tokens",
        },
    ],
    default_headers: &[],
    stream_usage: StreamUsage::Ask,
    example_models: &["gpt-6.1-sol", "gpt-6.1-terra", "gpt-5.5"],
    offline: false,
};

//! The offline provider: its models are answered by the proxy itself, in every dialect, with no key.

use super::{Endpoint, KeyHeader, Provider, StreamUsage};
use crate::dialect::{Dialect, Operation};

pub(super) static MOCK: Provider = Provider {
    name: "mock",
    label: "Mock (offline)",
    base_url: "",
    key_variable: "",
    key_header: KeyHeader::Bearer,
    endpoints: &[
        Endpoint { dialect: Dialect::Messages, operation: Operation::Generate, path: "/v1/messages" },
        Endpoint {
            dialect: Dialect::Messages,
            operation: Operation::CountTokens,
            path: "/v1/messages/count_tokens",
        },
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
    example_models: &["mock", "mock-paid"],
    offline: true,
};

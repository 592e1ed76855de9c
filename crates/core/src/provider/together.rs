//! Together AI. Source: docs.together.ai/reference. Usage comes on the last content chunk.

use super::{Billing, Endpoint, KeyHeader, Provider, StreamUsage};
use crate::dialect::{Dialect, Operation};
use crate::translate::Takes;

pub(super) static TOGETHER: Provider = Provider {
    name: "together",
    label: "Together AI",
    base_url: "https://api.together.ai",
    key_variable: "TOGETHER_API_KEY",
    key_header: KeyHeader::Bearer,
    endpoints: &[
        Endpoint::new(Dialect::Chat, Operation::Generate, "/v1/chat/completions").taking(Takes {
            max_completion_tokens: false,
            reasoning_effort: false,
            ..Takes::ALL
        }),
        Endpoint::new(Dialect::Chat, Operation::Completions, "/v1/completions"),
        Endpoint::new(Dialect::Chat, Operation::Embeddings, "/v1/embeddings"),
        Endpoint::new(Dialect::Chat, Operation::Images, "/v1/images/generations"),
        Endpoint::new(Dialect::Chat, Operation::Speech, "/v1/audio/speech"),
        Endpoint::new(Dialect::Chat, Operation::Transcriptions, "/v1/audio/transcriptions"),
        Endpoint::new(Dialect::Chat, Operation::Translations, "/v1/audio/translations"),
    ],
    prefixes: &[],
    default_headers: &[],
    stream_usage: StreamUsage::Ask,
    billing: Billing::Table,
    example_models: &["openai/gpt-oss-120b", "meta-llama/Llama-3.3-70B-Instruct-Turbo"],
    offline: false,
    kinds: &[],
    login: None,
};

//! Mistral. Source: docs.mistral.ai/api. It answers 422 to a field it does not know, and always sends usage on the last
//! chunk of a stream.

use super::{Billing, Endpoint, KeyHeader, Provider, Refused, StreamUsage};
use crate::dialect::{Dialect, Operation};
use crate::translate::Takes;

pub(super) static MISTRAL: Provider = Provider {
    name: "mistral",
    label: "Mistral",
    base_url: "https://api.mistral.ai",
    key_variable: "MISTRAL_API_KEY",
    key_header: KeyHeader::Bearer,
    endpoints: &[
        Endpoint::new(Dialect::Chat, Operation::Generate, "/v1/chat/completions")
            .refusing(&[
                Refused::Member("stream_options"),
                Refused::Member("store"),
                Refused::Member("metadata"),
                Refused::Member("user"),
                Refused::Member("logprobs"),
                Refused::Member("top_logprobs"),
                Refused::Name("max_completion_tokens", "max_tokens"),
                Refused::Name("seed", "random_seed"),
                Refused::Value("tool_choice", "required", "any"),
            ])
            .taking(Takes {
                max_completion_tokens: false,
                reasoning_effort: false,
                stream_usage: false,
                ..Takes::ALL
            }),
        Endpoint::new(Dialect::Chat, Operation::Embeddings, "/v1/embeddings"),
        Endpoint::new(Dialect::Chat, Operation::Moderations, "/v1/moderations"),
        Endpoint::new(Dialect::Chat, Operation::Transcriptions, "/v1/audio/transcriptions"),
    ],
    prefixes: &[],
    default_headers: &[],
    stream_usage: StreamUsage::Always,
    billing: Billing::Table,
    example_models: &["mistral-medium-latest", "codestral-2508"],
    offline: false,
    kinds: &[],
    login: None,
};

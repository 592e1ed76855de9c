//! Google's Gemini API: its own dialect, and OpenAI's Chat at a second place with another key header.
//! Source: ai.google.dev/api, ai.google.dev/gemini-api/docs/openai.

use super::{Billing, Endpoint, KeyHeader, Provider, StreamUsage};
use crate::dialect::{Dialect, Operation};
use crate::oauth::{Issuer, Login, Manner};

pub(super) static GEMINI: Provider = Provider {
    name: "gemini",
    label: "Google Gemini",
    base_url: "https://generativelanguage.googleapis.com",
    key_variable: "GEMINI_API_KEY",
    key_header: KeyHeader::Named("x-goog-api-key"),
    endpoints: &[
        Endpoint::new(Dialect::Gemini, Operation::Generate, "/v1beta/models/{model}:generateContent")
            .streamed("/v1beta/models/{model}:streamGenerateContent"),
        Endpoint::new(Dialect::Gemini, Operation::CountTokens, "/v1beta/models/{model}:countTokens"),
        Endpoint::new(Dialect::Chat, Operation::Generate, "/v1beta/openai/chat/completions")
            .keyed(KeyHeader::Bearer),
        Endpoint::new(Dialect::Chat, Operation::Embeddings, "/v1beta/openai/embeddings")
            .keyed(KeyHeader::Bearer),
        Endpoint::new(Dialect::Chat, Operation::Images, "/v1beta/openai/images/generations")
            .keyed(KeyHeader::Bearer),
    ],
    prefixes: &["/openai"],
    default_headers: &[],
    stream_usage: StreamUsage::Ask,
    billing: Billing::Table,
    example_models: &["gemini-3.8-flash", "gemini-3.5-flash-lite", "gemini-3.1-pro-preview"],
    offline: false,
    kinds: &["vertex"],
    login: Some(&Login {
        issuer: Issuer { token_url: "https://oauth2.googleapis.com/token", client_id: "", json: false },
        manner: Manner::Plain,
    }),
};

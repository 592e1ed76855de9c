//! OpenAI. Source: platform.openai.com/docs/api-reference.

use super::{Billing, Endpoint, KeyHeader, Provider, StreamUsage};
use crate::dialect::{Dialect, Operation};
use crate::oauth::{Issuer, Login, Manner};

pub(super) static OPENAI: Provider = Provider {
    name: "openai",
    label: "OpenAI",
    base_url: "https://api.openai.com",
    key_variable: "OPENAI_API_KEY",
    key_header: KeyHeader::Bearer,
    endpoints: &[
        Endpoint::new(Dialect::Chat, Operation::Generate, "/v1/chat/completions"),
        Endpoint::new(Dialect::Responses, Operation::Generate, "/v1/responses"),
        Endpoint::new(Dialect::Responses, Operation::CountTokens, "/v1/responses/input_tokens"),
        Endpoint::new(Dialect::Responses, Operation::Compact, "/v1/responses/compact"),
        Endpoint::new(Dialect::Chat, Operation::Completions, "/v1/completions"),
        Endpoint::new(Dialect::Chat, Operation::Embeddings, "/v1/embeddings"),
        // "The moderation endpoint is free to use."
        Endpoint::new(Dialect::Chat, Operation::Moderations, "/v1/moderations").free(),
        Endpoint::new(Dialect::Chat, Operation::Images, "/v1/images/generations"),
        Endpoint::new(Dialect::Chat, Operation::ImageEdits, "/v1/images/edits"),
        Endpoint::new(Dialect::Chat, Operation::Speech, "/v1/audio/speech"),
        Endpoint::new(Dialect::Chat, Operation::Transcriptions, "/v1/audio/transcriptions"),
        Endpoint::new(Dialect::Chat, Operation::Translations, "/v1/audio/translations"),
    ],
    prefixes: &[],
    default_headers: &[],
    stream_usage: StreamUsage::Ask,
    billing: Billing::Table,
    example_models: &["gpt-6.1-sol", "gpt-6.1-terra", "gpt-5.5"],
    offline: false,
    kinds: &["azure"],
    login: Some(&Login {
        issuer: Issuer {
            token_url: "https://auth.openai.com/oauth/token",
            client_id: "app_EMoamEEZ73f0CkXaXp7hrann",
            json: true,
        },
        manner: Manner::ChatGpt,
    }),
};

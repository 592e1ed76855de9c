//! Anthropic. Source: platform.claude.com/docs/en/api.

use super::{Billing, Endpoint, KeyHeader, Provider, StreamUsage};
use crate::dialect::{Dialect, Operation};
use crate::oauth::{Issuer, Login, Manner};

pub(super) static ANTHROPIC: Provider = Provider {
    name: "anthropic",
    label: "Anthropic",
    base_url: "https://api.anthropic.com",
    key_variable: "ANTHROPIC_API_KEY",
    key_header: KeyHeader::Named("x-api-key"),
    endpoints: &[
        Endpoint::new(Dialect::Messages, Operation::Generate, "/v1/messages"),
        Endpoint::new(Dialect::Messages, Operation::CountTokens, "/v1/messages/count_tokens"),
    ],
    prefixes: &[],
    // The API refuses a request without a version; plain curl sends none.
    default_headers: &[("anthropic-version", "2023-06-01")],
    stream_usage: StreamUsage::Always,
    billing: Billing::Table,
    example_models: &["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"],
    offline: false,
    kinds: &["bedrock", "vertex", "azure"],
    login: Some(&Login {
        issuer: Issuer {
            token_url: "https://platform.claude.com/v1/oauth/token",
            client_id: "9d1c250a-e61b-44d9-88ed-5944d1962f5e",
            json: true,
        },
        manner: Manner::Claude,
    }),
};

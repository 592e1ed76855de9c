//! Anthropic. Source: platform.claude.com/docs/en/api.

use super::{Billing, Endpoint, KeyHeader, Provider, StreamUsage};
use crate::dialect::{Dialect, Operation};

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
};

//! Groq. Source: console.groq.com/docs/api-reference. Usage stands in `x_groq.usage` too.

use super::{Billing, Endpoint, KeyHeader, Provider, StreamUsage};
use crate::dialect::{Dialect, Operation};
use crate::translate::Takes;

pub(super) static GROQ: Provider = Provider {
    name: "groq",
    label: "Groq",
    base_url: "https://api.groq.com/openai",
    key_variable: "GROQ_API_KEY",
    key_header: KeyHeader::Bearer,
    endpoints: &[
        Endpoint::new(Dialect::Chat, Operation::Generate, "/v1/chat/completions").taking(TAKES),
        Endpoint::new(Dialect::Responses, Operation::Generate, "/v1/responses").taking(TAKES),
        Endpoint::new(Dialect::Chat, Operation::Speech, "/v1/audio/speech"),
        Endpoint::new(Dialect::Chat, Operation::Transcriptions, "/v1/audio/transcriptions"),
        Endpoint::new(Dialect::Chat, Operation::Translations, "/v1/audio/translations"),
    ],
    // Groq's own SDK writes /openai/v1/… behind its base URL.
    prefixes: &["/openai"],
    default_headers: &[],
    stream_usage: StreamUsage::Ask,
    billing: Billing::Table,
    example_models: &["openai/gpt-oss-120b", "llama-3.3-70b-versatile"],
    offline: false,
    kinds: &[],
    login: None,
};

/// Most of its models know no reasoning effort and answer 400 to one.
const TAKES: Takes = Takes { reasoning_effort: false, ..Takes::ALL };

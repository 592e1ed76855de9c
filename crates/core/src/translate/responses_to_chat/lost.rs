//! What a Responses request cannot bring to a Chat upstream.

use crate::translate::{Fate, Lost};

/// Names of refused ones are top-level fields: a request that has them is refused by this table.
pub(super) static LOST: &[Lost] = &[
    dropped("hosted tools", "they run at OpenAI"),
    dropped("items of hosted tools", "they are of tools that run at OpenAI"),
    dropped("reasoning items", "a Chat upstream takes back its own reasoning only, and seldom that"),
    dropped("tools[].defer_loading", "all tools are sent"),
    dropped("image detail", "few Chat upstreams know it"),
    dropped("text.verbosity", "few Chat upstreams know it"),
    dropped("reasoning.context", "Chat has no such field"),
    dropped("top_logprobs", "they are not carried back"),
    dropped("include", "what it asks for comes from OpenAI's own tools"),
    dropped("store", "nothing is kept"),
    dropped("metadata", "it is for OpenAI's own records"),
    dropped("client_metadata", "it is for OpenAI's own records"),
    dropped("prompt_cache_key", "Chat upstreams cache by themselves"),
    dropped("service_tier", "tiers are each vendor's own"),
    dropped("max_tool_calls", "it limits tools that run at OpenAI"),
    dropped("truncation", "the conversation is sent whole"),
    dropped("context_management", "the conversation is sent whole"),
    refused("previous_response_id", "the conversation before it is kept at OpenAI; send all of it as input"),
    refused("conversation", "it is kept at OpenAI; send all of it as input"),
    refused("prompt", "it is kept at OpenAI; send its text as instructions and input"),
    refused("background", "nothing runs on after the answer here"),
];

const fn dropped(name: &'static str, why: &'static str) -> Lost {
    Lost { name, fate: Fate::Dropped, why }
}

const fn refused(name: &'static str, why: &'static str) -> Lost {
    Lost { name, fate: Fate::Refused, why }
}

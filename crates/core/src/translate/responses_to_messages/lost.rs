//! What a Responses request cannot bring to a Messages upstream.

use crate::translate::{Fate, Lost};

/// Names of refused ones are top-level fields: a request that has them is refused by this table.
pub(super) static LOST: &[Lost] = &[
    dropped("hosted tools", "they run at OpenAI"),
    dropped("items of hosted tools", "they are of tools that run at OpenAI"),
    dropped("reasoning items of another vendor", "Messages takes back Anthropic's own reasoning only"),
    dropped("tools[].defer_loading", "all tools are sent"),
    dropped("image detail", "Messages has no such field"),
    dropped("text.format.name", "Messages has no such field"),
    dropped("text.verbosity", "Messages has no such field"),
    dropped("reasoning.context", "Messages decides itself which reasoning it goes on from"),
    dropped("temperature", "refused together with thinking, and beyond 1"),
    dropped("top_p", "refused together with thinking or temperature"),
    dropped("top_logprobs", "Messages never tells them"),
    dropped("include", "what it asks for comes from OpenAI's own tools"),
    dropped("store", "nothing is kept at Anthropic"),
    dropped("metadata", "Messages takes a user id only"),
    dropped("client_metadata", "it is for OpenAI's own records"),
    dropped("prompt_cache_key", "Messages caches by marks inside the prompt"),
    dropped("service_tier", "a faster tier costs more than was asked for"),
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

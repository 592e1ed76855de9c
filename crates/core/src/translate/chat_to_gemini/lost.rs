//! What a Chat request cannot bring to a Gemini upstream.

use crate::translate::{Fate, Lost};

/// Names of refused ones are top-level fields: a request that has them is refused by this table.
pub(super) static LOST: &[Lost] = &[
    dropped("image detail", "Gemini has no such field"),
    dropped("response_format name", "Gemini has no such field"),
    dropped("tools[].strict", "Gemini has no such field"),
    dropped("parallel_tool_calls", "Gemini has no such field"),
    dropped("logprobs", "their form differs too much"),
    dropped("top_logprobs", "their form differs too much"),
    dropped("logit_bias", "Gemini has no such field"),
    dropped("prediction", "Gemini has no such field"),
    dropped("verbosity", "Gemini has no such field"),
    dropped("store", "nothing is kept at Google"),
    dropped("metadata", "Gemini has no such field"),
    dropped("user", "it names a user to another vendor"),
    dropped("safety_identifier", "it names a user to another vendor"),
    dropped("prompt_cache_key", "Gemini caches by itself"),
    dropped("service_tier", "a faster tier costs more than was asked for"),
    dropped("web_search_options", "the search runs at OpenAI"),
    refused("audio", "its voices are others"),
    refused("functions", "they were replaced by tools, which can be sent"),
    refused("function_call", "it was replaced by tool_choice, which can be sent"),
];

const fn dropped(name: &'static str, why: &'static str) -> Lost {
    Lost { name, fate: Fate::Dropped, why }
}

const fn refused(name: &'static str, why: &'static str) -> Lost {
    Lost { name, fate: Fate::Refused, why }
}

//! What a Chat request cannot bring to a Messages upstream.

use crate::translate::{Fate, Lost};

/// Names of refused ones are top-level fields: a request that has them is refused by this table.
pub(super) static LOST: &[Lost] = &[
    dropped("reasoning_content", "reasoning without Anthropic's signature is refused there"),
    dropped("image detail", "Messages has no such field"),
    dropped("response_format name", "Messages has no such field"),
    dropped("temperature", "refused together with thinking, and beyond 1"),
    dropped("top_p", "refused together with thinking or temperature"),
    dropped("logprobs", "Messages never tells them"),
    dropped("top_logprobs", "Messages never tells them"),
    dropped("seed", "Messages has no such field"),
    dropped("presence_penalty", "Messages has no such field"),
    dropped("frequency_penalty", "Messages has no such field"),
    dropped("logit_bias", "Messages has no such field"),
    dropped("prediction", "Messages has no such field"),
    dropped("verbosity", "Messages has no such field"),
    dropped("store", "nothing is kept at Anthropic"),
    dropped("metadata", "Messages takes a user id only"),
    dropped("prompt_cache_key", "Messages caches by marks inside the prompt"),
    dropped("service_tier", "a faster tier costs more than was asked for"),
    dropped("web_search_options", "the search runs at OpenAI"),
    refused("audio", "Messages neither hears nor speaks"),
    refused("functions", "they were replaced by tools, which can be sent"),
    refused("function_call", "it was replaced by tool_choice, which can be sent"),
];

const fn dropped(name: &'static str, why: &'static str) -> Lost {
    Lost { name, fate: Fate::Dropped, why }
}

const fn refused(name: &'static str, why: &'static str) -> Lost {
    Lost { name, fate: Fate::Refused, why }
}

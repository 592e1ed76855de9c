//! What a Chat request cannot bring to a Responses upstream.

use crate::translate::{Fate, Lost};

/// Names of refused ones are top-level fields: a request that has them is refused by this table.
pub(super) static LOST: &[Lost] = &[
    dropped("reasoning_content", "Responses takes back reasoning that OpenAI sealed, and no other"),
    dropped("stop", "Responses has no such field"),
    dropped("seed", "Responses has no such field"),
    dropped("presence_penalty", "Responses has no such field"),
    dropped("frequency_penalty", "Responses has no such field"),
    dropped("logit_bias", "Responses has no such field"),
    dropped("logprobs", "they are not carried back"),
    dropped("top_logprobs", "they are not carried back"),
    dropped("prediction", "Responses has no such field"),
    dropped("store", "nothing is kept"),
    dropped("web_search_options", "searches are tools there, and their results have no place in Chat"),
    dropped("max_completion_tokens below the least", "Responses gives 16 tokens or more"),
    refused("audio", "Responses neither hears nor speaks"),
    refused("functions", "they were replaced by tools, which can be sent"),
    refused("function_call", "it was replaced by tool_choice, which can be sent"),
];

const fn dropped(name: &'static str, why: &'static str) -> Lost {
    Lost { name, fate: Fate::Dropped, why }
}

const fn refused(name: &'static str, why: &'static str) -> Lost {
    Lost { name, fate: Fate::Refused, why }
}

//! What a Messages request cannot bring to a Responses upstream.

use crate::translate::{Fate, Lost};

/// Names of refused ones are top-level fields: a request that has them is refused by this table.
pub(super) static LOST: &[Lost] = &[
    dropped("thinking blocks", "of Anthropic's: reasoning never crosses vendors"),
    dropped("cache_control", "Responses upstreams cache by themselves"),
    dropped("server tools", "they run at Anthropic"),
    dropped("server tool blocks", "they are of tools that run at Anthropic"),
    dropped("stop_sequences", "Responses has no such field"),
    dropped("top_k", "Responses has no such field"),
    dropped("metadata.user_id", "it names a user to another vendor"),
    dropped("citations", "Responses does not cite documents"),
    dropped("tools[].strict", "OpenAI's strict mode refuses schemas that were not written for it"),
    dropped("tools[].defer_loading", "all tools are sent"),
    dropped("tools[].input_examples", "Responses has no such field"),
    dropped("max_tokens below the least", "Responses gives 16 tokens or more"),
    dropped("context_management", "the context is sent whole"),
    dropped("messages[].output_config", "effort is one for the whole request"),
    dropped("speed", "a faster tier costs more than was asked for"),
    refused("container", "code runs in it, at Anthropic"),
    refused("mcp_servers", "they are called by Anthropic"),
    refused("inference_geo", "no Responses upstream promises where it runs"),
    refused("safeguards", "no Responses upstream has them"),
    refused("thread", "it is kept at Anthropic"),
];

const fn dropped(name: &'static str, why: &'static str) -> Lost {
    Lost { name, fate: Fate::Dropped, why }
}

const fn refused(name: &'static str, why: &'static str) -> Lost {
    Lost { name, fate: Fate::Refused, why }
}

//! What a Messages request cannot bring to a Gemini upstream.

use crate::translate::{Fate, Lost};

/// Names of refused ones are top-level fields: a request that has them is refused by this table.
pub(super) static LOST: &[Lost] = &[
    dropped("thinking blocks", "reasoning never crosses vendors: only its own vendor can read its signature"),
    dropped("cache_control", "Gemini caches by itself"),
    dropped("server tools", "they run at Anthropic"),
    dropped("server tool blocks", "they are of tools that run at Anthropic"),
    dropped("metadata", "it names a user to another vendor"),
    dropped("disable_parallel_tool_use", "Gemini has no such field"),
    dropped("citations", "Gemini does not cite documents"),
    dropped("tools[].strict", "Gemini has no such field"),
    dropped("tools[].defer_loading", "all tools are sent"),
    dropped("context_management", "the context is sent whole"),
    dropped("messages[].output_config", "effort is one for the whole request"),
    dropped("service_tier", "Gemini's tiers are others"),
    dropped("speed", "a faster tier costs more than was asked for"),
    refused("container", "code runs in it, at Anthropic"),
    refused("mcp_servers", "they are called by Anthropic"),
    refused("inference_geo", "Gemini does not promise where it runs"),
    refused("safeguards", "Gemini does not have them"),
    refused("thread", "it is kept at Anthropic"),
];

const fn dropped(name: &'static str, why: &'static str) -> Lost {
    Lost { name, fate: Fate::Dropped, why }
}

const fn refused(name: &'static str, why: &'static str) -> Lost {
    Lost { name, fate: Fate::Refused, why }
}

//! What a Gemini request cannot bring to a Messages upstream.

use crate::translate::{Fate, Lost};

/// Names of refused ones are top-level fields: a request that has them is refused by this table.
pub(super) static LOST: &[Lost] = &[
    dropped("thoughtSignature", "a signature never crosses vendors: only its own vendor can read it"),
    dropped("googleSearch tool", "it runs at Google, as do codeExecution, urlContext and the like"),
    dropped("code execution parts", "they are of code that ran at Google"),
    dropped("media of the model", "Messages takes images from users only"),
    dropped("safetySettings", "Messages has no such field"),
    dropped("labels", "Messages has no such field"),
    dropped("serviceTier", "a faster tier costs more than was asked for"),
    dropped("store", "nothing is kept at Anthropic"),
    dropped("toolConfig.retrievalConfig", "it is for tools that run at Google"),
    dropped("generationConfig.temperature", "refused together with thinking, and beyond 1"),
    dropped("generationConfig.topP", "refused together with thinking or temperature"),
    dropped("generationConfig.topK", "refused together with thinking"),
    dropped("generationConfig.seed", "Messages has no such field"),
    dropped("generationConfig.presencePenalty", "Messages has no such field"),
    dropped("generationConfig.frequencyPenalty", "Messages has no such field"),
    dropped("generationConfig.responseLogprobs", "Messages never tells them"),
    dropped("generationConfig.responseMimeType", "JSON of any schema is asked for in words only"),
    dropped(
        "generationConfig.thinkingConfig",
        "refused together with a call that is demanded, and without room for it",
    ),
    refused("cachedContent", "it is kept at Google"),
];

const fn dropped(name: &'static str, why: &'static str) -> Lost {
    Lost { name, fate: Fate::Dropped, why }
}

const fn refused(name: &'static str, why: &'static str) -> Lost {
    Lost { name, fate: Fate::Refused, why }
}

//! What a Gemini request cannot bring to a Chat upstream.

use crate::translate::{Fate, Lost};

/// Names of refused ones are top-level fields: a request that has them is refused by this table.
pub(super) static LOST: &[Lost] = &[
    dropped("thoughtSignature", "a signature never crosses vendors: only its own vendor can read it"),
    dropped("googleSearch tool", "it runs at Google, as do codeExecution, urlContext and the like"),
    dropped("code execution parts", "they are of code that ran at Google"),
    dropped("media of the model", "Chat takes images from users only"),
    dropped("safetySettings", "Chat has no such field"),
    dropped("labels", "Chat has no such field"),
    dropped("serviceTier", "a faster tier costs more than was asked for"),
    dropped("store", "what it keeps at Google is not kept elsewhere"),
    dropped("toolConfig.retrievalConfig", "it is for tools that run at Google"),
    dropped("generationConfig.topK", "Chat has no such field"),
    dropped("generationConfig.responseLogprobs", "their form differs too much"),
    dropped("generationConfig.responseMimeType", "JSON of any schema is asked for in words only"),
    dropped("generationConfig.thinkingConfig", "the server behind this name has no such field"),
    dropped("generationConfig.temperature", "refused by models that think"),
    dropped("generationConfig.topP", "refused by models that think"),
    dropped("generationConfig.presencePenalty", "refused by models that think"),
    dropped("generationConfig.frequencyPenalty", "refused by models that think"),
    refused("cachedContent", "it is kept at Google"),
];

const fn dropped(name: &'static str, why: &'static str) -> Lost {
    Lost { name, fate: Fate::Dropped, why }
}

const fn refused(name: &'static str, why: &'static str) -> Lost {
    Lost { name, fate: Fate::Refused, why }
}

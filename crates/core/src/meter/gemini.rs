//! Gemini generateContent: `usageMetadata` is cumulative on every chunk; thoughts stand beside the candidates' count,
//! cached tokens inside the prompt's.

use super::count::Count;
use super::json::{elements, member, members, text_len, truthy, word};
use super::{Reader, Seen};
use crate::usage::Usage;

#[derive(Debug, Clone, Default)]
pub(super) struct Gemini {
    prompt: Count,
    cached: Count,
    tool_prompt: Count,
    candidates: Count,
    thoughts: Count,
    total: Count,
    audio_in: Count,
    image_in: Count,
    cached_audio: Count,
    cached_image: Count,
    audio_out: Count,
    image_out: Count,
    searches: u64,
    /// The last usage was sound.
    sound: bool,
}

impl Reader for Gemini {
    fn event(&mut self, data: &[u8], seen: &mut Seen) {
        for (key, value) in members(data) {
            match key {
                // Code Assist puts the answer one level down.
                b"response" => members(value).for_each(|(key, value)| self.read(key, value, seen)),
                _ => self.read(key, value, seen),
            }
        }
    }

    /// One answer, or the array that a stream without `alt=sse` is.
    fn body(&mut self, body: &[u8], seen: &mut Seen) {
        self.event(body, seen);
        elements(body).for_each(|answer| self.event(answer, seen));
        seen.finished = true;
    }

    fn usage(&self) -> Usage {
        let prompt = self.prompt.or_zero();
        let cache_read = self.cached.or_zero().min(prompt);
        let input = (prompt - cache_read).saturating_add(self.tool_prompt.or_zero());
        let thoughts = self.thoughts.or_zero();
        let output = match (self.candidates.known(), self.thoughts.known()) {
            (None, None) => {
                self.total.or_zero().saturating_sub(prompt.saturating_add(self.tool_prompt.or_zero()))
            }
            (candidates, _) => candidates.unwrap_or(0).saturating_add(thoughts),
        };
        let audio_in = self.audio_in.or_zero().saturating_sub(self.cached_audio.or_zero()).min(input);
        let image_in = self.image_in.or_zero().saturating_sub(self.cached_image.or_zero());
        let audio_out = self.audio_out.or_zero().min(output);
        Usage {
            input,
            cache_read,
            output,
            reasoning: thoughts.min(output),
            audio_in,
            image_in: image_in.min(input - audio_in),
            audio_out,
            image_out: self.image_out.or_zero().min(output - audio_out),
            web_search: self.searches,
            ..Usage::default()
        }
    }

    fn complete(&self, seen: &Seen) -> bool {
        self.sound && seen.finished
    }
}

impl Gemini {
    fn read(&mut self, key: &[u8], value: &[u8], seen: &mut Seen) {
        match key {
            b"usageMetadata" if value.starts_with(b"{") => self.read_usage(value, seen),
            b"candidates" => elements(value).for_each(|candidate| self.read_candidate(candidate, seen)),
            b"promptFeedback" => seen.finished |= member(value, b"blockReason").is_some_and(truthy),
            b"error" if truthy(value) => seen.error(),
            _ => {}
        }
    }

    fn read_candidate(&mut self, candidate: &[u8], seen: &mut Seen) {
        for (key, value) in members(candidate) {
            match key {
                b"finishReason" => seen.finished |= truthy(value),
                b"content" => member(value, b"parts").into_iter().flat_map(elements).for_each(|part| {
                    read_part(part, seen);
                }),
                b"groundingMetadata" => {
                    let queries = member(value, b"webSearchQueries").map_or(0, |list| elements(list).count());
                    self.searches = self.searches.max(queries as u64);
                }
                _ => {}
            }
        }
    }

    fn read_usage(&mut self, usage: &[u8], seen: &mut Seen) {
        let mut unsure = false;
        for (key, value) in members(usage) {
            let count = match key {
                b"promptTokenCount" => &mut self.prompt,
                b"cachedContentTokenCount" => &mut self.cached,
                b"toolUsePromptTokenCount" => &mut self.tool_prompt,
                b"candidatesTokenCount" => &mut self.candidates,
                b"thoughtsTokenCount" => &mut self.thoughts,
                b"totalTokenCount" => &mut self.total,
                b"promptTokensDetails" => {
                    modalities(value, &mut self.audio_in, &mut self.image_in, &mut unsure);
                    continue;
                }
                b"cacheTokensDetails" => {
                    modalities(value, &mut self.cached_audio, &mut self.cached_image, &mut unsure);
                    continue;
                }
                b"candidatesTokensDetails" => {
                    modalities(value, &mut self.audio_out, &mut self.image_out, &mut unsure);
                    continue;
                }
                b"trafficType" => {
                    match word(value) {
                        Some("ON_DEMAND") => seen.tier("on_demand"),
                        Some("ON_DEMAND_PRIORITY") => seen.tier("priority"),
                        Some("ON_DEMAND_FLEX") => seen.tier("flex"),
                        Some("PROVISIONED_THROUGHPUT") => seen.tier("provisioned"),
                        _ => {}
                    }
                    continue;
                }
                _ => continue,
            };
            count.take(value, &mut unsure);
        }
        self.sound = !unsure && self.prompt.known().is_some();
    }
}

/// The audio and image entries of a per-modality list.
fn modalities(list: &[u8], audio: &mut Count, image: &mut Count, unsure: &mut bool) {
    for entry in elements(list) {
        let Some(tokens) = member(entry, b"tokenCount") else { continue };
        match member(entry, b"modality").and_then(word) {
            Some("AUDIO") => audio.take(tokens, unsure),
            Some("IMAGE") => image.take(tokens, unsure),
            _ => {}
        }
    }
}

fn read_part(part: &[u8], seen: &mut Seen) {
    for (key, value) in members(part) {
        match key {
            b"text" => seen.text(text_len(value)),
            b"functionCall" | b"executableCode" => seen.text(value.len() as u64),
            _ => {}
        }
    }
}

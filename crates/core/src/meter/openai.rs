//! The usage object of OpenAI and of everything that imitates it: Chat, Responses, embeddings, images, transcripts.
//! The prompt count contains cache reads and writes; a total beyond prompt plus completion is hidden output.

use super::count::Count;
use super::json::{member, members, truthy};
use crate::money::Nano;
use crate::usage::Usage;

#[derive(Debug, Clone, Default)]
pub(super) struct OpenAi {
    prompt: Count,
    completion: Count,
    total: Count,
    cached: Count,
    /// DeepSeek's and Together's places of the same.
    cached_elsewhere: Count,
    cache_write: Count,
    cache_write_long: Count,
    reasoning: Count,
    audio_in: Count,
    image_in: Count,
    audio_out: Count,
    image_out: Count,
    pub(super) searches: Count,
    cost: Option<Nano>,
    /// The last usage object was sound.
    sound: bool,
}

impl OpenAi {
    pub(super) fn read(&mut self, usage: &[u8]) {
        let mut unsure = false;
        let mut cost = None;
        for (key, value) in members(usage) {
            let count = match key {
                b"prompt_tokens" | b"input_tokens" => &mut self.prompt,
                b"completion_tokens" | b"output_tokens" => &mut self.completion,
                b"total_tokens" => &mut self.total,
                b"prompt_cache_hit_tokens" | b"cached_tokens" => &mut self.cached_elsewhere,
                b"reasoning_tokens" => &mut self.reasoning,
                b"num_search_queries" | b"num_sources_used" => &mut self.searches,
                b"prompt_tokens_details" | b"input_tokens_details" | b"input_token_details" => {
                    self.read_input_details(value, &mut unsure);
                    continue;
                }
                b"completion_tokens_details" | b"output_tokens_details" | b"output_token_details" => {
                    self.read_output_details(value, &mut unsure);
                    continue;
                }
                b"cost" | b"estimated_cost" | b"cost_in_usd_ticks" => {
                    cost = stated_cost(key, value).or(cost);
                    continue;
                }
                _ => continue,
            };
            count.take(value, &mut unsure);
        }
        // With the caller's own key at the provider behind a broker, the broker's cost is only its fee.
        if member(usage, b"is_byok") == Some(b"true") {
            let upstream = member(usage, b"cost_details")
                .and_then(|details| member(details, b"upstream_inference_cost"))
                .and_then(dollars);
            cost = cost.zip(upstream).map(|(fee, upstream)| fee + upstream);
        }
        self.cost = cost.or(self.cost);
        let output = self.completion.known().or(self.total.known());
        self.sound = !unsure && self.prompt.known().is_some() && output.is_some();
    }

    /// Whether the last usage object can be charged as it stands.
    pub(super) fn sound(&self) -> bool {
        self.sound
    }

    pub(super) fn reported_cost(&self) -> Option<Nano> {
        self.cost
    }

    pub(super) fn usage(&self) -> Usage {
        let prompt = self.prompt.or_zero();
        let cache_read = self.cached.known().or(self.cached_elsewhere.known()).unwrap_or(0).min(prompt);
        let written = self.cache_write.or_zero().min(prompt - cache_read);
        let cache_write_long = self.cache_write_long.or_zero().min(written);
        let input = prompt - cache_read - written;
        let stated = self.completion.or_zero();
        let hidden = self.total.or_zero().saturating_sub(prompt.saturating_add(stated));
        let output = stated.saturating_add(hidden);
        let audio_in = self.audio_in.or_zero().min(input);
        let audio_out = self.audio_out.or_zero().min(output);
        let image_out = self.image_out.or_zero().min(output - audio_out);
        Usage {
            input,
            cache_read,
            cache_write: written - cache_write_long,
            cache_write_long,
            output,
            reasoning: self.reasoning.known().filter(|n| *n > 0).unwrap_or(hidden).min(output),
            audio_in,
            image_in: self.image_in.or_zero().min(input - audio_in),
            audio_out,
            image_out,
            web_search: self.searches.or_zero(),
            web_fetch: 0,
        }
    }

    fn read_input_details(&mut self, details: &[u8], unsure: &mut bool) {
        for (key, value) in members(details) {
            let count = match key {
                b"cached_tokens" => &mut self.cached,
                b"cache_write_tokens" => &mut self.cache_write,
                b"audio_tokens" => &mut self.audio_in,
                b"image_tokens" => &mut self.image_in,
                b"cache_write_tokens_details" => {
                    if let Some(long) = member(value, b"ttl_12h_tokens") {
                        self.cache_write_long.take(long, unsure);
                    }
                    continue;
                }
                _ => continue,
            };
            count.take(value, unsure);
        }
    }

    fn read_output_details(&mut self, details: &[u8], unsure: &mut bool) {
        for (key, value) in members(details) {
            let count = match key {
                b"reasoning_tokens" => &mut self.reasoning,
                b"audio_tokens" => &mut self.audio_out,
                b"image_tokens" => &mut self.image_out,
                _ => continue,
            };
            count.take(value, unsure);
        }
    }
}

/// OpenRouter and DeepInfra state dollars, Perplexity an object with a total, xAI ticks of 10⁻¹⁰ dollars.
fn stated_cost(key: &[u8], value: &[u8]) -> Option<Nano> {
    match key {
        b"cost_in_usd_ticks" => Nano::parse_decimal(std::str::from_utf8(value).ok()?, -10),
        _ if value.starts_with(b"{") => member(value, b"total_cost").and_then(dollars),
        _ => dollars(value),
    }
}

fn dollars(value: &[u8]) -> Option<Nano> {
    if !truthy(value) && value != b"0" {
        return None;
    }
    Nano::parse_decimal(std::str::from_utf8(value).ok()?, 0)
}

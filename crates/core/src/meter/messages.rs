//! Usage of Anthropic Messages: `message_start` states the input, `message_delta` the cumulative rest. Cache reads
//! and writes stand beside `input_tokens`, not inside it.

use super::count::Count;
use super::json::{elements, first_member, member, members, text_len, truthy, word};
use super::{Reader, Seen};
use crate::usage::{Aside, Usage};

#[derive(Debug, Clone, Default)]
pub(super) struct Messages {
    counts: Counts,
    /// Compaction passes: the provider leaves them out of its totals.
    compaction: Usage,
    /// The last usage of a `message_delta` (or of a whole answer) was sound.
    sound: bool,
    stopped: bool,
}

/// One usage object, or one entry of its `iterations`.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    input: Count,
    cache_read: Count,
    cache_write: Count,
    cache_write_5m: Count,
    cache_write_1h: Count,
    output: Count,
    thinking: Count,
    searches: Count,
    fetches: Count,
}

impl Reader for Messages {
    fn event(&mut self, data: &[u8], seen: &mut Seen) {
        let Some(kind) = first_member(data, b"type").and_then(word) else {
            if member(data, b"error").is_some_and(truthy) {
                seen.error();
            }
            return;
        };
        match kind {
            "content_block_delta" => read_text(member(data, b"delta"), seen),
            "content_block_start" => read_text(member(data, b"content_block"), seen),
            "message_start" => {
                if let Some(usage) = member(data, b"message").and_then(|message| member(message, b"usage")) {
                    self.read(usage, seen);
                }
            }
            "message_delta" => {
                if let Some(usage) = member(data, b"usage").filter(|usage| truthy(usage)) {
                    self.sound = self.read(usage, seen) && member(usage, b"output_tokens").is_some();
                }
                let reason = member(data, b"delta").and_then(|delta| member(delta, b"stop_reason"));
                self.stopped |= reason.is_some_and(truthy);
            }
            "message_stop" => {
                if let Some(metrics) =
                    member(data, b"amazon-bedrock-invocationMetrics").filter(|_| !self.sound)
                {
                    self.read_metrics(metrics);
                }
                self.stopped = true;
                seen.ended = true;
            }
            "error" => seen.error(),
            _ => {}
        }
    }

    fn body(&mut self, body: &[u8], seen: &mut Seen) {
        for (key, value) in members(body) {
            match key {
                b"type" if word(value) == Some("error") => seen.error(),
                b"error" if truthy(value) => seen.error(),
                b"usage" if truthy(value) => {
                    self.sound = self.read(value, seen);
                    self.stopped = true;
                }
                b"content" => elements(value).for_each(|block| read_text(Some(block), seen)),
                _ => {}
            }
        }
    }

    fn usage(&self) -> Usage {
        self.counts.usage().plus(self.compaction)
    }

    fn complete(&self, _seen: &Seen) -> bool {
        let counts = &self.counts;
        self.sound && self.stopped && counts.input.known().is_some() && counts.output.known().is_some()
    }
}

impl Messages {
    /// Whether every count of it made sense.
    fn read(&mut self, usage: &[u8], seen: &mut Seen) -> bool {
        let mut unsure = false;
        for (key, value) in members(usage) {
            match key {
                b"iterations" if truthy(value) => self.read_iterations(value, seen, &mut unsure),
                b"service_tier" => {
                    if let Some(tier) = word(value) {
                        seen.tier(tier);
                    }
                }
                b"inference_geo" => seen.geo = word(value).map(str::to_owned).or(seen.geo.take()),
                _ => self.counts.take(key, value, &mut unsure),
            }
        }
        // After the tier, which it outranks.
        if member(usage, b"speed").and_then(word) == Some("fast") {
            seen.tier("fast");
        }
        !unsure
    }

    fn read_iterations(&mut self, iterations: &[u8], seen: &mut Seen, unsure: &mut bool) {
        self.compaction = Usage::default();
        seen.asides.clear();
        for iteration in elements(iterations) {
            let mut counts = Counts::default();
            members(iteration).for_each(|(key, value)| counts.take(key, value, unsure));
            match member(iteration, b"type").and_then(word) {
                Some("compaction") => self.compaction = self.compaction.plus(counts.usage()),
                Some("advisor_message" | "fallback_message") => {
                    if let Some(model) = member(iteration, b"model").and_then(word) {
                        seen.asides.push(Aside { model: model.to_owned(), usage: counts.usage() });
                    }
                }
                _ => {}
            }
        }
    }

    /// Bedrock's own count, where the usage inside the stream is missing.
    fn read_metrics(&mut self, metrics: &[u8]) {
        let mut unsure = false;
        for (key, value) in members(metrics) {
            let count = match key {
                b"inputTokenCount" => &mut self.counts.input,
                b"outputTokenCount" => &mut self.counts.output,
                b"cacheReadInputTokenCount" => &mut self.counts.cache_read,
                b"cacheWriteInputTokenCount" => &mut self.counts.cache_write,
                _ => continue,
            };
            count.take(value, &mut unsure);
        }
        self.sound = !unsure && member(metrics, b"outputTokenCount").is_some();
    }
}

impl Counts {
    fn take(&mut self, key: &[u8], value: &[u8], unsure: &mut bool) {
        let count = match key {
            b"input_tokens" => &mut self.input,
            b"output_tokens" => &mut self.output,
            b"cache_read_input_tokens" => &mut self.cache_read,
            b"cache_creation_input_tokens" => &mut self.cache_write,
            b"cache_creation" => {
                for (key, value) in members(value) {
                    match key {
                        b"ephemeral_5m_input_tokens" => self.cache_write_5m.take(value, unsure),
                        b"ephemeral_1h_input_tokens" => self.cache_write_1h.take(value, unsure),
                        _ => {}
                    }
                }
                return;
            }
            b"output_tokens_details" => {
                if let Some(thinking) = member(value, b"thinking_tokens") {
                    self.thinking.take(thinking, unsure);
                }
                return;
            }
            b"server_tool_use" => {
                for (key, value) in members(value) {
                    match key {
                        b"web_search_requests" => self.searches.take(value, unsure),
                        b"web_fetch_requests" => self.fetches.take(value, unsure),
                        _ => {}
                    }
                }
                return;
            }
            _ => return,
        };
        count.take(value, unsure);
    }

    fn usage(&self) -> Usage {
        let long = self.cache_write_1h.or_zero();
        let split = long.saturating_add(self.cache_write_5m.or_zero());
        // A split beyond the total is believed: nothing may be lost between the two.
        let written = self.cache_write.or_zero().max(split);
        let output = self.output.or_zero();
        Usage {
            input: self.input.or_zero(),
            cache_read: self.cache_read.or_zero(),
            cache_write: written.saturating_sub(long),
            cache_write_long: long,
            output,
            reasoning: self.thinking.or_zero().min(output),
            web_search: self.searches.or_zero(),
            web_fetch: self.fetches.or_zero(),
            ..Usage::default()
        }
    }
}

/// The text of a content block or of its delta.
fn read_text(block: Option<&[u8]>, seen: &mut Seen) {
    for (key, value) in members(block.unwrap_or_default()) {
        match key {
            b"text" | b"thinking" | b"partial_json" => seen.text(text_len(value)),
            // The arguments of a call, whole; a stream starts with `{}`.
            b"input" if value != b"{}" => seen.text(value.len() as u64),
            _ => {}
        }
    }
}

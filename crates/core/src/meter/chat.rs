//! Chat Completions, streamed and whole, and the other OpenAI endpoints that state a top-level `usage`.

use super::json::{elements, member, members, text_len, truthy, word};
use super::openai::OpenAi;
use super::{Reader, Seen};
use crate::money::Nano;
use crate::usage::Usage;

#[derive(Debug, Clone, Default)]
pub(super) struct Chat {
    openai: OpenAi,
}

impl Reader for Chat {
    fn event(&mut self, data: &[u8], seen: &mut Seen) {
        if data.trim_ascii() == b"[DONE]" {
            seen.ended = true;
            seen.finished = true;
            return;
        }
        for (key, value) in members(data) {
            match key {
                b"choices" => elements(value).for_each(|choice| self.read_choice(choice, seen)),
                b"usage" if value.starts_with(b"{") => self.openai.read(value),
                b"x_groq" => {
                    if let Some(usage) = member(value, b"usage").filter(|usage| truthy(usage)) {
                        self.openai.read(usage);
                    }
                }
                b"error" if truthy(value) => seen.error(),
                b"service_tier" => {
                    if let Some(tier) = word(value) {
                        seen.tier(tier);
                    }
                }
                // Image and transcript streams name their last event.
                b"type" => seen.finished |= word(value).is_some_and(is_last),
                _ => {}
            }
        }
    }

    fn body(&mut self, body: &[u8], seen: &mut Seen) {
        self.event(body, seen);
        seen.finished = true;
    }

    fn usage(&self) -> Usage {
        self.openai.usage()
    }

    fn complete(&self, seen: &Seen) -> bool {
        self.openai.sound() && seen.finished
    }

    fn reported_cost(&self) -> Option<Nano> {
        self.openai.reported_cost()
    }
}

impl Chat {
    fn read_choice(&mut self, choice: &[u8], seen: &mut Seen) {
        for (key, value) in members(choice) {
            match key {
                b"delta" | b"message" => read_message(value, seen),
                b"text" => seen.text(text_len(value)),
                b"finish_reason" => {
                    if let Some(reason) = word(value) {
                        seen.finished = true;
                        seen.failed |= reason == "error";
                    }
                }
                // Older Moonshot models.
                b"usage" if value.starts_with(b"{") => self.openai.read(value),
                _ => {}
            }
        }
    }
}

fn read_message(message: &[u8], seen: &mut Seen) {
    for (key, value) in members(message) {
        match key {
            b"content" => read_content(value, seen),
            b"reasoning" | b"reasoning_content" | b"refusal" => seen.text(text_len(value)),
            b"tool_calls" => {
                for call in elements(value) {
                    read_function(member(call, b"function").or(member(call, b"custom")), seen);
                }
            }
            b"function_call" => read_function(Some(value), seen),
            _ => {}
        }
    }
}

/// A string, or Mistral's list of text and thinking parts.
fn read_content(content: &[u8], seen: &mut Seen) {
    seen.text(text_len(content));
    for (key, value) in elements(content).flat_map(members) {
        match key {
            b"text" => seen.text(text_len(value)),
            b"thinking" => {
                for text in elements(value).filter_map(|part| member(part, b"text")) {
                    seen.text(text_len(text));
                }
            }
            _ => {}
        }
    }
}

fn read_function(function: Option<&[u8]>, seen: &mut Seen) {
    for (key, value) in members(function.unwrap_or_default()) {
        if matches!(key, b"arguments" | b"input" | b"name") {
            seen.text(text_len(value));
        }
    }
}

fn is_last(kind: &str) -> bool {
    kind.ends_with(".completed") || kind.ends_with(".done")
}

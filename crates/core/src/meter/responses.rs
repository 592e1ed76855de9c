//! OpenAI Responses: usage stands only in the terminal event's `response`, or in the whole answer.

use super::json::{elements, first_member, member, members, text_len, truthy, word};
use super::openai::OpenAi;
use super::{Reader, Seen};
use crate::money::Nano;
use crate::usage::Usage;

#[derive(Debug, Clone, Default)]
pub(super) struct Responses {
    openai: OpenAi,
}

impl Reader for Responses {
    fn event(&mut self, data: &[u8], seen: &mut Seen) {
        let Some(kind) = first_member(data, b"type").and_then(word) else {
            if member(data, b"error").is_some_and(truthy) {
                seen.error();
            }
            return;
        };
        match kind {
            "response.completed" | "response.incomplete" | "response.failed" => {
                if let Some(response) = member(data, b"response") {
                    self.read(response, seen);
                }
                seen.failed |= kind == "response.failed";
                seen.ended = true;
            }
            // The answer may break off after it was kept.
            "response.created" => {
                seen.answer_id = member(data, b"response").and_then(|r| member(r, b"id")).and_then(id);
            }
            "error" => seen.error(),
            "response.audio.delta" | "response.output_audio.delta" => {}
            _ if kind.ends_with(".delta") => seen.text(member(data, b"delta").map_or(0, text_len)),
            _ => {}
        }
    }

    fn body(&mut self, body: &[u8], seen: &mut Seen) {
        self.read(body, seen);
        for item in member(body, b"output").into_iter().flat_map(elements) {
            read_item(item, seen);
        }
    }

    fn usage(&self) -> Usage {
        self.openai.usage()
    }

    fn complete(&self, _seen: &Seen) -> bool {
        // Only a terminal event states usage.
        self.openai.sound()
    }

    fn reported_cost(&self) -> Option<Nano> {
        self.openai.reported_cost()
    }
}

impl Responses {
    fn read(&mut self, response: &[u8], seen: &mut Seen) {
        for (key, value) in members(response) {
            match key {
                b"usage" if value.starts_with(b"{") => self.openai.read(value),
                b"service_tier" => {
                    if let Some(tier) = word(value) {
                        seen.tier(tier);
                    }
                }
                b"id" => seen.answer_id = id(value),
                b"status" => seen.failed |= word(value) == Some("failed"),
                b"error" => seen.failed |= truthy(value),
                b"output" => {
                    let searches = elements(value).filter(|item| is_search(item)).count() as u64;
                    if searches > 0 {
                        self.openai.searches.set(searches);
                    }
                }
                _ => {}
            }
        }
    }
}

/// A plain id of a plausible length.
fn id(value: &[u8]) -> Option<String> {
    word(value).filter(|id| id.len() <= 256).map(str::to_owned)
}

/// A hosted web search; opening a page and searching inside one are steps of it.
fn is_search(item: &[u8]) -> bool {
    let action = member(item, b"action").and_then(|action| member(action, b"type")).and_then(word);
    first_member(item, b"type").and_then(word) == Some("web_search_call")
        && action.is_none_or(|action| action == "search")
}

/// The text of one output item of a whole answer.
fn read_item(item: &[u8], seen: &mut Seen) {
    for (key, value) in members(item) {
        match key {
            b"arguments" | b"input" => seen.text(text_len(value)),
            b"content" | b"summary" => {
                for (key, value) in elements(value).flat_map(members) {
                    if matches!(key, b"text" | b"refusal") {
                        seen.text(text_len(value));
                    }
                }
            }
            _ => {}
        }
    }
}

//! Calls paid by a ChatGPT subscription: Codex's own endpoint, which streams only, keeps nothing, and refuses some of the
//! Responses dialect. What Codex itself sends passes byte for byte.

use crate::envelope::Splice;
use crate::meter::json::{elements, first_member, string, word};
use crate::secret::Secret;
use crate::sse::{Event, Splitter};
use bytes::Bytes;
use serde_json::{Value, json};

/// Where such calls go instead of the API.
pub const BASE: &str = "https://chatgpt.com/backend-api/codex";

/// The account that a token belongs to, as the token says.
pub fn account_of(token: &Secret) -> Option<String> {
    let claims = super::claims(token.expose())?;
    Some(claims.get("https://api.openai.com/auth")?.get("chatgpt_account_id")?.as_str()?.to_owned())
}

/// The body with what the endpoint insists on, and the members that it lost.
pub fn body(body: &Bytes) -> (Bytes, Vec<&'static str>) {
    let value = |name: &[u8]| first_member(body, name);
    let mut splice = REFUSED.iter().fold(Splice::default(), |splice, name| splice.without(name));
    if value(b"instructions").is_none_or(|text| string(text).is_none()) {
        splice = splice.last("instructions", "\"\"");
    }
    if let Some(text) = value(b"input").filter(|input| string(input).is_some()) {
        let text = String::from_utf8_lossy(text);
        let item = r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"#;
        splice = splice.value("input", &format!("[{item}{text}}}]}}]"));
    }
    for (name, wanted) in [("store", "false"), ("stream", "true")] {
        if value(name.as_bytes()) != Some(wanted.as_bytes()) {
            splice = splice.last(name, wanted);
        }
    }
    let included: Vec<&[u8]> = value(b"include").into_iter().flat_map(|list| elements(list)).collect();
    if !included.iter().any(|name| word(name) == Some(REASONING)) {
        let names: Vec<Value> =
            included.iter().filter_map(|name| serde_json::from_slice(name).ok()).collect();
        let all: Vec<Value> = names.into_iter().chain([json!(REASONING)]).collect();
        splice = splice.last("include", &Value::from(all).to_string());
    }
    let (body, gone) = splice.apply(body);
    (body, gone.into_iter().filter(|name| REFUSED.contains(name)).collect())
}

/// Makes a whole answer of a streamed one: its last event holds it.
#[derive(Default)]
pub struct Collect {
    splitter: Splitter,
    answer: Option<Vec<u8>>,
}

impl Collect {
    pub fn push(&mut self, bytes: &[u8]) {
        let answer = &mut self.answer;
        self.splitter.feed(bytes, |event| keep_last(event, answer));
    }

    /// `None`: the stream ended before the answer did.
    pub fn finish(&mut self) -> Option<Vec<u8>> {
        let answer = &mut self.answer;
        self.splitter.rest(|event| keep_last(event, answer));
        self.answer.take()
    }
}

fn keep_last(event: Event<'_>, answer: &mut Option<Vec<u8>>) {
    let kind = first_member(event.data, b"type").and_then(word).unwrap_or_default();
    if LAST.contains(&kind)
        && let Some(response) = first_member(event.data, b"response")
    {
        *answer = Some(response.to_vec());
    }
}

const REASONING: &str = "reasoning.encrypted_content";
/// The events that end a stream.
const LAST: &[&str] = &["response.completed", "response.incomplete", "response.failed"];
/// Members of the dialect that the endpoint answers with an error.
const REFUSED: &[&str] = &[
    "max_output_tokens",
    "max_tool_calls",
    "temperature",
    "top_p",
    "top_logprobs",
    "prompt_cache_retention",
    "safety_identifier",
    "metadata",
    "user",
    "background",
];

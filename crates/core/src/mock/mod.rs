//! The offline model: it answers in every dialect with no key and no network, so that agents, budgets and failure
//! handling can be tried out. It must never panic on what a caller sends, and never do more than linear work for
//! it; the same request always gives the same bytes.
//!
//! It says `mock: ` and the last text of the last user turn. If that turn carries a tool's result, it quotes the
//! result and ends the turn. If a JSON schema was asked for, it says the smallest instance of the schema. A tool
//! that the request forces (`tool_choice`) is called with the smallest instance of its parameters.
//!
//! Directives, anywhere in the last user turn:
//!
//! | directive | effect |
//! |---|---|
//! | `[[mock:tool NAME {json}]]` | calls the tool NAME with that input, if the request offers it; for a custom (free text) tool, what follows NAME is the input |
//! | `[[mock:error N]]` | answers with status N (400 to 599) and an error in the dialect's shape |
//! | `[[mock:slow MS]]` | waits MS milliseconds before each event, 60 seconds in all at most |
//! | `[[mock:tokens IN OUT]]` | reports this usage |
//! | `[[mock:cut]]` | breaks the connection in the middle of the answer |
//!
//! Tokens are counted as a quarter of the bytes, rounded up. Ids are made of the position in the conversation:
//! `msg_mock_2` is the second answer, `call_mock_1` the first call.

mod chat;
mod deliver;
mod directive;
mod gemini;
mod messages;
mod prompt;
mod refusal;
mod reply;
mod responses;
mod schema;

use crate::dialect::{Dialect, Operation};
use crate::time::Millis;
use bytes::Bytes;
use directive::Directives;
use prompt::Prompt;
use reply::Reply;
use serde_json::{Map, Value};

/// What the mock is asked.
pub struct Ask<'a> {
    pub dialect: Dialect,
    pub operation: Operation,
    pub model: &'a str,
    pub stream: bool,
    /// The whole request body; known to be a JSON object.
    pub body: &'a [u8],
}

/// What it answers: a head and pieces to be sent one after the other.
pub struct Answer {
    pub status: u16,
    pub content_type: &'static str,
    /// Further headers, names in lower case: `retry-after`, `x-should-retry`.
    pub headers: &'static [(&'static str, &'static str)],
    pub pieces: Vec<Piece>,
    /// The connection breaks after the last piece instead of ending.
    pub cut: bool,
}

/// Bytes, and how long to wait before them.
pub struct Piece {
    pub wait: Millis,
    pub bytes: Bytes,
}

/// Answers. A body of the wrong shape gives a 400 in the dialect's error shape.
pub fn answer(ask: &Ask<'_>) -> Answer {
    let Ok(body) = serde_json::from_slice::<Map<String, Value>>(ask.body) else {
        return refusal::answer(ask.dialect, 400, "the body is not a JSON object, or is nested too deeply");
    };
    let prompt = match read(ask.dialect, &body) {
        Ok(prompt) => prompt,
        Err(what) => return refusal::answer(ask.dialect, 400, &what),
    };
    let directives = Directives::read(&prompt.texts);
    match ask.operation {
        Operation::CountTokens => count(ask.dialect, reply::input_tokens(&prompt, &directives)),
        Operation::Generate => generate(ask, &body, &prompt, &directives),
        _ => refusal::answer(ask.dialect, 501, "the mock generates text and counts tokens, nothing else"),
    }
}

fn read<'a>(dialect: Dialect, body: &'a Map<String, Value>) -> Result<Prompt<'a>, String> {
    match dialect {
        Dialect::Messages => messages::read(body),
        Dialect::Chat => chat::read(body),
        Dialect::Responses => responses::read(body),
        Dialect::Gemini => gemini::read(body),
    }
}

fn generate(
    ask: &Ask<'_>,
    body: &Map<String, Value>,
    prompt: &Prompt<'_>,
    directives: &Directives<'_>,
) -> Answer {
    if let Some(status) = directives.error {
        let mut answer = refusal::answer(ask.dialect, status, &format!("mock: error {status}, as asked"));
        deliver::slow_down(&mut answer.pieces, directives.slow);
        return answer;
    }
    let reply = Reply::decide(prompt, directives);
    let model = ask.model;
    if ask.stream {
        deliver::stream(
            match ask.dialect {
                Dialect::Messages => messages::stream(model, &reply),
                Dialect::Chat => chat::stream(model, &reply, chat::wants_usage(body)),
                Dialect::Responses => responses::stream(model, &reply),
                Dialect::Gemini => gemini::stream(model, &reply),
            },
            directives,
        )
    } else {
        deliver::whole(
            &match ask.dialect {
                Dialect::Messages => messages::whole(model, &reply),
                Dialect::Chat => chat::whole(model, &reply),
                Dialect::Responses => responses::whole(model, &reply),
                Dialect::Gemini => gemini::whole(model, &reply),
            },
            directives,
        )
    }
}

fn count(dialect: Dialect, tokens: u64) -> Answer {
    let body = match dialect {
        Dialect::Messages => messages::count(tokens),
        Dialect::Responses => responses::count(tokens),
        Dialect::Gemini => gemini::count(tokens),
        Dialect::Chat => return refusal::answer(dialect, 404, "Chat Completions has no token count"),
    };
    deliver::whole(&body, &Directives::default())
}

#[cfg(test)]
mod tests;

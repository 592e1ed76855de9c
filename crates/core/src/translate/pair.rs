//! What a translation is: one ordered pair of dialects, four shapes each way.

use super::dropped::{Dropped, Lost};
use crate::dialect::Dialect;
use crate::problem::Problem;
use crate::sse::Event;
use crate::time::UnixMs;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One ordered pair: a caller that speaks `from`, an upstream that speaks `to`.
pub trait Pair: Sync {
    fn from(&self) -> Dialect;
    fn to(&self) -> Dialect;

    /// What can never be carried: for the documentation. What one request lost is in [`Outgoing::dropped`].
    fn lost(&self) -> &'static [Lost];

    /// The request for the upstream. `body` is taken, so that images and schemas are moved, not copied.
    ///
    /// # Errors
    /// [`Problem::BodyInvalid`], with the place in the caller's body, for what the upstream would misread. What it
    /// would merely do without is left out and named.
    fn request(&self, body: Value, ask: &Ask<'_>) -> Result<Outgoing, Problem>;

    /// A whole answer of the upstream, in the caller's dialect.
    ///
    /// # Errors
    /// When it is not an answer of the upstream's dialect.
    fn answer(&self, body: Value, memo: &Memo) -> Result<Value, Untranslated>;

    /// The machine for a streamed answer.
    fn stream(&self, memo: &Memo) -> Box<dyn StreamMachine>;

    /// An upstream's error in the caller's shape: its sentence is kept, its kind and status are the caller's.
    fn error(&self, status: u16, body: &[u8]) -> UpstreamError;
}

/// Turns the upstream's events, one after the other, into the bytes of the caller's stream.
pub trait StreamMachine: Send {
    /// One event of the upstream. Whole, well-formed events of the caller's dialect are appended to `out`.
    fn push(&mut self, event: Event<'_>, out: &mut Vec<u8>);

    /// The upstream's stream came to an orderly end of its bytes. Completes the answer where the upstream had said
    /// all of it. Where it had not, nothing is appended and [`ended`](Self::ended) stays false: a broken stream is
    /// the relay's to end.
    fn finish(&mut self, out: &mut Vec<u8>);

    /// The caller's stream has got its last event, be it an error; nothing follows.
    fn ended(&self) -> bool;
}

/// What a request is translated for.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The upstream's model.
    pub model: &'a str,
    /// The model the caller asked for: answers name it.
    pub shown_model: &'a str,
    /// The most output tokens the upstream's model can give, where known.
    pub max_output: Option<u64>,
    pub stream: bool,
    /// Names an answer that the upstream left without an id.
    pub request_id: &'a str,
    pub now: UnixMs,
    pub takes: Takes,
}

/// What the upstream understands beyond the core of its dialect. The default is the dialect's own vendor, with a
/// current model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Takes {
    /// Chat: the limit is `max_completion_tokens`; otherwise `max_tokens`.
    pub max_completion_tokens: bool,
    /// Chat, Responses: a reasoning effort.
    pub reasoning_effort: bool,
    /// Chat: wants the `reasoning_content` of earlier turns back (DeepSeek, Moonshot).
    pub reasoning_content: bool,
    /// Chat: `stream_options.include_usage`.
    pub stream_usage: bool,
    /// `temperature`, `top_p`.
    pub sampling: bool,
    /// Messages: `thinking: adaptive` with `output_config.effort`; otherwise a budget of tokens.
    pub adaptive_thinking: bool,
}

impl Takes {
    /// What the dialect's own vendor understands.
    pub const ALL: Self = Self {
        max_completion_tokens: true,
        reasoning_effort: true,
        reasoning_content: false,
        stream_usage: true,
        sampling: true,
        adaptive_thinking: true,
    };
}

impl Default for Takes {
    fn default() -> Self {
        Self::ALL
    }
}

/// A request in the upstream's dialect.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    pub body: Value,
    /// What was left out, for the `x-proxyagent-dropped` header.
    pub dropped: Dropped,
    pub memo: Memo,
}

/// What the way back needs of the way out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memo {
    /// The model that answers name.
    pub model: String,
    /// For answers that the upstream left without an id.
    pub request_id: String,
    /// Unix seconds, for dialects whose answers carry a time.
    pub created: i64,
    /// The caller asked for usage at the end of a Chat stream.
    pub stream_usage: bool,
    /// The caller wants to see reasoning.
    pub show_reasoning: bool,
    /// Tool names that had to be shortened: as sent, as the caller knows them.
    pub tool_names: BTreeMap<String, String>,
    /// The namespaces of tools that had one in the caller's request. Names as sent.
    pub tool_namespaces: BTreeMap<String, String>,
    /// Tools with free text for input, sent as functions of one string. Names as sent.
    pub custom_tools: BTreeSet<String>,
    /// Of the second half of a [`Composed`](super::Composed) pair.
    pub inner: Option<Box<Memo>>,
}

impl Memo {
    pub fn new(ask: &Ask<'_>) -> Self {
        Self {
            model: ask.shown_model.to_owned(),
            request_id: ask.request_id.to_owned(),
            created: ask.now.0.div_euclid(1000),
            ..Self::default()
        }
    }

    /// The name by which the caller knows a tool.
    pub fn tool_name<'a>(&'a self, sent: &'a str) -> &'a str {
        self.tool_names.get(sent).map_or(sent, String::as_str)
    }
}

/// An upstream's error, ready for the caller.
#[derive(Debug, Clone, PartialEq)]
pub struct UpstreamError {
    /// As the caller's dialect knows it: 529 is known to Messages callers only.
    pub status: u16,
    pub body: Value,
}

/// An upstream's answer is not one of its dialect; what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the upstream's answer has no {0}")]
pub struct Untranslated(pub &'static str);

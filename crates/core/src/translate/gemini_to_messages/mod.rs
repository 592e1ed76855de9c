//! A caller that speaks Gemini (the Gemini CLI, Google's SDKs), an upstream that speaks Messages.

mod answer;
mod lost;
mod output_schema;
mod request;
mod stream;
mod thoughts;
mod turns;

use super::pair::{Ask, Memo, Outgoing, Pair, StreamMachine, Untranslated, UpstreamError};
use super::{Lost, upstream_error};
use crate::dialect::Dialect;
use crate::problem::Problem;
use serde_json::Value;

pub(super) struct GeminiToMessages;

impl Pair for GeminiToMessages {
    fn from(&self) -> Dialect {
        Dialect::Gemini
    }

    fn to(&self) -> Dialect {
        Dialect::Messages
    }

    fn lost(&self) -> &'static [Lost] {
        lost::LOST
    }

    fn request(&self, body: Value, ask: &Ask<'_>) -> Result<Outgoing, Problem> {
        request::translate(body, ask)
    }

    fn answer(&self, body: Value, memo: &Memo) -> Result<Value, Untranslated> {
        answer::translate(body, memo)
    }

    fn stream(&self, memo: &Memo) -> Box<dyn StreamMachine> {
        Box::new(stream::Stream::new(memo))
    }

    fn error(&self, status: u16, body: &[u8]) -> UpstreamError {
        upstream_error::read(status, body).answer(Dialect::Gemini)
    }
}

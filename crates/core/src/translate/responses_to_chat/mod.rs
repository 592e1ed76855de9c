//! A caller that speaks Responses (Codex), an upstream that speaks Chat Completions.

mod answer;
mod lost;
mod parts;
mod request;
mod stream;
mod turns;

use super::pair::{Ask, Memo, Outgoing, Pair, StreamMachine, Untranslated, UpstreamError};
use super::{Lost, upstream_error};
use crate::dialect::Dialect;
use crate::problem::Problem;
use serde_json::Value;

pub(super) struct ResponsesToChat;

impl Pair for ResponsesToChat {
    fn from(&self) -> Dialect {
        Dialect::Responses
    }

    fn to(&self) -> Dialect {
        Dialect::Chat
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
        upstream_error::read(status, body).answer(Dialect::Responses)
    }
}

//! A call whose caller speaks another dialect than its upstream: the request translated on the way out, the answer,
//! stream or error on the way back. What could not be carried is named in a header.

use crate::attempt::Errand;
use crate::dialect::Dialect;
use crate::ledger::Held;
use crate::problem::Problem;
use crate::sse::Splitter;
use crate::translate::{Ask, Dropped, Memo, Pair, StreamMachine, Takes, Untranslated};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

/// What the way back needs of the way out.
pub(crate) struct Crossing {
    pair: &'static dyn Pair,
    memo: Memo,
    dropped: Dropped,
}

impl Crossing {
    /// The request's body in the upstream's dialect.
    ///
    /// # Errors
    /// [`Problem::BodyInvalid`] for what the upstream would misread.
    pub(crate) fn begin(
        pair: &'static dyn Pair,
        held: &Held,
        errand: &Errand<'_>,
        max_output: Option<u64>,
    ) -> Result<(Self, Bytes), Problem> {
        let body = serde_json::from_slice(errand.body)
            .map_err(|_| Problem::BodyInvalid("the body is nested too deeply to be translated".into()))?;
        let record = &held.record;
        let ask = Ask {
            model: errand.model,
            shown_model: &errand.envelope.model,
            max_output,
            stream: errand.envelope.stream,
            request_id: &record.id,
            now: record.started,
            takes: Takes::default(),
        };
        let outgoing = pair.request(body, &ask)?;
        let bytes = Bytes::from(outgoing.body.to_string());
        Ok((Self { pair, memo: outgoing.memo, dropped: outgoing.dropped }, bytes))
    }

    /// The dialect of the upstream, which its answer is metered in.
    pub(crate) fn upstream(&self) -> Dialect {
        self.pair.to()
    }

    /// The caller's headers, less those that only its own dialect's vendor understands.
    pub(crate) fn request_headers(given: &HeaderMap) -> HeaderMap {
        let mut kept = given.clone();
        let foreign: Vec<HeaderName> = given
            .keys()
            .filter(|name| VENDORS.iter().any(|v| name.as_str().starts_with(v)))
            .cloned()
            .collect();
        for name in foreign {
            kept.remove(name);
        }
        kept.remove(header::CONTENT_TYPE);
        kept
    }

    /// The answer's headers: its type is the caller's, and what was lost is said.
    pub(crate) fn answer_headers(&self, headers: &mut HeaderMap, stream: bool) {
        let kind = if stream { "text/event-stream; charset=utf-8" } else { "application/json" };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        let lost = self.dropped.header();
        if let Some(lost) = HeaderValue::from_str(&lost).ok().filter(|v| !v.is_empty()) {
            headers.insert(DROPPED, lost);
        }
    }

    /// A whole answer in the caller's dialect.
    ///
    /// # Errors
    /// When a success is not an answer of the upstream's dialect.
    pub(crate) fn answer(
        &self,
        status: StatusCode,
        body: &[u8],
    ) -> Result<(StatusCode, Bytes), Untranslated> {
        if !status.is_success() {
            let error = self.pair.error(status.as_u16(), body);
            let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_GATEWAY);
            return Ok((status, error.body.to_string().into()));
        }
        let answer = serde_json::from_slice(body).map_err(|_| Untranslated("JSON body"))?;
        Ok((status, self.pair.answer(answer, &self.memo)?.to_string().into()))
    }

    /// The machine for a streamed answer.
    pub(crate) fn stream(&self) -> StreamCrossing {
        StreamCrossing { splitter: Splitter::default(), machine: self.pair.stream(&self.memo) }
    }
}

/// A streamed answer being translated, event by event.
pub(crate) struct StreamCrossing {
    splitter: Splitter,
    machine: Box<dyn StreamMachine>,
}

impl StreamCrossing {
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Bytes {
        let mut out = Vec::new();
        let machine = &mut self.machine;
        self.splitter.feed(bytes, |event| machine.push(event, &mut out));
        out.into()
    }

    /// The upstream's bytes are over. `false`: they ended before the answer did.
    pub(crate) fn finish(&mut self) -> (Bytes, bool) {
        let mut out = Vec::new();
        let machine = &mut self.machine;
        self.splitter.rest(|event| machine.push(event, &mut out));
        machine.finish(&mut out);
        (out.into(), machine.ended())
    }
}

/// Beginnings of headers that belong to one vendor's dialect.
const VENDORS: &[&str] = &["anthropic-", "openai-", "x-goog-", "x-stainless-"];
const DROPPED: &str = "x-proxyagent-dropped";

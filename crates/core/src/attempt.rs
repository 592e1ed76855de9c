//! One request upstream: planned, signed, sent, and its answer judged. Only a [`Held`] call gets this far.

use crate::call::ModelRef;
use crate::credential::Credential;
use crate::crossing::{self, Crossing};
use crate::dialect::{Dialect, Operation};
use crate::envelope::{self, Envelope, Rewritten};
use crate::headers;
use crate::hold::Sent;
use crate::ledger::Held;
use crate::mock;
use crate::ports::{Platform, Severed, Unsent};
use crate::price::Price;
use crate::problem::Problem;
use crate::provider::{Endpoint, Provider, StreamUsage};
use crate::proxy::Proxy;
use crate::settings::Config;
use crate::translate::{self, Pair};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode, header};
use std::borrow::Cow;
use std::collections::VecDeque;

/// Where a call goes and what it takes to get there.
pub(crate) struct Plan<'a> {
    pub(crate) provider: &'static Provider,
    endpoint: &'static Endpoint,
    /// The endpoint's path for this call.
    path: Cow<'static, str>,
    /// Set where the provider does not speak the caller's dialect.
    pair: Option<&'static dyn Pair>,
    /// `None` for offline providers only.
    credential: Option<&'a Credential>,
}

impl<'a> Plan<'a> {
    /// # Errors
    /// When the target does not speak the dialect, or nothing pays it.
    pub(crate) fn of(
        config: &'a Config,
        target: &ModelRef,
        dialect: Dialect,
        operation: Operation,
        envelope: &Envelope,
    ) -> Result<Self, Problem> {
        let provider = config
            .directory
            .find(target.provider)
            .ok_or_else(|| Problem::ProviderUnknown(target.provider.to_owned()))?;
        let unsupported = Problem::DialectUnsupported { provider: provider.name };
        let own = provider.endpoint(dialect, operation).map(|endpoint| (endpoint, None));
        let (endpoint, pair) = own.or_else(|| translated(provider, dialect, operation)).ok_or(unsupported)?;
        let credential = config.credential(provider);
        if credential.is_none() && !provider.offline {
            return Err(Problem::CredentialMissing { provider: provider.name });
        }
        // A stream that the caller wants as an array is one upstream only where it is passed on as it comes.
        let stream = envelope.stream || (envelope.array && pair.is_none());
        let path = endpoint.path_for(&target.model, stream)?;
        Ok(Self { provider, endpoint, path, pair, credential })
    }

    /// Nothing is translated.
    pub(crate) fn speaks_natively(&self) -> bool {
        self.pair.is_none()
    }

    pub(crate) fn credential_id(&self) -> Option<&str> {
        self.credential.map(|c| c.id.as_str())
    }
}

/// Another dialect in which the provider can answer, and the translation there and back. Tokens are counted by their own
/// dialect's rules only.
fn translated(
    provider: &Provider,
    dialect: Dialect,
    operation: Operation,
) -> Option<(&'static Endpoint, Option<&'static dyn Pair>)> {
    if operation != Operation::Generate {
        return None;
    }
    provider
        .dialects()
        .find_map(|to| Some((provider.endpoint(to, operation)?, Some(translate::between(dialect, to)?))))
}

/// What is sent: the caller's own request, and the model it goes to.
pub(crate) struct Errand<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) envelope: &'a Envelope,
    pub(crate) body: &'a Bytes,
    pub(crate) model: &'a str,
}

/// An answer worth passing on.
pub(crate) struct Accepted<B> {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) source: Source<B>,
    /// Usage was asked for that the caller did not ask for: it is hidden again.
    pub(crate) hide_usage: bool,
    pub(crate) crossing: Option<Crossing>,
    /// The caller wants the whole answer inside an array.
    pub(crate) array: bool,
}

/// No answer worth passing on, and whether the upstream may have worked all the same.
pub(crate) struct Failed {
    pub(crate) problem: Problem,
    pub(crate) sent: Sent,
}

/// Sends the call once and judges the head of the answer.
pub(crate) async fn attempt<P: Platform>(
    proxy: &Proxy<P>,
    held: &Held,
    plan: &Plan<'_>,
    errand: &Errand<'_>,
) -> Result<Accepted<P::Body>, Failed> {
    let nothing = |problem| Failed { problem, sent: Sent::Nothing };
    let endpoint = plan.endpoint;
    let ask_usage = held.record.dialect == Dialect::Chat
        && held.record.operation.has_stream_options()
        && plan.provider.stream_usage == StreamUsage::Ask;
    let (crossing, out) = match plan.pair {
        None => (None, errand.envelope.rewrite(errand.body, errand.model, ask_usage, endpoint.refuses)),
        Some(pair) => {
            let price = held.prices.find(plan.provider.name, errand.model);
            let most = price.and_then(Price::max_output);
            let (crossing, body) =
                Crossing::begin(pair, held, errand, most, endpoint.takes).map_err(nothing)?;
            (Some(crossing), Rewritten { body, added_usage: false, dropped: Vec::new() })
        }
    };
    let Rewritten { body, added_usage: hide_usage, dropped } = out;
    let Some(credential) = plan.credential else {
        return Ok(offline(held, errand, &body, hide_usage));
    };
    let request = signed(credential, plan, errand, body).map_err(nothing)?;
    let name = plan.provider.name;
    let answer =
        proxy.platform.send(request, proxy.house.config.patience).await.map_err(|cause| match cause {
            Unsent::Connect | Unsent::Tls => nothing(Problem::UpstreamUnreachable { provider: name, cause }),
            Unsent::Slow => Failed { problem: Problem::UpstreamSlow { provider: name }, sent: Sent::Perhaps },
            Unsent::Reset => Failed {
                problem: Problem::UpstreamUnreachable { provider: name, cause },
                sent: Sent::Perhaps,
            },
        })?;
    let (head, body) = answer.into_parts();
    match head.status.as_u16() {
        300..=399 => Err(nothing(Problem::UpstreamRedirect { provider: name })),
        // Both speak of the proxy's own credential; the body often shows a part of it.
        401 | 403 => {
            proxy.fault(&format!(
                "{name} refused the credential {} with status {}",
                credential.id,
                head.status.as_u16()
            ));
            Err(nothing(Problem::CredentialRefused { provider: name }))
        }
        _ => {
            let mut headers = headers::downstream(&head.headers);
            proxy.house.scrubber().clean_headers(&mut headers);
            if let Some(names) = HeaderValue::from_str(&dropped.join(", ")).ok().filter(|v| !v.is_empty()) {
                headers.insert(crossing::DROPPED, names);
            }
            let array = errand.envelope.array && crossing.is_some();
            Ok(Accepted {
                status: head.status,
                headers,
                source: Source::Live(body),
                hide_usage,
                crossing,
                array,
            })
        }
    }
}

fn signed(
    credential: &Credential,
    plan: &Plan<'_>,
    errand: &Errand<'_>,
    body: Bytes,
) -> Result<Request<Bytes>, Problem> {
    let query = match plan.pair {
        None => headers::query_without_key(errand.parts),
        Some(pair) if pair.to() == Dialect::Gemini && errand.envelope.stream => Some("alt=sse".to_owned()),
        Some(_) => None,
    };
    let mut request = Request::new(body);
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() =
        credential.base.join(&plan.path, query.as_deref()).parse().map_err(|_| Problem::Internal)?;
    let given = &errand.parts.headers;
    *request.headers_mut() = match plan.pair {
        None => headers::upstream(given, plan.provider.default_headers),
        Some(_) => headers::upstream(&Crossing::request_headers(given), plan.provider.default_headers),
    };
    if !envelope::is_form(headers::content_type(given)) {
        // What was read as JSON must be read as JSON there too.
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    credential
        .sign(plan.endpoint, request.headers_mut())
        .map_err(|_| Problem::CredentialMissing { provider: plan.provider.name })?;
    Ok(request)
}

fn offline<B>(held: &Held, errand: &Errand<'_>, body: &[u8], hide_usage: bool) -> Accepted<B> {
    let record = &held.record;
    let ask = mock::Ask {
        dialect: record.dialect,
        operation: record.operation,
        model: errand.model,
        stream: errand.envelope.stream,
        body,
    };
    let answer = mock::answer(&ask);
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    for (name, value) in answer.headers {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    Accepted {
        status: StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK),
        headers,
        source: Source::Canned { pieces: answer.pieces.into(), cut: answer.cut },
        hide_usage,
        crossing: None,
        array: errand.envelope.array,
    }
}

/// An answer's body, from the network or from the offline model.
pub(crate) enum Source<B> {
    Live(B),
    Canned { pieces: VecDeque<mock::Piece>, cut: bool },
}

impl<B: futures_core::Stream<Item = Result<Bytes, Severed>> + Unpin> Source<B> {
    pub(crate) async fn next(&mut self, timer: &impl crate::ports::Timer) -> Option<Result<Bytes, Severed>> {
        match self {
            Self::Live(body) => body.next().await,
            Self::Canned { pieces, cut } => match pieces.pop_front() {
                Some(piece) => {
                    if piece.wait.0 > 0 {
                        timer.sleep(piece.wait).await;
                    }
                    Some(Ok(piece.bytes))
                }
                None if *cut => {
                    *cut = false;
                    Some(Err(Severed::Reset))
                }
                None => None,
            },
        }
    }

    /// The whole body, if it is not longer than `limit` bytes.
    pub(crate) async fn whole(
        &mut self,
        timer: &impl crate::ports::Timer,
        limit: usize,
    ) -> Result<Bytes, Unread> {
        let mut first: Option<Bytes> = None;
        let mut rest = BytesMut::new();
        while let Some(chunk) = self.next(timer).await {
            let chunk = chunk.map_err(Unread::Severed)?;
            if first.as_ref().map_or(0, Bytes::len) + rest.len() + chunk.len() > limit {
                return Err(Unread::TooLarge);
            }
            match &first {
                None => first = Some(chunk),
                Some(start) => {
                    if rest.is_empty() {
                        rest.reserve(start.len() + chunk.len());
                        rest.extend_from_slice(start);
                        first = Some(Bytes::new());
                    }
                    rest.extend_from_slice(&chunk);
                }
            }
        }
        Ok(if rest.is_empty() { first.unwrap_or_default() } else { rest.freeze() })
    }
}

/// Why a body could not be read whole.
pub(crate) enum Unread {
    Severed(Severed),
    TooLarge,
}

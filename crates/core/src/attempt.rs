//! One request upstream: planned, signed, sent, and its answer judged. Only a [`Held`] call gets this far.

use crate::call::ModelRef;
use crate::credential::Credential;
use crate::crossing::{self, Crossing};
use crate::dialect::{Dialect, Operation};
use crate::envelope::{self, Envelope, Rewritten};
use crate::headers;
use crate::hold::Sent;
use crate::kind::{Draft, LeftOut};
use crate::ledger::Held;
use crate::mock;
use crate::pool::Trouble;
use crate::ports::{Platform, Unsent};
use crate::price::Price;
use crate::problem::Problem;
use crate::provider::{Endpoint, Provider, StreamUsage};
use crate::proxy::Proxy;
use crate::secret::Secret;
use crate::settings::Config;
use crate::source::Source;
use crate::time::UnixMs;
use crate::translate::{self, Pair};
use crate::wallet::Wallet;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use std::borrow::Cow;
use std::sync::Arc;

/// Where a call goes and what it takes to get there.
pub(crate) struct Plan {
    pub(crate) provider: &'static Provider,
    endpoint: &'static Endpoint,
    /// The endpoint's path for this call.
    path: Cow<'static, str>,
    /// Set where the provider does not speak the caller's dialect.
    pair: Option<&'static dyn Pair>,
    pub(crate) model: String,
    /// What may pay, in no order. `None` for offline providers only.
    candidates: Option<Vec<Arc<Credential>>>,
}

impl Plan {
    /// # Errors
    /// When the target does not speak the dialect, or nothing pays it.
    pub(crate) fn of(
        config: &Config,
        wallet: &Wallet,
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
        let able = |credential: &&Arc<Credential>| credential.serves(endpoint, &target.model);
        let candidates: Vec<_> = wallet.of(provider).filter(able).cloned().collect();
        if candidates.is_empty() && !provider.offline {
            return Err(Problem::CredentialMissing { provider: provider.name });
        }
        let path = endpoint.path_for(&target.model, streams(envelope, pair.is_none()))?;
        let candidates = Some(candidates).filter(|_| !provider.offline);
        Ok(Self { provider, endpoint, path, pair, model: target.model.clone(), candidates })
    }

    fn streams(&self, envelope: &Envelope) -> bool {
        streams(envelope, self.pair.is_none())
    }

    /// Nothing is translated.
    pub(crate) fn speaks_natively(&self) -> bool {
        self.pair.is_none()
    }

    pub(crate) fn candidates(&self) -> Option<&[Arc<Credential>]> {
        self.candidates.as_deref()
    }

    /// Leaves only the credential of that id; `false` if it is not among them.
    pub(crate) fn pin(&mut self, id: &str) -> bool {
        let Some(candidates) = &mut self.candidates else { return false };
        candidates.retain(|credential| credential.id == id);
        !candidates.is_empty()
    }
}

/// A stream that the caller wants as an array is one upstream only where it is passed on as it comes.
fn streams(envelope: &Envelope, native: bool) -> bool {
    envelope.stream || (envelope.array && native)
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
    /// All headers of an answer that is no success, as the upstream sent them. Nothing of them is passed on from here.
    pub(crate) said: HeaderMap,
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
    /// What a refusal of the credential says about it.
    pub(crate) refused: Option<Trouble>,
}

impl Failed {
    pub(crate) fn nothing(problem: Problem) -> Self {
        Self { problem, sent: Sent::Nothing, refused: None }
    }

    fn perhaps(problem: Problem) -> Self {
        Self { problem, sent: Sent::Perhaps, refused: None }
    }
}

/// Sends the call once, paid with this credential, and judges the head of the answer.
pub(crate) async fn attempt<P: Platform>(
    proxy: &Proxy<P>,
    held: &Held,
    plan: &Plan,
    credential: &Credential,
    access: Option<&Secret>,
    errand: &Errand<'_>,
) -> Result<Accepted<P::Body>, Failed> {
    let Outgoing { body, hide_usage, mut dropped, crossing } = outgoing(held, plan, errand)?;
    let draft = draft(plan, errand, body, proxy.platform.now());
    let mut request = credential.prepare(draft, access).map_err(Failed::nothing)?;
    dropped.extend(request.extensions_mut().remove::<LeftOut>().into_iter().flat_map(|LeftOut(names)| names));
    let name = plan.provider.name;
    let sending = proxy.platform.send(request, proxy.house.config.patience);
    let answer = held.waiting(&proxy.platform, sending).await.map_err(|cause| match cause {
        Unsent::Connect | Unsent::Forbidden | Unsent::Tls => {
            Failed::nothing(Problem::UpstreamUnreachable { provider: name, cause })
        }
        Unsent::Slow => Failed::perhaps(Problem::UpstreamSlow { provider: name }),
        Unsent::Reset => Failed::perhaps(Problem::UpstreamUnreachable { provider: name, cause }),
    })?;
    let (mut head, body) = answer.into_parts();
    let stream = plan.streams(errand.envelope);
    let turned = credential.payer().inbound(&plan.model, stream, &mut head.status, &mut head.headers);
    match head.status.as_u16() {
        300..=399 => Err(Failed::nothing(Problem::UpstreamRedirect { provider: name })),
        // Both speak of the proxy's own credential; the body often shows a part of it.
        status @ (401 | 403) => {
            proxy.fault(&format!("{name} refused the credential {} with status {status}", credential.id));
            let refused = Some(if status == 401 { Trouble::Refused } else { Trouble::Forbidden });
            Err(Failed { refused, ..Failed::nothing(Problem::CredentialRefused { provider: name }) })
        }
        _ => {
            let mut headers = headers::downstream(&head.headers);
            proxy.house.scrubber().clean_headers(&mut headers);
            if let Some(names) = HeaderValue::from_str(&dropped.join(", ")).ok().filter(|v| !v.is_empty()) {
                headers.insert(crossing::DROPPED, names);
            }
            let array = errand.envelope.array && crossing.is_some();
            let said = if head.status.is_success() { HeaderMap::new() } else { head.headers };
            let source = match turned {
                None => Source::Live(body),
                Some(machine) => Source::Turned { body, machine, over: false },
            };
            Ok(Accepted { status: head.status, headers, said, source, hide_usage, crossing, array })
        }
    }
}

/// The answer of a provider that is part of this proxy.
pub(crate) fn offline<B>(held: &Held, plan: &Plan, errand: &Errand<'_>) -> Result<Accepted<B>, Failed> {
    let Outgoing { body, hide_usage, .. } = outgoing(held, plan, errand)?;
    Ok(mocked(held, errand, &body, hide_usage))
}

/// The request's body in the upstream's dialect, and what its answer will need.
struct Outgoing {
    body: Bytes,
    hide_usage: bool,
    dropped: Vec<&'static str>,
    crossing: Option<Crossing>,
}

fn outgoing(held: &Held, plan: &Plan, errand: &Errand<'_>) -> Result<Outgoing, Failed> {
    let endpoint = plan.endpoint;
    let Some(pair) = plan.pair else {
        let ask_usage = held.record.dialect == Dialect::Chat
            && held.record.operation.has_stream_options()
            && plan.provider.stream_usage == StreamUsage::Ask;
        let Rewritten { body, added_usage, dropped } =
            errand.envelope.rewrite(errand.body, errand.model, ask_usage, endpoint.refuses);
        return Ok(Outgoing { body, hide_usage: added_usage, dropped, crossing: None });
    };
    let price = held.prices.find(plan.provider.name, errand.model);
    let most = price.and_then(Price::max_output);
    let (crossing, body) =
        Crossing::begin(pair, held, errand, most, endpoint.takes).map_err(Failed::nothing)?;
    Ok(Outgoing { body, hide_usage: false, dropped: Vec::new(), crossing: Some(crossing) })
}

fn draft<'a>(plan: &'a Plan, errand: &Errand<'_>, body: Bytes, now: UnixMs) -> Draft<'a> {
    let query = match plan.pair {
        None => headers::query_without_key(errand.parts),
        Some(pair) if pair.to() == Dialect::Gemini && errand.envelope.stream => Some("alt=sse".to_owned()),
        Some(_) => None,
    };
    let given = &errand.parts.headers;
    let mut headers = match plan.pair {
        None => headers::upstream(given, plan.provider.default_headers),
        Some(_) => headers::upstream(&Crossing::request_headers(given), plan.provider.default_headers),
    };
    if !envelope::is_form(headers::content_type(given)) {
        // What was read as JSON must be read as JSON there too.
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    Draft {
        provider: plan.provider,
        endpoint: plan.endpoint,
        model: &plan.model,
        stream: plan.streams(errand.envelope),
        path: &plan.path,
        query,
        headers,
        body,
        now,
    }
}

fn mocked<B>(held: &Held, errand: &Errand<'_>, body: &[u8], hide_usage: bool) -> Accepted<B> {
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
        said: HeaderMap::new(),
        source: Source::Canned { pieces: answer.pieces.into(), cut: answer.cut },
        hide_usage,
        crossing: None,
        array: errand.envelope.array,
    }
}

//! A conversation in which the proxy runs its own tools: turns of the one path, each admitted, metered and settled like
//! any call, with the tools run in between, until the model answers or the steps are used up.

mod answer;
mod kept;
mod kit;
mod members;
mod request;
mod streamed;
mod usage;
mod weave;

use super::run::{Caller, Ran, run};
use crate::call::CallRecord;
use crate::envelope::Envelope;
use crate::headers;
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::request_id;
use crate::route::CallRoute;
use crate::serve::{self, Body};
use crate::token::TokenHash;
use answer::Call;
use bytes::Bytes;
use futures_util::future::join_all;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Response};
use kit::{Kit, kit};
use members::Members;
use serde_json::Value;
use std::sync::Arc;

pub use streamed::StreamedConversation;

/// A call that is understood, and not yet looked up.
pub(crate) struct Opening {
    pub(crate) route: CallRoute,
    pub(crate) parts: Parts,
    pub(crate) hash: TokenHash,
    pub(crate) body: Bytes,
    pub(crate) envelope: Envelope,
}

/// What every turn is made of.
struct Conversation<P: Platform> {
    proxy: Arc<Proxy<P>>,
    /// The caller's call, with the running turn's body.
    opening: Opening,
    kit: Kit,
    request: Members,
    request_id: String,
    /// How often tools have been run.
    steps: u32,
}

/// Answers a call: an ordinary one by the one path, one that brings tools along by as many turns of it as are needed.
pub(crate) async fn converse<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    opening: Opening,
    record: CallRecord,
) -> Response<Body<P>> {
    let opening = match kept::resume(proxy, opening).await {
        Ok(opening) => opening,
        Err(problem) => return serve::refuse(proxy, record, &problem).await,
    };
    match kit(proxy, &opening.parts.headers, &opening.hash, &opening.envelope, &record).await {
        Ok(None) => serve::send(proxy, &opening, record).await,
        Ok(Some(kit)) => match Conversation::begin(proxy, opening, kit, &record) {
            Ok(conversation) if record.streamed => StreamedConversation::begin(conversation, record).await,
            Ok(conversation) => conversation.whole(record).await,
            Err(problem) => serve::refuse(proxy, record, &problem).await,
        },
        Err(problem) => serve::refuse(proxy, record, &problem).await,
    }
}

impl<P: Platform> Conversation<P> {
    fn begin(
        proxy: &Arc<Proxy<P>>,
        mut opening: Opening,
        kit: Kit,
        record: &CallRecord,
    ) -> Result<Self, Problem> {
        let mut request = Members::read(&opening.body).ok_or(Problem::Internal)?;
        request::equip(kit.dialect, &mut request, &kit.tools)?;
        // One key for several requests: a provider would answer the second with what it said to the first.
        opening.parts.headers.remove("idempotency-key");
        // What a tool said may be another thing now; nor is a kept answer a stream that could be woven.
        opening.parts.headers.insert("x-proxyagent-cache", HeaderValue::from_static("no"));
        let request_id = record.request_id.clone();
        Ok(Self { proxy: Arc::clone(proxy), opening, kit, request, request_id, steps: 0 })
    }

    /// The next turn, in the caller's dialect: a call like any other. `record` is the first turn's own.
    async fn turn(&mut self, record: Option<CallRecord>) -> Response<Body<P>> {
        let Opening { route, parts, hash, .. } = &self.opening;
        let mut record = record.unwrap_or_else(|| {
            let (now, began) = (self.proxy.platform.now(), self.proxy.platform.stopwatch());
            let id = request_id::fresh(now, &self.proxy.platform);
            CallRecord::begin(id, self.request_id.clone(), now, began, route.dialect, route.operation)
        });
        let body = self.request.to_bytes();
        let limit = self.proxy.house.config.body_limit;
        let read = if body.len() > limit {
            Err(Problem::BodyTooLarge { limit })
        } else {
            Envelope::read(route, headers::content_type(&parts.headers), headers::asks_events(parts), &body)
        };
        match read {
            Ok(envelope) => {
                record.describe(route, &envelope);
                (self.opening.body, self.opening.envelope) = (body, envelope);
                serve::send(&self.proxy, &self.opening, record).await
            }
            Err(problem) => {
                // Whose call it is comes before what is wrong with it.
                let unknown = serve::identify(&self.proxy, hash, &mut record).await.err();
                serve::refuse(&self.proxy, record, &unknown.unwrap_or(problem)).await
            }
        }
    }

    /// Runs the calls, all at once, and puts their results behind the answer, in order.
    async fn step(&mut self, answer: &Value, calls: Vec<Call>) {
        let caller =
            Caller { hash: &self.opening.hash, request_id: &self.request_id, dialect: self.kit.dialect };
        let (proxy, caller) = (&self.proxy, &caller);
        let running = calls.iter().enumerate().map(async |(n, call)| {
            if n >= MOST_AT_ONCE {
                return Ran { text: format!("at most {MOST_AT_ONCE} tools are run at once"), is_error: true };
            }
            let ran = run(proxy, caller, &call.name, &call.arguments).await;
            ran.unwrap_or_else(|problem| Ran { text: format!("proxyagent: {problem}"), is_error: true })
        });
        let results = join_all(running).await;
        let ran: Vec<(Call, Ran)> = calls.into_iter().zip(results).collect();
        request::go_on(self.kit.dialect, &mut self.request, answer, &ran);
        self.steps += 1;
    }

    async fn whole(mut self, record: CallRecord) -> Response<Body<P>> {
        let dialect = self.kit.dialect;
        let mut earlier = Vec::new();
        let mut record = Some(record);
        loop {
            let (mut head, body) = self.turn(record.take()).await.into_parts();
            let body = match body {
                Body::Full(body) if head.status.is_success() => body,
                other => return Response::from_parts(head, other),
            };
            let Ok(mut answer) = serde_json::from_slice::<Value>(&body) else {
                return Response::from_parts(head, Body::Full(body));
            };
            let wishes = answer::wishes(dialect, &answer, |name| self.kit.manages(name));
            let handed_back = self.steps >= self.kit.most_steps;
            if !wishes.calls.is_empty() && !handed_back && wishes.settled && !wishes.others {
                self.step(&answer, wishes.calls).await;
                earlier.push(answer);
                continue;
            }
            let hidden = !wishes.calls.is_empty() && !handed_back;
            if hidden {
                let shown = answer.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
                self.keep(&shown, &answer, &wishes.calls).await;
                answer::without(dialect, &mut answer, |name| self.kit.manages(name));
            }
            let changed = hidden || !earlier.is_empty();
            answer::join(dialect, earlier, &mut answer, |name| self.kit.manages(name));
            head.headers.insert(STEPS, HeaderValue::from(self.steps));
            let body = if changed { answer.to_string().into() } else { body };
            return Response::from_parts(head, Body::Full(body));
        }
    }
}

/// Calls of one turn that are run; the others get a result that says so.
const MOST_AT_ONCE: usize = 16;
const STEPS: HeaderName = HeaderName::from_static("x-proxyagent-tool-steps");

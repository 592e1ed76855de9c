//! Sends an admitted call and passes the answer on: streamed, or whole, or as a problem. Whatever happens, it is settled.

use crate::attempt::{Accepted, Errand, Failed, Plan};
use crate::cache::Whole;
use crate::call::End;
use crate::crossing::Crossing;
use crate::dialect::Dialect;
use crate::fallback::{self, Way};
use crate::headers;
use crate::hold::Sent;
use crate::ledger::Held;
use crate::meter::Meter;
use crate::ports::Platform;
use crate::problem::{self, Problem};
use crate::proxy::Proxy;
use crate::relay::{self, Relay};
use crate::serve::Body;
use crate::usage::Reading;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use std::sync::Arc;

/// Sends the call and passes the answer on.
pub(crate) async fn deliver<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    mut held: Box<Held>,
    plan: &Plan,
    further: &[Way],
    errand: &Errand<'_>,
) -> Response<Body<P>> {
    let bytes = errand.body.len();
    if let Some(capture) = &mut held.capture {
        capture.ask(errand.body);
    }
    match fallback::answer(proxy, &mut held, plan, further, errand).await {
        Ok(accepted) if accepted.status.is_success() && is_event_stream(&accepted.headers) => {
            held.record.status = accepted.status.as_u16();
            let (status, mut headers) = (accepted.status, accepted.headers.clone());
            if let Some(crossing) = &accepted.crossing {
                crossing.answer_headers(&mut headers, true);
            }
            held.show_budget(&mut headers);
            let relay = Relay::new(proxy.clone(), held, accepted, bytes);
            upstream_answer(status, headers, Body::Stream(Box::new(relay)))
        }
        Ok(accepted) => pass_whole(proxy, held, accepted, bytes).await,
        Err(Failed { problem, sent, .. }) => {
            fail(proxy, held, &problem, &Reading::default(), bytes, sent).await
        }
    }
}

/// A buffered answer: read whole, settled, then sent.
async fn pass_whole<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    mut held: Box<Held>,
    mut accepted: Accepted<P::Body>,
    bytes: usize,
) -> Response<Body<P>> {
    let provider = held.record.target.as_ref().map_or("", |t| t.provider);
    let read = accepted.source.whole(&proxy.platform, WHOLE_ANSWER);
    let body = match held.waiting(&proxy.platform, read).await {
        Ok(body) => body,
        Err(unread) => {
            let problem = unread.problem(provider, WHOLE_ANSWER);
            let sent = if accepted.status.is_success() { Sent::Perhaps } else { Sent::Nothing };
            return fail(proxy, held, &problem, &Reading::default(), bytes, sent).await;
        }
    };
    let success = accepted.status.is_success();
    let spoken = accepted.crossing.as_ref().map_or(held.record.dialect, Crossing::upstream);
    let reading = if success { Meter::body(spoken, &body) } else { Reading::default() };
    if success {
        held.show_budget(&mut accepted.headers);
    }
    let (status, body) = match &accepted.crossing {
        None => (accepted.status, body),
        Some(crossing) => match crossing.answer(accepted.status, &body) {
            Ok(translated) => {
                crossing.answer_headers(&mut accepted.headers, false);
                translated
            }
            Err(_) => {
                let problem = Problem::UpstreamIncomplete { provider };
                return fail(proxy, held, &problem, &reading, bytes, Sent::Perhaps).await;
            }
        },
    };
    let body = if accepted.array && success { [b"[", &*body, b"]"].concat().into() } else { body };
    held.record.status = status.as_u16();
    held.first_byte(&proxy.platform);
    held.record.end = End::Complete;
    held.record.error = (!success).then_some("upstream_error");
    let sent = if success { Sent::Perhaps } else { Sent::Nothing };
    let body = proxy.house.scrubber().clean(body);
    held.hear(&body);
    relay::close(proxy, &mut held, &reading, bytes, sent).await;
    let mut response = upstream_answer(status, accepted.headers, Body::Full(body));
    if reading.complete && !reading.failed {
        response.extensions_mut().insert(Whole);
    }
    response
}

/// An admitted call that got no answer.
async fn fail<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    mut held: Box<Held>,
    problem: &Problem,
    reading: &Reading,
    bytes: usize,
    sent: Sent,
) -> Response<Body<P>> {
    held.record.status = problem.status().as_u16();
    held.record.error = Some(problem.code());
    held.record.end = End::Truncated;
    relay::close(proxy, &mut held, reading, bytes, sent).await;
    refusal(problem, Some(held.record.dialect), &held.record.request_id)
}

pub(crate) fn refusal<P: Platform>(
    problem: &Problem,
    dialect: Option<Dialect>,
    request_id: &str,
) -> Response<Body<P>> {
    problem::answer(problem, dialect, request_id).map(Body::Full)
}

fn upstream_answer<P: Platform>(status: StatusCode, headers: HeaderMap, body: Body<P>) -> Response<Body<P>> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response.headers_mut().insert("x-proxyagent-origin", HeaderValue::from_static("upstream"));
    response
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    let kind = headers::content_type(headers);
    kind.trim_start().get(..17).is_some_and(|start| start.eq_ignore_ascii_case("text/event-stream"))
}

/// The longest answer that is buffered. Streams have no limit.
const WHOLE_ANSWER: usize = 32 << 20;

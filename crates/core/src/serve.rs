//! The one path a call travels, in the order it happens:
//! understand → authenticate → remap → authorize → plan → admit → send, judge → relay + meter → settle → record.

use crate::admin::{self, Feed, MOST_BODY};
use crate::answers;
use crate::attempt::{Errand, Plan};
use crate::cache;
use crate::call::CallRecord;
use crate::dashboard;
use crate::deliver::refusal;
use crate::door::Door;
use crate::envelope::Envelope;
use crate::fallback::{self, Question, Way};
use crate::headers::{self, REQUEST_ID};
use crate::health;
use crate::ledger::{self, Admitted, Held};
use crate::memory::{self, Freshness};
use crate::metrics;
use crate::models;
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::{House, Proxy};
use crate::relay::Relay;
use crate::request_id;
use crate::route::{self, CallRoute, NoRoute, Route};
use crate::telemetry;
use crate::token::TokenHash;
use crate::tool::{self, Opening};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Response, header};
use std::sync::Arc;

pub use crate::body_fault::BodyFault;

/// A request's head, understood as far as possible without its body.
pub struct Head {
    /// The most body bytes that may be read.
    pub body_limit: usize,
    parts: Parts,
    route: Result<Route, NoRoute>,
    token: Result<TokenHash, Problem>,
}

/// An answer's body.
pub enum Body<P: Platform> {
    Full(Bytes),
    /// Of one turn or of several. The home must spawn `pump(sender)` as work that outlives the client and send what comes out.
    Stream(Box<Relay<P>>),
    Conversation(Box<tool::StreamedConversation<P>>),
    /// Like a stream, but nothing depends on its end: it may be dropped at any time.
    Feed(Box<Feed<P>>),
}

/// Reads a request's head. Nothing is looked up yet; a token with a bad checksum is known to be wrong already.
pub fn receive(house: &House, parts: Parts) -> Head {
    let upgrade = parts.headers.contains_key(header::UPGRADE);
    let route = route::find(&house.config.directory, &parts.method, parts.uri.path(), upgrade);
    let token = headers::machine_token(&parts);
    let body_limit = match (&route, &token) {
        (Ok(Route::Call(_)), Ok(_)) => house.config.body_limit,
        (Ok(Route::Admin), _) | (Ok(Route::Tools(_)), Ok(_)) => MOST_BODY,
        // Read and dropped, so that the client gets to see the refusal instead of a broken connection.
        _ => REFUSED_BODY,
    };
    Head { body_limit, parts, route, token }
}

impl Head {
    /// As a listener sees it that is not for everybody: what is not its business does not exist.
    #[must_use]
    pub fn through(mut self, door: Door) -> Self {
        if self.route.as_ref().is_ok_and(|route| !door.admits(route)) {
            self.route = Err(NoRoute { problem: Problem::RouteUnknown, dialect: None });
            self.body_limit = self.body_limit.min(REFUSED_BODY);
        }
        self
    }
}

/// Answers one request. Never fails: every problem becomes an answer in the caller's dialect.
/// The home must not drop this future when the client hangs up: spawn it.
pub async fn serve<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    head: Head,
    body: Result<Bytes, BodyFault>,
) -> Response<Body<P>> {
    let now = proxy.platform.now();
    let id = request_id::fresh(now, &proxy.platform);
    let given = head.parts.headers.get(REQUEST_ID).and_then(|v| v.to_str().ok());
    let request_id = given.and_then(request_id::accept).unwrap_or(&id).to_owned();
    let mut response = match head.route {
        Ok(Route::Call(route)) => {
            let began = proxy.platform.stopwatch();
            let record =
                CallRecord::begin(id, request_id.clone(), now, began, route.dialect, route.operation);
            call(proxy, Incoming { route, parts: head.parts, token: head.token, body }, record).await
        }
        Ok(Route::Models(route)) => match models::answer(proxy, &route, &head.parts, head.token, now).await {
            Ok(answer) => answer.map(Body::Full),
            Err(problem) => refusal(&problem, Some(models::dialect(&route, &head.parts)), &request_id),
        },
        Ok(Route::Tools(route)) => {
            let body = body.map_err(|fault| fault.problem(MOST_BODY));
            tool::answer(proxy, &route, &head.parts, head.token, body, &request_id).await.map(Body::Full)
        }
        Ok(Route::Telemetry) => telemetry::thrown_away(&head.parts.headers).map(Body::Full),
        Ok(Route::Admin) => admin::answer(proxy, head.parts, body, &request_id).await,
        Ok(Route::Dashboard(page)) => match dashboard::answer(proxy, &page, &head.parts.headers).await {
            Ok(answer) => answer.map(Body::Full),
            Err(problem) => refusal(&problem, None, &request_id),
        },
        Ok(Route::Health) => health::alive().map(Body::Full),
        Ok(Route::Ready) => match health::ready(proxy).await {
            Ok(answer) => answer.map(Body::Full),
            Err(problem) => refusal(&problem, None, &request_id),
        },
        Ok(Route::Metrics) => match metrics::scrape(proxy, &head.parts).await {
            Ok(answer) => answer.map(Body::Full),
            Err(problem) => refusal(&problem, None, &request_id),
        },
        Ok(Route::Hello) => Response::new(Body::Full(Bytes::new())),
        Err(NoRoute { problem, dialect }) => refusal(&problem, dialect, &request_id),
    };
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// A call's request as it came.
struct Incoming {
    route: CallRoute,
    parts: Parts,
    token: Result<TokenHash, Problem>,
    body: Result<Bytes, BodyFault>,
}

/// A call that may be sent.
struct Admission {
    held: Box<Held>,
    plan: Plan,
    /// Where else it may go.
    further: Vec<Way>,
}

async fn call<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    incoming: Incoming,
    mut record: CallRecord,
) -> Response<Body<P>> {
    let (hash, body, envelope) = match understand(proxy, &incoming, &mut record) {
        Ok(understood) => understood,
        Err(problem) => return misunderstood(proxy, &incoming, record, problem).await,
    };
    let opening = Opening { route: incoming.route, parts: incoming.parts, hash, body, envelope };
    tool::converse(proxy, opening, record).await
}

/// From a call that is understood to its answer.
pub(crate) async fn send<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    opening: &Opening,
    mut record: CallRecord,
) -> Response<Body<P>> {
    let Opening { parts, hash, body, envelope, .. } = opening;
    match admit(proxy, hash, body, envelope, &mut record).await {
        Ok(Admission { held, plan, further }) => {
            let errand = Errand { parts, envelope, body, model: &plan.model };
            cache::deliver(proxy, held, &plan, &further, &errand).await
        }
        Err(problem) => refuse(proxy, record, &problem).await,
    }
}

/// Refuses a call that cannot be understood. Who asks is settled before what is asked, and a token that cannot be one is
/// refused without touching the store.
async fn misunderstood<P: Platform>(
    proxy: &Proxy<P>,
    incoming: &Incoming,
    mut record: CallRecord,
    problem: Problem,
) -> Response<Body<P>> {
    let Ok(hash) = &incoming.token else {
        ledger::turn_away(proxy, &mut record, &problem);
        return refusal(&problem, Some(record.dialect), &record.request_id);
    };
    let problem = identify(proxy, hash, &mut record).await.err().unwrap_or(problem);
    refuse(proxy, record, &problem).await
}

pub(crate) async fn refuse<P: Platform>(
    proxy: &Proxy<P>,
    mut record: CallRecord,
    problem: &Problem,
) -> Response<Body<P>> {
    ledger::refuse(proxy, &mut record, problem).await;
    refusal(problem, Some(record.dialect), &record.request_id)
}

/// Whose token it is, for a call that cannot be understood.
pub(crate) async fn identify<P: Platform>(
    proxy: &Proxy<P>,
    hash: &TokenHash,
    record: &mut CallRecord,
) -> Result<(), Problem> {
    let (token, _) = memory::look_up(proxy, hash, Freshness::Fresh).await?;
    let token = token.ok_or(Problem::TokenUnknown)?;
    record.token_id = Some(token.id.clone());
    token.live(record.started).map(|_| ())
}

/// The token's hash, the body, and what the body says.
fn understand<P: Platform>(
    proxy: &Proxy<P>,
    incoming: &Incoming,
    record: &mut CallRecord,
) -> Result<(TokenHash, Bytes, Envelope), Problem> {
    let hash = incoming.token.clone()?;
    let body = incoming.body.clone().map_err(|fault| fault.problem(proxy.house.config.body_limit))?;
    if incoming.parts.headers.get(header::CONTENT_ENCODING).is_some_and(|v| v != "identity") {
        return Err(Problem::BodyInvalid("a compressed body is not read here; send it plain".into()));
    }
    let kind = headers::content_type(&incoming.parts.headers);
    let envelope = Envelope::read(&incoming.route, kind, headers::asks_events(&incoming.parts), &body)?;
    record.describe(&incoming.route, &envelope);
    Ok((hash, body, envelope))
}

/// Authenticates, remaps, authorizes, plans and admits; first with what is remembered, then with what the store says.
async fn admit<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    hash: &TokenHash,
    body: &Bytes,
    envelope: &Envelope,
    record: &mut CallRecord,
) -> Result<Admission, Problem> {
    for freshness in
        [Freshness::Cached, Freshness::Fresh, Freshness::Fresh, Freshness::Fresh, Freshness::Fresh]
    {
        match decide(proxy, hash, freshness, body, envelope, record).await {
            Ok(Some(admission)) => return Ok(admission),
            Ok(None) => {}
            // What is remembered may admit, but never refuse.
            Err(_) if freshness == Freshness::Cached => {}
            Err(problem) => return Err(problem),
        }
    }
    Err(Problem::StoreDown)
}

/// `None`: what this decision was based on has changed meanwhile.
async fn decide<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    hash: &TokenHash,
    freshness: Freshness,
    body: &Bytes,
    envelope: &Envelope,
    record: &mut CallRecord,
) -> Result<Option<Admission>, Problem> {
    let (token, routing) = memory::look_up(proxy, hash, freshness).await?;
    let token = token.ok_or(Problem::TokenUnknown)?;
    record.token_id = Some(token.id.clone());
    let live = token.live(record.started)?;

    let asked = record.asked.clone().ok_or(Problem::Internal)?;
    let resolved = routing.aliases.resolve(&asked)?;
    record.rule.clone_from(&resolved.rule);
    record.target = Some(resolved.target.clone());
    let allowed = live.allow(&asked, &resolved.target)?;

    let prices = proxy.house.prices();
    let question = Question { allowed: &allowed, asked: &asked, envelope, record, body: body.len() };
    let targets = std::iter::once(&resolved.target).chain(&resolved.further);
    let mut ways = fallback::ways(&proxy.house, &routing, &prices, &question, targets)?;
    let Way { target, mut plan, worst } = ways.remove(0);
    record.target = Some(target);
    if let Some(previous) = &envelope.previous {
        answers::pin_owner(proxy, previous, allowed.token(), &mut plan).await?;
        ways.clear();
    }
    match ledger::admit(proxy, &allowed, routing.epoch, &worst, &prices, record).await? {
        Admitted::Held(held) => Ok(Some(Admission { held, plan, further: ways })),
        Admitted::Stale => Ok(None),
        Admitted::Refused(problem) => Err(problem),
    }
}

const REFUSED_BODY: usize = 256 << 10;

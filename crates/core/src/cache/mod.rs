//! Answers that are kept and given again, off by default. Only for the same token (or a group that the operator declares)
//! and exactly the same request; only answers that were complete. A hit is admitted, counted and recorded like every
//! call, and costs nothing.

mod entry;
mod flights;
mod key;
mod recording;

use crate::attempt::{Errand, Plan};
use crate::call::{End, Pricing};
use crate::fallback::Way;
use crate::ledger::Held;
use crate::ports::Platform;
use crate::proxy::Proxy;
use crate::serve::Body;
use crate::time::Millis;
use crate::usage::Reading;
use entry::Entry;
use flights::Lead;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use std::sync::Arc;

pub(crate) use flights::Flights;
pub(crate) use key::Groups;
pub(crate) use recording::Recording;

/// The settings of the cache.
pub struct CacheConfig {
    /// How long an answer is kept; zero keeps none.
    pub ttl: Millis,
    /// The most that all kept answers may take together.
    pub bytes: usize,
    pub(crate) groups: Groups,
}

impl CacheConfig {
    /// The longest answer that is kept, so that one does not push all others out.
    fn longest(&self) -> usize {
        (self.bytes / 8).min(LONGEST)
    }
}

/// Marks a buffered answer that was complete, with its usage.
#[derive(Clone)]
pub(crate) struct Whole;

/// What the cache has to do with a call.
enum Part {
    /// Switched off.
    None,
    /// Neither asked nor filled.
    Bypass,
    /// Not asked, but filled where this call leads.
    Refresh(Option<Lead>),
    Hit(Entry),
    /// To be filled where this call leads.
    Miss(Option<Lead>),
}

/// Answers an admitted call: with what is kept, or with what `send` gets, which is then kept if it may be.
pub(crate) async fn deliver<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    held: Box<Held>,
    plan: &Plan,
    further: &[Way],
    errand: &Errand<'_>,
) -> Response<Body<P>> {
    // What another target answered must not be given again as the first one's word.
    let part = match further {
        [] => consult(proxy, &held, plan, errand).await,
        _ if proxy.house.config.cache.ttl == Millis(0) => Part::None,
        _ => Part::Bypass,
    };
    let (label, lead) = match part {
        Part::None => return crate::deliver::deliver(proxy, held, plan, further, errand).await,
        Part::Hit(entry) => return replay(proxy, held, entry).await,
        Part::Bypass => (BYPASS, None),
        Part::Refresh(lead) => (BYPASS, lead),
        Part::Miss(lead) => (MISS, lead),
    };
    let mut response = crate::deliver::deliver(proxy, held, plan, further, errand).await;
    if let Some(lead) = lead {
        record(proxy, &mut response, lead).await;
    }
    response.headers_mut().insert(CACHE, HeaderValue::from_static(label));
    response
}

/// Whether the answer is kept already. Of several calls that ask the same at once, one is sent and the others wait for its
/// answer; when it comes to nothing, each goes on its own.
async fn consult<P: Platform>(proxy: &Arc<Proxy<P>>, held: &Held, plan: &Plan, errand: &Errand<'_>) -> Part {
    let config = &proxy.house.config.cache;
    if config.ttl == Millis(0) {
        return Part::None;
    }
    let wish = Wish::of(&errand.parts.headers);
    if wish == Wish::Bypass || !key::may_keep(errand) {
        return Part::Bypass;
    }
    let key = key::of(&config.groups, held, plan, errand);
    if wish == Wish::Refresh {
        return Part::Refresh(Flights::begin(&proxy.house, &key, proxy.platform.now()));
    }
    let mut waited_for = None;
    let deadline = proxy.platform.now() + LONGEST_WAIT;
    loop {
        let entry = proxy.platform.kept_answer(&key).await.and_then(Entry::decode);
        if let Some(entry) = entry.filter(|entry| entry.is_fresh(proxy.platform.now(), config.ttl)) {
            return Part::Hit(entry);
        }
        let now = proxy.platform.now();
        let flight = proxy.house.flights.of(&key, now);
        match (flight, waited_for) {
            (Some(flight), None) => waited_for = Some(flight),
            (Some(flight), Some(first)) if flight == first && now < deadline => {}
            // Nobody is under way, or the one that was came to nothing.
            _ => return Part::Miss(Flights::begin(&proxy.house, &key, now)),
        }
        proxy.platform.sleep(GLANCE).await;
    }
}

/// Gives a kept answer, as a call that costs nothing.
async fn replay<P: Platform>(proxy: &Arc<Proxy<P>>, mut held: Box<Held>, entry: Entry) -> Response<Body<P>> {
    held.record.status = StatusCode::OK.as_u16();
    held.record.pricing = Pricing::Cached;
    held.record.end = End::Complete;
    held.first_byte(&proxy.platform);
    held.settle(proxy, &Reading::default()).await;
    let age = proxy.platform.now().since(entry.at).0 / 1000;
    let mut response = Response::new(Body::Full(entry.body));
    let headers = response.headers_mut();
    *headers = entry.headers;
    headers.insert(header::AGE, HeaderValue::from(age));
    headers.insert(CACHE, HeaderValue::from_static(HIT));
    headers.insert(HeaderName::from_static("x-proxyagent-origin"), HeaderValue::from_static("upstream"));
    held.show_budget(headers);
    response
}

/// Keeps the answer: at once if it is there, else as it passes.
async fn record<P: Platform>(proxy: &Arc<Proxy<P>>, response: &mut Response<Body<P>>, lead: Lead) {
    if response.status() != StatusCode::OK || response.headers().contains_key(header::CONTENT_ENCODING) {
        return;
    }
    let config = &proxy.house.config.cache;
    let headers = entry::worth_keeping(response.headers());
    let whole = response.extensions_mut().remove::<Whole>().is_some();
    match response.body_mut() {
        Body::Full(body) if whole && body.len() <= config.longest() => {
            let entry = Entry { at: proxy.platform.now(), headers, body: body.clone() };
            proxy.platform.keep_answer(lead.key(), entry.encode(), config.ttl).await;
        }
        Body::Full(_) | Body::Conversation(_) | Body::Feed(_) => {}
        Body::Stream(relay) => relay.record(Recording::new(lead, headers, config.longest())),
    }
}

/// What a caller says about the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Usual,
    /// A new answer, which may be kept.
    Refresh,
    Bypass,
}

impl Wish {
    fn of(headers: &HeaderMap) -> Self {
        let said = |name: HeaderName, word: &str| {
            let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
            values.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(word))
        };
        if said(header::CACHE_CONTROL, "no-store") || said(CACHE, "no") {
            Self::Bypass
        } else if said(header::CACHE_CONTROL, "no-cache") {
            Self::Refresh
        } else {
            Self::Usual
        }
    }
}

/// Says whether an answer was kept; from a caller, `no` asks for none that was.
const CACHE: HeaderName = HeaderName::from_static("x-proxyagent-cache");
const HIT: &str = "hit";
const MISS: &str = "miss";
const BYPASS: &str = "bypass";
const LONGEST: usize = 8 << 20;
/// How often a waiting call looks whether the answer is there. It cannot be woken: on the edge, a call must not be
/// continued by another one's event.
const GLANCE: Millis = Millis(20);
const LONGEST_WAIT: Millis = Millis::seconds(120);

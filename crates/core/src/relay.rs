//! Passes a streamed answer on to the caller, meters it, and settles before the last byte leaves. A caller that hangs
//! up changes nothing about that: the answer is read on for a bounded time, so that its true cost is charged.

use crate::attempt::Accepted;
use crate::cache::Recording;
use crate::call::{End, Pricing};
use crate::crossing::{Crossing, StreamCrossing};
use crate::hold::{Outcome, Sent, Terms};
use crate::ledger::Held;
use crate::meter::Meter;
use crate::ports::{Clock, Platform, Severed, Timer};
use crate::problem::{self, Problem};
use crate::provider::Billing;
use crate::proxy::Proxy;
use crate::scrub::ScrubStream;
use crate::source::Source;
use crate::time::Millis;
use crate::usage::Reading;
use crate::usage_chunk::HideUsageChunk;
use crate::watch;
use crate::whole_events::WholeEvents;
use bytes::Bytes;
use futures_channel::mpsc::Sender;
use futures_util::SinkExt;
use futures_util::future::{Either, select};
use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::sync::Arc;

/// A streamed answer on its way. Settles exactly once, also when the caller hangs up.
pub struct Relay<P: Platform> {
    proxy: Arc<Proxy<P>>,
    held: Box<Held>,
    source: Source<P::Body>,
    meter: Meter,
    events: WholeEvents,
    crossing: Option<StreamCrossing>,
    hide_usage: Option<HideUsageChunk>,
    scrub: ScrubStream,
    /// Bytes for the caller, in order.
    ready: VecDeque<Bytes>,
    /// For an estimate, should the usage never arrive.
    request_bytes: usize,
    settled: bool,
    over: bool,
    /// The answer is kept if it passes whole.
    recording: Option<Recording>,
}

impl<P: Platform> Relay<P> {
    pub(crate) fn new(
        proxy: Arc<Proxy<P>>,
        held: Box<Held>,
        accepted: Accepted<P::Body>,
        request_bytes: usize,
    ) -> Self {
        Self {
            meter: Meter::stream(accepted.crossing.as_ref().map_or(held.record.dialect, Crossing::upstream)),
            crossing: accepted.crossing.as_ref().map(Crossing::stream),
            events: WholeEvents::default(),
            hide_usage: accepted.hide_usage.then(HideUsageChunk::default),
            scrub: ScrubStream::new(proxy.house.scrubber()),
            proxy,
            held,
            source: accepted.source,
            ready: VecDeque::new(),
            request_bytes,
            settled: false,
            over: false,
            recording: None,
        }
    }

    /// Writes down what passes, to be kept if it is whole.
    pub(crate) fn record(&mut self, recording: Recording) {
        self.recording = Some(recording);
    }

    /// Runs the stream to its end. When `out` is gone (the caller hung up) or takes nothing for too long, reads on for
    /// a bounded time, then settles. An `Err` item means: break the connection.
    pub async fn pump(mut self: Box<Self>, mut out: Sender<Result<Bytes, Severed>>) {
        let proxy = self.proxy.clone();
        let token = self.held.record.token_id.clone().unwrap_or_default();
        let mut change = pin!(watch::change(&proxy, &token, self.held.version));
        let mut changed = false;
        while let Some(bytes) = self.next(change.as_mut(), &mut changed).await {
            let delivery = pin!(deliver(&proxy.platform, &mut out, bytes));
            let delivered = if changed {
                delivery.await
            } else {
                match select(delivery, change.as_mut()).await {
                    Either::Left((delivered, _)) => delivered,
                    // A caller that is slow to read does not keep the upstream at work.
                    Either::Right((problem, delivery)) => {
                        changed = true;
                        self.cut(&problem).await;
                        delivery.await
                    }
                }
            };
            if !delivered {
                self.drain().await;
                return;
            }
        }
    }

    /// The next bytes for the caller. The settlement is in the store before the bytes that complete the answer are
    /// returned, and before `None` is.
    async fn next(
        &mut self,
        mut change: Pin<&mut impl Future<Output = Problem>>,
        changed: &mut bool,
    ) -> Option<Bytes> {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                self.held.hear(&bytes);
                self.recording = self.recording.take().and_then(|recording| recording.with(&bytes));
                return Some(bytes);
            }
            if self.over {
                if let Some(recording) = self.recording.take() {
                    recording.keep(&self.proxy).await;
                }
                return None;
            }
            let heard = {
                let (held, source, platform) = (&self.held, &mut self.source, &self.proxy.platform);
                let chunk = pin!(async {
                    match held.record.first_byte {
                        None => held.waiting(platform, source.next(platform)).await,
                        Some(_) => source.next(platform).await,
                    }
                });
                match select(chunk, change.as_mut()).await {
                    Either::Left((chunk, _)) => Ok(chunk),
                    Either::Right((problem, _)) => Err(problem),
                }
            };
            match heard {
                Ok(chunk) => self.take(chunk).await,
                Err(problem) => {
                    *changed = true;
                    self.cut(&problem).await;
                }
            }
        }
    }

    async fn take(&mut self, chunk: Option<Result<Bytes, Severed>>) {
        let provider = self.held.record.target.as_ref().map_or("", |t| t.provider);
        match chunk {
            Some(Ok(bytes)) => {
                self.held.first_byte(&self.proxy.platform);
                self.meter.feed(&bytes);
                let whole = self.events.push(bytes);
                self.pass(whole);
                if self.meter.ended() {
                    self.settle(End::Complete, None).await;
                } else {
                    self.held.renew(&self.proxy).await;
                }
            }
            Some(Err(cause)) => self.cut(&Problem::UpstreamCut { provider, cause }).await,
            None if self.settled || self.meter.whole() => {
                if !self.flush() {
                    return self.cut(&Problem::UpstreamIncomplete { provider }).await;
                }
                self.settle(End::Complete, None).await;
                self.over = true;
            }
            // A clean end of a broken stream would pass for a complete answer in every SDK.
            None => self.cut(&Problem::UpstreamIncomplete { provider }).await,
        }
    }

    /// Ends the stream with an error event in the caller's dialect; nothing follows an answer that was complete.
    async fn cut(&mut self, problem: &Problem) {
        let separator = self.events.cut();
        self.hide_usage = None;
        self.crossing = None;
        self.recording = None;
        self.scrub.drop_held();
        // The upstream need not go on.
        self.source = Source::Canned { pieces: VecDeque::new(), cut: false };
        if !self.settled {
            let record = &self.held.record;
            let event = problem::event(problem, record.dialect, &record.request_id);
            self.ready.push_back(Bytes::from([separator, &event].concat()));
        }
        self.settle(End::Truncated, Some(problem)).await;
        self.over = true;
    }

    /// `false`: what was still to be said is not there.
    fn flush(&mut self) -> bool {
        let rest = self.events.finish();
        self.pass(rest);
        let mut ended = true;
        if let Some(mut crossing) = self.crossing.take() {
            let last;
            (last, ended) = crossing.finish();
            self.scrub.push(last, &mut self.ready);
        } else if let Some(mut filter) = self.hide_usage.take() {
            let mut out = Vec::new();
            filter.finish(&mut out);
            out.into_iter().for_each(|bytes| self.scrub.push(bytes, &mut self.ready));
        }
        self.scrub.finish(&mut self.ready);
        ended
    }

    fn pass(&mut self, bytes: Bytes) {
        let bytes = match &mut self.crossing {
            Some(crossing) => crossing.push(&bytes),
            None => bytes,
        };
        match &mut self.hide_usage {
            None => self.scrub.push(bytes, &mut self.ready),
            Some(filter) => {
                let mut out = Vec::new();
                filter.push(bytes, &mut out);
                out.into_iter().for_each(|bytes| self.scrub.push(bytes, &mut self.ready));
            }
        }
    }

    /// The caller is gone: reads on until the answer is complete or the time for it is over.
    async fn drain(&mut self) {
        let proxy = self.proxy.clone();
        let deadline = proxy.platform.now() + proxy.house.config.hangup_drain;
        while !self.settled && !self.over {
            let left = deadline.since(proxy.platform.now());
            if left == Millis(0) {
                break;
            }
            let chunk =
                match select(pin!(self.source.next(&proxy.platform)), pin!(proxy.platform.sleep(left))).await
                {
                    Either::Left((chunk, _)) => chunk,
                    Either::Right(_) => break,
                };
            match chunk {
                Some(Ok(bytes)) => {
                    self.meter.feed(&bytes);
                    self.held.renew(&proxy).await;
                    if self.meter.ended() {
                        break;
                    }
                }
                Some(Err(_)) | None => break,
            }
        }
        self.settle(End::ClientGone, None).await;
    }

    async fn settle(&mut self, end: End, problem: Option<&Problem>) {
        if self.settled {
            return;
        }
        self.settled = true;
        self.ready.iter().for_each(|bytes| self.held.hear(bytes));
        let mut reading = self.meter.reading();
        if end != End::Complete || !reading.complete || reading.failed {
            self.recording = None;
        }
        // A stream that ended without its terminal event is not known to have said all it consumed.
        reading.complete &= end != End::Truncated;
        self.held.record.end = end;
        self.held.record.error = problem.map(Problem::code);
        close(&self.proxy, &mut self.held, &reading, self.request_bytes, Sent::Perhaps).await;
    }
}

/// Prices what was read and settles the call.
pub(crate) async fn close<P: Platform>(
    proxy: &Proxy<P>,
    held: &mut Held,
    reading: &Reading,
    request_bytes: usize,
    sent: Sent,
) {
    let (prices, hold) = (held.prices.clone(), held.once());
    let record = &mut held.record;
    record.usage = reading.usage;
    if let Some(target) = &record.target {
        let provider = proxy.house.config.directory.find(target.provider);
        let free = provider.is_some_and(|provider| provider.is_free(record.operation));
        let trust_reported = provider.is_some_and(|provider| provider.billing == Billing::Reported);
        let terms = Terms::of(&prices, target, free, false).unwrap_or(Terms::Unpriced);
        let bounded = held.bounded;
        let outcome =
            Outcome { reading, hold, request_bytes, sent, trust_reported, bounded, when: record.started };
        (record.cost, record.pricing) = terms.settle(&prices, target, &outcome);
        if bounded && reading.complete && record.pricing == Pricing::Estimated && record.cost == hold {
            proxy.platform.fault(
                "an upstream says that a call used more than its worst case; what was held is charged",
            );
        }
    }
    held.answer_id = reading.answer_id.clone().filter(|_| held.stored);
    held.settle(proxy, reading).await;
}

/// Hands bytes to the caller; `false` when there is no caller any more, or it takes nothing.
pub(crate) async fn deliver(
    platform: &(impl Timer + Clock),
    out: &mut Sender<Result<Bytes, Severed>>,
    bytes: Bytes,
) -> bool {
    let Err(full) = out.try_send(Ok(bytes)) else { return true };
    if full.is_disconnected() {
        return false;
    }
    match select(out.send(full.into_inner()), pin!(platform.sleep(STALLED))).await {
        Either::Left((sent, _)) => sent.is_ok(),
        Either::Right(_) => false,
    }
}

/// A caller that takes nothing for this long is gone.
const STALLED: Millis = Millis::seconds(120);

//! The streamed form of a conversation: the turns' streams as one, without the calls that are the proxy's. The caller
//! sees one beginning, one end, and the usage of all turns together.

use super::weave::{self, Weave};
use super::{Conversation, answer};
use crate::call::CallRecord;
use crate::dialect::Dialect;
use crate::ports::{Platform, Severed};
use crate::relay::{self, Relay};
use crate::serve::Body;
use crate::sse::Splitter;
use bytes::Bytes;
use futures_channel::mpsc::{Sender, channel};
use futures_util::future::join;
use futures_util::{SinkExt, StreamExt};
use http::{HeaderValue, Response};
use serde_json::{Value, json};
use std::sync::Arc;

/// A streamed conversation on its way. Every turn settles by itself, also when the caller hangs up.
pub struct StreamedConversation<P: Platform> {
    conversation: Conversation<P>,
    relay: Box<Relay<P>>,
    weave: Box<dyn Weave + Send>,
}

impl<P: Platform> StreamedConversation<P> {
    /// The first turn. Its head is the answer's, whatever it says.
    pub(super) async fn begin(mut conversation: Conversation<P>, record: CallRecord) -> Response<Body<P>> {
        let (mut head, body) = conversation.turn(Some(record)).await.into_parts();
        let body = match body {
            Body::Stream(relay) => {
                head.headers.insert("x-proxyagent-tools", HeaderValue::from_static("on"));
                let weave = weave::of(conversation.kit.dialect);
                Body::Conversation(Box::new(Self { conversation, relay, weave }))
            }
            other => other,
        };
        Response::from_parts(head, body)
    }

    /// Runs the conversation to its end, or until nobody listens any more; the turn that runs then is read on for a
    /// bounded time, and none is begun after it. An `Err` item means: break the connection.
    pub async fn pump(self: Box<Self>, mut out: Sender<Result<Bytes, Severed>>) {
        let Self { mut conversation, relay, mut weave } = *self;
        let proxy = Arc::clone(&conversation.proxy);
        let (mut next, mut shown) = (Some(relay), None);
        while let Some(relay) = next.take() {
            if !pass(&conversation, relay, weave.as_mut(), &mut out).await {
                return;
            }
            let Some(last) = weave.answer() else { return };
            let kit = &conversation.kit;
            let wishes = answer::wishes(kit.dialect, &last, |name| kit.manages(name));
            let handed_back = conversation.steps >= kit.most_steps;
            let id = last.get("id").and_then(Value::as_str).unwrap_or_default();
            // The first turn's is the one that the caller has seen.
            let shown: &String = shown.get_or_insert_with(|| id.to_owned());
            if wishes.calls.is_empty() || wishes.others || !wishes.settled || handed_back {
                let hidden = if handed_back { &[][..] } else { &wishes.calls };
                conversation.keep(shown, &last, hidden).await;
                break;
            }
            if out.is_closed() {
                return;
            }
            conversation.step(&last, wishes.calls).await;
            if out.is_closed() {
                return;
            }
            let mut said = Vec::new();
            weave.go_on(&mut said);
            let (head, body) = conversation.turn(None).await.into_parts();
            match body {
                Body::Stream(relay) if head.status.is_success() => next = Some(relay),
                Body::Full(body) => {
                    said.extend(failure(conversation.kit.dialect, &body));
                    relay::deliver(&proxy.platform, &mut out, said.into()).await;
                    return;
                }
                Body::Stream(_) | Body::Conversation(_) | Body::Feed(_) => return,
            }
            // A caller that is gone is noticed by the turn itself, which must be read on and settled.
            if !said.is_empty() {
                relay::deliver(&proxy.platform, &mut out, said.into()).await;
            }
        }
        let mut said = format!(": {} {}\n\n", super::STEPS, conversation.steps).into_bytes();
        weave.finish(&mut said);
        relay::deliver(&proxy.platform, &mut out, said.into()).await;
    }
}

/// One turn's stream, without what is hidden. `false` when the conversation cannot go on: nobody listens, or the
/// connection is to be broken. The turn is settled either way.
async fn pass<P: Platform>(
    conversation: &Conversation<P>,
    relay: Box<Relay<P>>,
    weave: &mut (dyn Weave + Send),
    out: &mut Sender<Result<Bytes, Severed>>,
) -> bool {
    let platform = &conversation.proxy.platform;
    let kit = &conversation.kit;
    let hides = conversation.steps < kit.most_steps;
    let ours = |name: &str| hides && kit.manages(name);
    let (pieces, mut arriving) = channel::<Result<Bytes, Severed>>(AHEAD);
    let passing = async move {
        let mut splitter = Splitter::default();
        while let Some(piece) = arriving.next().await {
            let mut said = Vec::new();
            match piece {
                Ok(bytes) => {
                    splitter.feed(&bytes, |event| weave.take(event.name, event.data, &ours, &mut said))
                }
                Err(cause) => {
                    let _ = out.send(Err(cause)).await;
                    return false;
                }
            }
            // Dropping what arrives tells the relay that its caller is gone.
            if !said.is_empty() && !relay::deliver(platform, out, said.into()).await {
                return false;
            }
        }
        let mut said = Vec::new();
        splitter.rest(|event| weave.take(event.name, event.data, &ours, &mut said));
        said.is_empty() || relay::deliver(platform, out, said.into()).await
    };
    join(relay.pump(pieces), passing).await.1
}

/// A later turn that was refused, as the event that ends the stream.
fn failure(dialect: Dialect, body: &[u8]) -> Vec<u8> {
    let said: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let mut out = Vec::new();
    match dialect {
        Dialect::Messages => weave::put(&mut out, b"error", said.to_string().as_bytes()),
        Dialect::Chat | Dialect::Gemini => weave::put(&mut out, b"", said.to_string().as_bytes()),
        Dialect::Responses => {
            let part = |name: &str| said.pointer(&format!("/error/{name}")).cloned().unwrap_or(Value::Null);
            let event = json!({"type": "error", "code": part("code"), "message": part("message"), "param": null, "sequence_number": 0});
            weave::put(&mut out, b"error", event.to_string().as_bytes());
        }
    }
    out
}

/// Pieces of a turn that may wait; beyond that it is not read.
const AHEAD: usize = 1;

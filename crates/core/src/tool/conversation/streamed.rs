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
use futures_channel::mpsc::Sender;
use http::{HeaderValue, Response};
use serde_json::{Value, json};
use std::sync::Arc;

/// A streamed conversation on its way. Every turn settles by itself, also when the caller hangs up.
pub struct StreamedConversation<P: Platform> {
    conversation: Conversation<P>,
    relay: Box<Relay<P>>,
    weave: Box<dyn Weave + Send>,
    /// The id that the caller has seen: the first turn's.
    shown: Option<String>,
}

/// What became of a turn's stream.
enum Passed {
    Whole,
    /// Nobody listens any more.
    Gone,
}

impl<P: Platform> StreamedConversation<P> {
    /// The first turn. Its head is the answer's, whatever it says.
    pub(super) async fn begin(mut conversation: Conversation<P>, record: CallRecord) -> Response<Body<P>> {
        let (mut head, body) = conversation.turn(Some(record)).await.into_parts();
        let body = match body {
            Body::Stream(relay) => {
                head.headers.insert("x-proxyagent-tools", HeaderValue::from_static("on"));
                let weave = weave::of(conversation.kit.dialect);
                Body::Conversation(Box::new(Self { conversation, relay, weave, shown: None }))
            }
            other => other,
        };
        Response::from_parts(head, body)
    }

    /// Runs the conversation to its end, or until nobody listens any more; the turn that runs then is read on for a
    /// bounded time, and none is begun after it.
    pub async fn pump(mut self: Box<Self>, mut out: Sender<Result<Bytes, Severed>>) {
        let proxy = Arc::clone(&self.conversation.proxy);
        loop {
            match self.pass(&mut out).await {
                Passed::Gone => return self.relay.abandon().await,
                Passed::Whole => {}
            }
            let Some(last) = self.weave.answer() else { return };
            let kit = &self.conversation.kit;
            let wishes = answer::wishes(kit.dialect, &last, |name| kit.manages(name));
            let handed_back = self.conversation.steps >= kit.most_steps;
            let id = last.get("id").and_then(Value::as_str).unwrap_or_default();
            let shown = self.shown.get_or_insert_with(|| id.to_owned());
            if wishes.calls.is_empty() || wishes.others || !wishes.settled || handed_back {
                let hidden = if handed_back { &[][..] } else { &wishes.calls };
                self.conversation.keep(shown, &last, hidden).await;
                break;
            }
            if out.is_closed() {
                return;
            }
            self.conversation.step(&last, wishes.calls).await;
            if out.is_closed() {
                return;
            }
            let mut said = Vec::new();
            self.weave.go_on(&mut said);
            let (head, body) = self.conversation.turn(None).await.into_parts();
            match body {
                Body::Stream(relay) if head.status.is_success() => self.relay = relay,
                Body::Full(body) => {
                    said.extend(failure(self.conversation.kit.dialect, &body));
                    relay::deliver(&proxy.platform, &mut out, said.into()).await;
                    return;
                }
                Body::Stream(_) | Body::Conversation(_) => return,
            }
            if !said.is_empty() && !relay::deliver(&proxy.platform, &mut out, said.into()).await {
                return self.relay.abandon().await;
            }
        }
        let mut said = format!(": {} {}\n\n", super::STEPS, self.conversation.steps).into_bytes();
        self.weave.finish(&mut said);
        relay::deliver(&proxy.platform, &mut out, said.into()).await;
    }

    async fn pass(&mut self, out: &mut Sender<Result<Bytes, Severed>>) -> Passed {
        let proxy = Arc::clone(&self.conversation.proxy);
        let mut splitter = Splitter::default();
        let kit = &self.conversation.kit;
        let hides = self.conversation.steps < kit.most_steps;
        let ours = |name: &str| hides && kit.manages(name);
        while let Some(bytes) = self.relay.next().await {
            let mut said = Vec::new();
            splitter.feed(&bytes, |event| self.weave.take(event.name, event.data, &ours, &mut said));
            if !said.is_empty() && !relay::deliver(&proxy.platform, out, said.into()).await {
                return Passed::Gone;
            }
        }
        let mut said = Vec::new();
        splitter.rest(|event| self.weave.take(event.name, event.data, &ours, &mut said));
        if !said.is_empty() && !relay::deliver(&proxy.platform, out, said.into()).await {
            return Passed::Gone;
        }
        Passed::Whole
    }
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

//! The one path, from a request's head to the call's row.

mod budgets;
mod cache;
mod captured;
mod closed;
mod clouds;
mod conformance;
mod cross;
mod failover;
mod gemini;
mod kept;
mod limits;
mod logins;
mod metrics;
mod models;
mod money;
mod operations;
mod own_prices;
mod pass;
mod redacted;
mod refuse;
mod revoked;
mod stream;
mod told;
mod upstreams;

use crate::world::{Reply, World, run};
use bytes::Bytes;
use futures_channel::mpsc;
use futures_util::StreamExt;
use http::{HeaderMap, Request, Response};
use proxyagent_core::ports::{Clock, Row, Severed, Sql, Statement, Value};
use proxyagent_core::proxy::Proxy;
use proxyagent_core::relay::Relay;
use proxyagent_core::serve::{self, Body};
use proxyagent_core::token;
use std::sync::Arc;

pub(crate) const ANTHROPIC_KEY: &str = "sk-ant-api03-CANARY";
pub(crate) const OPENAI_KEY: &str = "sk-CANARY";

/// A proxy with both keys and one token.
pub(crate) struct Stage {
    pub(crate) proxy: Arc<Proxy<World>>,
    pub(crate) token: String,
}

/// What a caller got.
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// The body's chunks as they left; `Err` is a broken connection.
    pub(crate) chunks: Vec<Result<Bytes, Severed>>,
}

impl Got {
    pub(crate) fn text(&self) -> String {
        let bytes: Vec<u8> = self.chunks.iter().flat_map(|c| c.as_ref().unwrap().to_vec()).collect();
        String::from_utf8(bytes).unwrap()
    }
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|v| v.to_str().unwrap())
    }
}

/// The token's limits, as columns.
#[derive(Default)]
pub(crate) struct Limits {
    pub(crate) scope: Option<&'static str>,
    pub(crate) budget: Option<i64>,
    pub(crate) rate: Option<i64>,
    pub(crate) expires: Option<i64>,
    pub(crate) revoked: Option<i64>,
}

impl Stage {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self::with(limits, &[])
    }

    pub(crate) fn with(limits: &Limits, settings: &[(&str, &str)]) -> Self {
        let mut all = vec![("ANTHROPIC_API_KEY", ANTHROPIC_KEY), ("OPENAI_API_KEY", OPENAI_KEY)];
        all.extend_from_slice(settings);
        let proxy = World::proxy(&all);
        let token = add_token(&proxy, "tok_1", limits);
        Self { proxy, token }
    }

    /// Another process on the same store, with the same settings as `proxy`, that remembers nothing.
    pub(crate) fn restarted(self) -> Self {
        let Self { proxy, token } = self;
        let proxy = World::restarted(proxy);
        Self { proxy, token }
    }

    pub(crate) fn script(&self, reply: Reply) {
        self.proxy.platform.script(reply);
    }

    /// A POST with the token as `x-api-key`.
    pub(crate) fn post(&self, path: &str, body: &str) -> Got {
        let request = Request::post(path)
            .header("x-api-key", &self.token)
            .body(Bytes::copy_from_slice(body.as_bytes()))
            .unwrap();
        self.ask(request)
    }

    pub(crate) fn ask(&self, request: Request<Bytes>) -> Got {
        self.ask_and_take(request, usize::MAX)
    }

    pub(crate) fn answer(&self, request: Request<Bytes>) -> Response<Body<World>> {
        let (parts, body) = request.into_parts();
        let head = serve::receive(&self.proxy.house, parts);
        run(serve::serve(&self.proxy, head, Ok(body)))
    }

    pub(crate) fn stream_request(&self) -> Request<Bytes> {
        Request::post("/anthropic/v1/messages")
            .header("x-api-key", &self.token)
            .body(Bytes::from_static(MESSAGES_STREAM.as_bytes()))
            .unwrap()
    }

    /// A streamed call that has been admitted and answered, of which nothing was read yet.
    pub(crate) fn start_stream(&self) -> Option<Box<Relay<World>>> {
        self.script(stream_reply());
        match self.answer(self.stream_request()).into_body() {
            Body::Stream(relay) => Some(relay),
            Body::Full(_) | Body::Conversation(_) | Body::Feed(_) => None,
        }
    }

    /// Takes at most `most` chunks of the answer, then hangs up.
    pub(crate) fn ask_and_take(&self, request: Request<Bytes>, most: usize) -> Got {
        let (parts, body) = self.answer(request).into_parts();
        let chunks = match body {
            Body::Full(bytes) => vec![Ok(bytes)],
            Body::Stream(relay) => pumped(most, |sender| relay.pump(sender)),
            Body::Conversation(turns) => pumped(most, |sender| turns.pump(sender)),
            Body::Feed(feed) => {
                let (sender, receiver) = mpsc::channel(100);
                run(feed.pump(sender));
                run(receiver.collect())
            }
        };
        Got { status: parts.status.as_u16(), headers: parts.headers, chunks }
    }

    /// One row of one value each.
    pub(crate) fn rows(&self, sql: &'static str) -> Vec<Vec<Value>> {
        self.proxy.platform.query(sql).into_iter().map(|Row(values)| values).collect()
    }

    /// (spent, held) of the token, in nano-dollars.
    pub(crate) fn money(&self) -> (i64, i64) {
        let rows = self.rows("SELECT spent_nano, held_nano FROM proxy_agent_tokens WHERE id = 'tok_1'");
        (rows[0][0].int().unwrap(), rows[0][1].int().unwrap())
    }
}

/// What a pump hands out, of which at most `most` chunks are taken.
fn pumped<F: Future<Output = ()>>(
    most: usize,
    pump: impl FnOnce(mpsc::Sender<Result<Bytes, Severed>>) -> F,
) -> Vec<Result<Bytes, Severed>> {
    // The channel holds one chunk more than the sender's own slot, so taking few means hanging up early.
    let (sender, receiver) = mpsc::channel(most.saturating_sub(1).min(100_000));
    let taken = receiver.take(most).collect::<Vec<_>>();
    if most == usize::MAX {
        run(pump(sender));
        run(taken)
    } else {
        run(async { futures_util::future::join(pump(sender), taken).await.1 })
    }
}

pub(crate) fn add_token(proxy: &Arc<Proxy<World>>, id: &str, limits: &Limits) -> String {
    let minted = token::mint(&proxy.platform);
    let statement = Statement::new(
        "INSERT INTO proxy_agent_tokens (id, hash, masked, label, scope, created_ms, expires_ms, revoked_ms, rate_limit, budget_nano) \
         VALUES (?1, ?2, 'pa_', 'test', ?3, ?4, ?5, ?6, ?7, ?8)",
        vec![
            id.into(),
            minted.hash.hex().into(),
            limits.scope.unwrap_or("[\"*\"]").into(),
            proxy.platform.now().0.into(),
            limits.expires.into(),
            limits.revoked.into(),
            limits.rate.into(),
            limits.budget.into(),
        ],
    );
    run(proxy.platform.batch(vec![statement])).unwrap();
    minted.text.expose().to_owned()
}

pub(crate) const MESSAGES: &str =
    r#"{"model":"claude-opus-5-5","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}"#;
pub(crate) const MESSAGES_STREAM: &str = r#"{"model":"claude-opus-5-5","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"hi"}]}"#;
/// 12 tokens in, 8 out.
pub(crate) const STREAM: &[&str] = &[
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"usage\":{\"input_tokens\":12,\"output_tokens\":1}}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hel\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"lo\"}}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":8}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
];
/// What STREAM costs on claude-opus-5-5: 12 × $4/M + 8 × $20/M.
pub(crate) const STREAM_COST: i64 = 12 * 4_000 + 8 * 20_000;

pub(crate) fn stream_reply() -> Reply {
    Reply::chunks(200, "text/event-stream; charset=utf-8", STREAM.iter().map(|s| s.as_bytes()))
}

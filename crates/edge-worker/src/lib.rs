//! proxyagent's edge home: the same core, with D1 behind it and `fetch` as the way out. It decides nothing; it turns
//! events into calls of the core and the core's answers into responses.

mod answer;
mod answer_cache;
mod bindings;
mod d1;
mod fetch;
mod header_map;
mod journal;
mod kv;
mod platform;
mod request;
mod shelf;
mod signer;

use futures_channel::oneshot;
use platform::{Edge, Event};
use proxyagent_core::ports::Journal;
use proxyagent_core::proxy::Proxy;
use proxyagent_core::{maintain, serve};
use std::sync::Arc;
use worker::{Context, Env, ScheduleContext, ScheduledEvent, event, web_sys};

/// One HTTP request. All work is a task of the event, not of the client: a caller that hangs up stops nothing, and what
/// it started is settled.
#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, ctx: Context) -> worker::Result<web_sys::Response> {
    let Some(house) = bindings::house(&env) else {
        return answer::plain(500, "this proxy is misconfigured; its log names every mistake");
    };
    let Some(parts) = request::parts(&request) else {
        return answer::plain(400, "this is not a request that can be understood");
    };
    let proxy = Proxy::new(Edge::new(env, Event::Fetch(ctx)), house);
    let head = serve::receive(&proxy.house, parts);
    let (answered, answer) = oneshot::channel();
    let task = Arc::clone(&proxy);
    proxy.platform.later(async move {
        let body = request::body(&request, head.body_limit).await;
        let response = serve::serve(&task, head, body).await;
        // Streams start here, inside the task. A receiver that is gone is a caller that hung up.
        drop(answered.send(answer::response(&task, response)));
    });
    // The sender is only dropped unsent when the task panicked.
    answer.await.unwrap_or_else(|_| answer::plain(500, "internal error"))
}

/// Housekeeping, by cron.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, ctx: ScheduleContext) {
    let Some(house) = bindings::house(&env) else { return };
    let proxy = Proxy::new(Edge::new(env, Event::Scheduled(ctx)), house);
    if let Err(error) = maintain::maintain(&proxy).await {
        proxy.platform.fault(&format!("housekeeping: {error}"));
    }
}

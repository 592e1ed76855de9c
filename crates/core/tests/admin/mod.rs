//! The admin API against the in-memory world.

mod aliases;
mod audit;
mod logs;
mod overview;
mod providers;
mod reports;
mod routing;
mod session;
mod tokens;

use crate::world::{World, run};
use bytes::Bytes;
use http::{Request, Response};
use proxyagent_core::admin::{self, Admin};
use proxyagent_core::proxy::Proxy;
use serde_json::Value;
use std::sync::Arc;

/// One admin request. `body` is JSON text, or nothing.
pub(crate) fn send(proxy: &Arc<Proxy<World>>, method: &str, path: &str, body: &str) -> Response<Bytes> {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let request = Request::builder().method(method).uri(path).body(body).unwrap();
    run(admin::handle(proxy, Admin::local(), request))
}

/// The JSON of an answer that must be a 200.
pub(crate) fn ask(proxy: &Arc<Proxy<World>>, method: &str, path: &str, body: &str) -> Value {
    let answer = send(proxy, method, path, body);
    assert_eq!(answer.status(), 200, "{method} {path} {body}: {:?}", answer.body());
    serde_json::from_slice(answer.body()).unwrap()
}

/// The sentence of a refusal with that status.
pub(crate) fn refused(
    proxy: &Arc<Proxy<World>>,
    method: &str,
    path: &str,
    body: &str,
    status: u16,
) -> String {
    let answer = send(proxy, method, path, body);
    assert_eq!(answer.status(), status, "{method} {path} {body}: {:?}", answer.body());
    let shape: Value = serde_json::from_slice(answer.body()).unwrap();
    shape["error"]["message"].as_str().unwrap().to_owned()
}

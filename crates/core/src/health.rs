//! Probes for whoever keeps the proxy running. They need no token, so they say nothing but that it is alive.

use crate::ports::{Platform, Statement};
use crate::problem::Problem;
use crate::proxy::Proxy;
use bytes::Bytes;
use http::{HeaderValue, Response, header};

/// The process answers.
pub(crate) fn alive() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(b"{\"ok\":true}"));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// And so does the store.
pub(crate) async fn ready<P: Platform>(proxy: &Proxy<P>) -> Result<Response<Bytes>, Problem> {
    proxy.platform.batch(vec![Statement::new("SELECT 1 AS one", Vec::new())]).await?;
    Ok(alive())
}

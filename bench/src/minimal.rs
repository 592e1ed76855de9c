//! The least a proxy can do: swap the credential and pass everything on.

use crate::{Failure, process};
use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// Says its address on standard output, then serves until it is ended.
pub(crate) async fn serve(upstream: &str) -> Result<(), Failure> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(connector);
    let upstream: Uri = upstream.parse()?;
    process::accept(move |connection| {
        let (client, upstream) = (client.clone(), upstream.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let (client, upstream) = (client.clone(), upstream.clone());
            async move { forward(&client, upstream, request).await.map_err(std::io::Error::other) }
        });
        async move {
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(connection, service).await;
        }
    })
    .await
}

async fn forward(
    client: &Client<HttpConnector, Full<Bytes>>,
    upstream: Uri,
    request: Request<Incoming>,
) -> Result<Response<Incoming>, Failure> {
    let (mut parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let mut address = upstream.into_parts();
    address.path_and_query = parts.uri.path_and_query().cloned();
    parts.uri = Uri::from_parts(address)?;
    parts.headers.remove(HOST);
    parts.headers.insert("x-api-key", HeaderValue::from_static("sk-real"));
    Ok(client.request(Request::from_parts(parts, Full::new(body))).await?)
}

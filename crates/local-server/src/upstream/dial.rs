//! Opens connections: TCP without Nagle's delay, TLS for `https`, and a limit on both together.

use crate::start::StartError;
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tower_service::Service;

tokio::task_local! {
    /// The call on whose behalf a connection is opened. The pool's connector is told nothing but an address.
    pub(crate) static CURRENT: Arc<Dial>;
}

/// One call's patience with connecting, and what connecting took.
pub(crate) struct Dial {
    patience: Duration,
    spent_ms: AtomicU64,
}

impl Dial {
    pub(crate) fn new(patience: Duration) -> Self {
        Self { patience, spent_ms: AtomicU64::new(0) }
    }

    /// Zero when a pooled connection was there.
    pub(crate) fn spent(&self) -> Duration {
        Duration::from_millis(self.spent_ms.load(Ordering::Relaxed))
    }
}

/// Why there is no connection. Deliberately says no more.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub(crate) enum DialError {
    #[error("could not connect")]
    Connect,
    #[error("the TLS handshake failed")]
    Tls,
}

/// The pool's connector.
#[derive(Clone)]
pub(crate) struct Dialer(HttpsConnector<HttpConnector>);

impl Dialer {
    pub(crate) fn new() -> Result<Self, StartError> {
        let mut tcp = HttpConnector::new();
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.enforce_http(false);
        Ok(Self(
            HttpsConnectorBuilder::new()
                .with_tls_config(tls()?)
                .https_or_http()
                .enable_http1()
                .wrap_connector(tcp),
        ))
    }
}

impl Service<Uri> for Dialer {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = DialError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, DialError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        self.0.poll_ready(context).map_err(|cause| kind(cause.as_ref()))
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let dial = CURRENT.try_with(Arc::clone).ok();
        let connecting = self.0.call(address);
        Box::pin(async move {
            let patience = dial.as_ref().map_or(WITHOUT_A_CALL, |dial| dial.patience);
            let began = Instant::now();
            let connected = timeout(patience, connecting).await;
            if let Some(dial) = dial {
                let spent = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                dial.spent_ms.store(spent, Ordering::Relaxed);
            }
            match connected {
                Ok(connected) => connected.map_err(|cause| kind(cause.as_ref())),
                Err(_) => Err(DialError::Connect),
            }
        })
    }
}

/// A TLS client that trusts Mozilla's roots and those of the machine: companies put their own there.
///
/// # Errors
/// [`StartError::Tls`]: a configuration that rustls refuses.
pub fn tls() -> Result<ClientConfig, StartError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|cause| StartError::Tls(cause.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn kind(cause: &(dyn Error + 'static)) -> DialError {
    let mut next = Some(cause);
    while let Some(error) = next {
        if error.is::<rustls::Error>() {
            return DialError::Tls;
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = inner.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source());
    }
    DialError::Connect
}

/// Notices a dead peer of a pooled connection.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// The pool may finish a connection that no call waits for any more.
const WITHOUT_A_CALL: Duration = Duration::from_secs(10);

//! Opens connections: TCP without Nagle's delay, TLS for `https`, and a limit on both together.

use super::guard::{Forbidden, Guard};
use crate::start::StartError;
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use proxyagent_core::tool::address::{Host, Reach};
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower_service::Service;

/// A connection, encrypted or not.
pub(crate) type Wire = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Why there is no connection. Deliberately says no more.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub(crate) enum DialError {
    #[error("could not connect")]
    Connect,
    #[error("the address may not be reached")]
    Forbidden,
    #[error("the TLS handshake failed")]
    Tls,
}

/// The way to any address, or for tools to those that they may reach.
pub(crate) struct Dialer {
    connector: HttpsConnector<HttpConnector<Guard>>,
    reach: Option<Reach>,
}

impl Dialer {
    pub(crate) fn new(reach: Option<Reach>) -> Result<Self, StartError> {
        let mut tcp = HttpConnector::new_with_resolver(Guard::new(reach));
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEPALIVE));
        tcp.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls()?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Ok(Self { connector, reach })
    }

    /// Connects, and shakes hands where the address is an `https` one.
    pub(crate) async fn dial(&self, address: Uri, patience: Duration) -> Result<Wire, DialError> {
        // An address needs no resolving, so the resolver's guard never sees it.
        let literal = |reach: Reach| {
            let host = address.host().map(Host::parse);
            host.is_some_and(|host| host.is_ok_and(|host| reach.permits_host(&host)))
        };
        if !self.reach.is_none_or(literal) {
            return Err(DialError::Forbidden);
        }
        let mut connector = self.connector.clone();
        let connecting = async {
            poll_fn(|context| connector.poll_ready(context)).await?;
            connector.call(address).await
        };
        match timeout(patience, connecting).await {
            Ok(connected) => connected.map_err(|cause| kind(cause.as_ref())),
            Err(_) => Err(DialError::Connect),
        }
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
        if error.is::<Forbidden>() {
            return DialError::Forbidden;
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = inner.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source());
    }
    DialError::Connect
}

/// Notices a dead peer of a pooled connection.
const KEEPALIVE: Duration = Duration::from_secs(60);

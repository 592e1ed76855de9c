//! TLS towards clients: a certificate and its key from two files, read again on SIGHUP. A file that has gone bad
//! never takes the place of one that is good.

use crate::journal::Journal;
use crate::start::StartError;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::net::TcpStream;
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Where the certificate (with the chain behind it) and its private key lie, in PEM.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    pub cert: PathBuf,
    pub key: PathBuf,
}

/// The certificate that is shown at the moment.
pub(crate) struct Certificate {
    files: TlsFiles,
    current: RwLock<Arc<ServerConfig>>,
}

impl Certificate {
    /// # Errors
    /// Files that cannot be read, or that do not belong together.
    pub(crate) fn read(files: TlsFiles) -> Result<Arc<Self>, StartError> {
        let current = RwLock::new(config(&files)?);
        Ok(Arc::new(Self { files, current }))
    }

    /// Reads the files again. Connections that are open keep what they have.
    pub(crate) fn read_again(&self) -> Result<(), StartError> {
        let fresh = config(&self.files)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    pub(crate) async fn handshake(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        let current = Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner));
        TlsAcceptor::from(current).accept(stream).await
    }

    /// Reads the files again on each SIGHUP, for as long as the returned task lives.
    ///
    /// # Errors
    /// The signal cannot be listened for.
    pub(crate) fn follow_hangups(
        self: &Arc<Self>,
        journal: Journal,
    ) -> std::io::Result<tokio::task::JoinHandle<()>> {
        let mut hangups = signal(SignalKind::hangup())?;
        let this = Arc::clone(self);
        Ok(tokio::spawn(async move {
            while hangups.recv().await.is_some() {
                match this.read_again() {
                    Ok(()) => journal.fault("the certificate was read again"),
                    Err(cause) => journal.fault(&format!("the certificate stays as it was: {cause}")),
                }
            }
        }))
    }
}

fn config(files: &TlsFiles) -> Result<Arc<ServerConfig>, StartError> {
    let unreadable = |path: &PathBuf, cause: &dyn std::fmt::Display| StartError::Certificate {
        path: path.clone(),
        cause: cause.to_string(),
    };
    let chain = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|cause| unreadable(&files.cert, &cause))?;
    if chain.is_empty() {
        return Err(unreadable(&files.cert, &"holds no certificate"));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|cause| unreadable(&files.key, &cause))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|cause| StartError::Tls(cause.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|cause| unreadable(&files.cert, &cause))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

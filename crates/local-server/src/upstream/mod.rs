//! The way out: one pooled HTTP/1.1 client for the whole process. Follows no redirect, decodes nothing, and its errors
//! carry no address and no header.

mod arriving;
mod dial;

use crate::start::StartError;
pub(crate) use arriving::Arriving;
use bytes::Bytes;
pub use dial::tls;
use dial::{Dial, DialError, Dialer};
use http::{Request, Response};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use proxyagent_core::ports::{Patience, Unsent};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// The client, its connection pool, and the switch that cuts everything on its way.
pub(crate) struct Outbound {
    client: Client<Dialer, Full<Bytes>>,
    severed: CancellationToken,
}

impl Outbound {
    /// # Errors
    /// A TLS configuration that rustls refuses.
    pub(crate) fn new() -> Result<Self, StartError> {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_CONNECTION)
            // What one answer may hold in memory while its caller reads slowly, and the most its headers may take.
            .http1_max_buf_size(READ_BUFFER)
            .build(Dialer::new()?);
        Ok(Self { client, severed: CancellationToken::new() })
    }

    /// Breaks off every call that is on its way, now and from now on.
    pub(crate) fn sever(&self) {
        self.severed.cancel();
    }

    /// Waits until then.
    pub(crate) async fn severed(&self) {
        self.severed.cancelled().await;
    }

    pub(crate) async fn send(
        &self,
        request: Request<Bytes>,
        patience: Patience,
    ) -> Result<Response<Arriving>, Unsent> {
        let dial = Arc::new(Dial::new(Duration::from_millis(patience.connect.0)));
        let answer = dial::CURRENT.scope(Arc::clone(&dial), self.client.request(request.map(Full::new)));
        let waited = async {
            let mut answer = std::pin::pin!(answer);
            let first_byte = Duration::from_millis(patience.first_byte.0);
            match timeout(first_byte, &mut answer).await {
                Ok(answer) => Ok(answer),
                // The clock runs from the request being sent: what it took to connect does not count.
                Err(slow) if dial.spent().is_zero() => Err(slow),
                Err(_) => timeout(dial.spent(), answer).await,
            }
        };
        let answer = tokio::select! {
            biased;
            answer = waited => answer,
            () = self.severed.cancelled() => return Err(Unsent::Reset),
        };
        match answer {
            Ok(Ok(response)) => {
                let idle = Duration::from_millis(patience.idle.0);
                Ok(response.map(|body| Arriving::new(body, idle, self.severed.clone())))
            }
            Ok(Err(cause)) => Err(reason(&cause)),
            Err(_) => Err(Unsent::Slow),
        }
    }
}

/// The kind of a failure; everything else about it stays here.
fn reason(cause: &(dyn Error + 'static)) -> Unsent {
    let mut next = Some(cause);
    while let Some(error) = next {
        if let Some(dialled) = error.downcast_ref::<DialError>() {
            return match dialled {
                DialError::Connect => Unsent::Connect,
                DialError::Tls => Unsent::Tls,
            };
        }
        next = error.source();
    }
    Unsent::Reset
}

/// Shorter than what servers and middleboxes commonly keep, so that few requests meet a connection just closed.
const IDLE_CONNECTION: Duration = Duration::from_secs(50);

const READ_BUFFER: usize = 64 << 10;

#[cfg(test)]
mod tests;

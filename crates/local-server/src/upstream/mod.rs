//! The way out: HTTP/1.1 over connections that are used again. Follows no redirect, decodes nothing, and its errors carry
//! no address and no header.

mod arriving;
mod dial;
mod guard;
mod line;
mod nudge;
mod pool;

use crate::start::StartError;
pub(crate) use arriving::Arriving;
use bytes::Bytes;
pub use dial::tls;
use dial::{DialError, Dialer};
use http::{Request, Response, Uri, header};
use http_body_util::Full;
use line::{Line, Unanswered};
use pool::{Origin, Pool};
use proxyagent_core::ports::{Patience, Unsent};
use proxyagent_core::tool::address::Reach;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// The client, its connection pool, and the switch that cuts everything on its way.
pub(crate) struct Outbound {
    open: Way,
    /// For tools. Apart: what was judged for one may not be used by another.
    public: Way,
    private: Way,
    severed: CancellationToken,
}

/// A dialer, and the connections that it made.
struct Way {
    dialer: Dialer,
    pool: Arc<Pool>,
}

impl Way {
    fn new(reach: Option<Reach>) -> Result<Self, StartError> {
        Ok(Self { dialer: Dialer::new(reach)?, pool: Arc::default() })
    }

    async fn dial(&self, address: &Uri, patience: Patience) -> Result<Line, Unsent> {
        let patience = Duration::from_millis(patience.connect.0);
        let wire = self.dialer.dial(address.clone(), patience).await.map_err(|kind| match kind {
            DialError::Connect => Unsent::Connect,
            DialError::Forbidden => Unsent::Forbidden,
            DialError::Tls => Unsent::Tls,
        })?;
        Line::new(wire).await.ok_or(Unsent::Reset)
    }
}

impl Outbound {
    /// # Errors
    /// A TLS configuration that rustls refuses.
    pub(crate) fn new() -> Result<Self, StartError> {
        Ok(Self {
            open: Way::new(None)?,
            public: Way::new(Some(Reach::Public))?,
            private: Way::new(Some(Reach::Private))?,
            severed: CancellationToken::new(),
        })
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
        self.send_by(&self.open, request, patience).await
    }

    /// The same to addresses within `reach` only.
    pub(crate) async fn send_guarded(
        &self,
        request: Request<Bytes>,
        patience: Patience,
        reach: Reach,
    ) -> Result<Response<Arriving>, Unsent> {
        let way = if reach == Reach::Public { &self.public } else { &self.private };
        self.send_by(way, request, patience).await
    }

    async fn send_by(
        &self,
        way: &Way,
        request: Request<Bytes>,
        patience: Patience,
    ) -> Result<Response<Arriving>, Unsent> {
        tokio::select! {
            biased;
            answer = self.ask(way, request, patience) => answer,
            () = self.severed.cancelled() => Err(Unsent::Reset),
        }
    }

    async fn ask(
        &self,
        way: &Way,
        request: Request<Bytes>,
        patience: Patience,
    ) -> Result<Response<Arriving>, Unsent> {
        let address = request.uri().clone();
        let origin = way.pool.origin(&address).ok_or(Unsent::Connect)?;
        let mut request = addressed(request, &origin);
        loop {
            let kept = origin.take();
            let used = kept.is_some();
            let mut line = match kept {
                Some(line) => line,
                // Boxed: it is rare, and two thirds of what this future would take otherwise.
                None => Box::pin(way.dial(&address, patience)).await?,
            };
            // The clock runs from the request being sent: what it took to connect does not count.
            match timeout(Duration::from_millis(patience.first_byte.0), line.ask(request)).await {
                Ok(Ok(response)) => {
                    let idle = Duration::from_millis(patience.idle.0);
                    let home = (Arc::clone(&way.pool), origin);
                    let severed = self.severed.clone();
                    return Ok(response.map(|body| Arriving::new(body, line, home, idle, severed)));
                }
                // A kept connection was closed just now, before it took the request: another one is as good.
                Ok(Err(Unanswered::Unsent(again))) if used => request = *again,
                Ok(Err(Unanswered::Unsent(_) | Unanswered::Broken)) => return Err(Unsent::Reset),
                Err(_) => return Err(Unsent::Slow),
            }
        }
    }
}

/// The request as it is written to a connection that leads to `origin`.
fn addressed(request: Request<Bytes>, origin: &Origin) -> Request<Full<Bytes>> {
    let mut request = request.map(Full::new);
    request.headers_mut().entry(header::HOST).or_insert_with(|| origin.host.clone());
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = path.map_or_else(Uri::default, Uri::from);
    request
}

#[cfg(test)]
mod tests;

//! The listening server: binds, accepts, keeps house, and leaves in good order.

use crate::answer::{Desk, answer};
use crate::drain::{Signals, drain};
use crate::native::Native;
use crate::start::{Listening, Options, StartError, open};
use crate::tls::Certificate;
use crate::wire::Wire;
use crate::{connection, journal};
use axum::handler::Handler;
use axum::response::Response;
use hyper::body::Incoming;
use proxyagent_core::door::Door;
use proxyagent_core::maintain::maintain;
use proxyagent_core::proxy::Proxy;
use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service;

/// A bound server that does not answer yet.
pub struct Server {
    front: Front,
    /// Administration, where it has an address of its own.
    back: Option<Front>,
    certificate: Option<Arc<Certificate>>,
    proxy: Arc<Proxy<Native>>,
    drain: Duration,
    limits: Limits,
}

/// A listener, and who it is for.
struct Front {
    listener: TcpListener,
    address: SocketAddr,
    door: Door,
    /// One for each connection that may be open.
    room: Arc<Semaphore>,
}

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For a request's head, from its first byte (or from connecting).
    pub head: Duration,
    /// Between two requests of a connection.
    pub quiet: Duration,
    /// For a request's body as a whole.
    pub body: Duration,
    /// Between two pieces of a request's body.
    pub body_silence: Duration,
    /// Without reading any of its answer.
    pub stall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            quiet: Duration::from_secs(90),
            body: Duration::from_secs(120),
            body_silence: Duration::from_secs(20),
            stall: Duration::from_secs(120),
        }
    }
}

impl Server {
    /// Takes the ports, then opens the store. Nothing is answered until [`Server::run`].
    ///
    /// # Errors
    /// An address that is not allowed or taken, and everything that [`open`] refuses.
    pub async fn bind(options: Options) -> Result<Self, StartError> {
        Self::bind_with(options, Listening::default()).await
    }

    /// [`Server::bind`] with TLS, a listener for operators, or another number of connections.
    ///
    /// # Errors
    /// Also a certificate that cannot be used.
    pub async fn bind_with(options: Options, listening: Listening) -> Result<Self, StartError> {
        let Options { host, port, .. } = options;
        let Listening { tls, admin, connections } = listening;
        let private = options.behind_proxy || tls.is_some();
        let certificate = tls.map(Certificate::read).transpose()?;
        let door = if admin.is_some() { Door::Callers } else { Door::Everybody };
        let front = Front::listen(SocketAddr::new(host, port), door, private, connections).await?;
        let back = match admin {
            Some(address) => Some(Front::listen(address, Door::Operators, private, connections).await?),
            None => None,
        };
        let proxy = open(&options.home, options.vars).await?;
        Ok(Self { front, back, certificate, proxy, drain: options.drain, limits: Limits::default() })
    }

    /// With other limits than the usual ones.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Where this machine reaches it, e.g. `http://127.0.0.1:8080`.
    pub fn url(&self) -> String {
        self.front.url(self.certificate.is_some())
    }

    /// Where this machine reaches the administration.
    pub fn admin_url(&self) -> String {
        self.back.as_ref().unwrap_or(&self.front).url(self.certificate.is_some())
    }

    pub fn proxy(&self) -> Arc<Proxy<Native>> {
        Arc::clone(&self.proxy)
    }

    /// Serves until SIGTERM or SIGINT, then finishes what runs. A second signal ends it at once.
    ///
    /// # Errors
    /// The signals cannot be listened for.
    pub async fn run(self) -> Result<(), StartError> {
        let signals = Signals::of_the_process().map_err(|cause| StartError::Listen {
            host: self.front.address.ip(),
            port: self.front.address.port(),
            cause: cause.kind(),
        })?;
        self.run_until(signals).await;
        Ok(())
    }

    /// [`Server::run`] with another source of signals.
    pub async fn run_until(self, mut signals: Signals) {
        let journal = self.proxy.platform.journal().clone();
        let housekeeping = tokio::spawn(keep_house(Arc::clone(&self.proxy)));
        let hangups =
            self.certificate.as_ref().map(|certificate| certificate.follow_hangups(journal.clone()));
        if let Some(Err(cause)) = &hangups {
            journal.fault(&format!("a changed certificate will not be noticed: {cause}"));
        }
        let (calls, connections) = (TaskTracker::new(), TaskTracker::new());
        let (leave, cut) = (CancellationToken::new(), CancellationToken::new());
        let desk = |door| {
            Arc::new(Desk {
                proxy: Arc::clone(&self.proxy),
                calls: calls.clone(),
                limits: self.limits,
                door,
                leave: leave.clone(),
            })
        };
        let front = desk(self.front.door);
        // The one handler routes by itself.
        let app = answer.with_state(Arc::clone(&front));
        let back_app = answer.with_state(desk(Door::Operators));
        loop {
            let (stream, place, app) = tokio::select! {
                (stream, place) = self.front.next() => (stream, place, &app),
                (stream, place) = next(self.back.as_ref()) => (stream, place, &back_app),
                () = signals.next() => break,
            };
            let (app, certificate) = (app.clone(), self.certificate.clone());
            let serving = serve(stream, certificate, app, self.limits, leave.clone());
            let cut = cut.clone();
            connections.spawn(async move {
                tokio::select! {
                    biased;
                    () = serving => {}
                    () = cut.cancelled() => {}
                }
                drop(place);
            });
        }
        drop((self.front, self.back)); // from here on, connecting is refused
        housekeeping.abort();
        if let Some(Ok(following)) = hangups {
            following.abort();
        }
        drain(&front, &connections, &leave, &cut, self.drain, &mut signals).await;
    }
}

impl Front {
    async fn listen(
        address: SocketAddr,
        door: Door,
        private: bool,
        connections: usize,
    ) -> Result<Self, StartError> {
        let (host, port) = (address.ip(), address.port());
        if !host.is_loopback() && !private {
            return Err(StartError::NotLoopback(host));
        }
        let refused = |cause: std::io::Error| match cause.kind() {
            ErrorKind::AddrInUse => StartError::PortBusy { host, port },
            cause => StartError::Listen { host, port, cause },
        };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Self { listener, address, door, room: Arc::new(Semaphore::new(connections)) })
    }

    fn url(&self, secure: bool) -> String {
        let host = match self.address.ip() {
            ip if !ip.is_unspecified() => ip,
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        let scheme = if secure { "https" } else { "http" };
        format!("{scheme}://{}", SocketAddr::new(host, self.address.port()))
    }

    /// The next connection, once there is room for it; until then it waits with the kernel.
    async fn next(&self) -> (TcpStream, Option<OwnedSemaphorePermit>) {
        let place = Arc::clone(&self.room).acquire_owned().await.ok();
        (accept(&self.listener).await, place)
    }
}

async fn next(front: Option<&Front>) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    match front {
        Some(front) => front.next().await,
        None => std::future::pending().await,
    }
}

/// One connection, behind its handshake where there is a certificate.
async fn serve<A>(
    stream: TcpStream,
    certificate: Option<Arc<Certificate>>,
    app: A,
    limits: Limits,
    leave: CancellationToken,
) where
    A: Service<http::Request<Incoming>, Response = Response, Error = Infallible> + Clone + Unpin,
{
    let wire = match certificate {
        None => Wire::Plain(stream),
        Some(certificate) => match timeout(limits.head, certificate.handshake(stream)).await {
            Ok(Ok(stream)) => Wire::Tls(Box::new(stream)),
            _ => return, // not a client of ours, or a slow one
        },
    };
    connection::serve(wire, app, limits, leave).await;
}

async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(cause) if cause.kind() == ErrorKind::ConnectionAborted => {}
            Err(cause) => {
                // Out of file descriptors, most likely: running calls will give some back.
                journal::warn(&format!("cannot accept connections: {cause}"));
                sleep(BREATH).await;
            }
        }
    }
}

async fn keep_house(proxy: Arc<Proxy<Native>>) {
    let mut rounds = interval(ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        if let Err(cause) = maintain(&proxy).await {
            proxy.platform.journal().fault(&format!("housekeeping: {cause}"));
        }
    }
}

const ROUND: Duration = Duration::from_secs(60);
const BREATH: Duration = Duration::from_millis(200);

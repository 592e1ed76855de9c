//! The listening server: binds, accepts, keeps house, and leaves in good order.

use crate::answer::{Desk, answer};
use crate::drain::{Signals, drain};
use crate::native::Native;
use crate::start::{Options, StartError, open};
use crate::{connection, journal};
use axum::handler::Handler;
use proxyagent_core::maintain::maintain;
use proxyagent_core::proxy::Proxy;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A bound server that does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    proxy: Arc<Proxy<Native>>,
    drain: Duration,
    limits: Limits,
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
    /// Takes the port, then opens the store. Nothing is answered until [`Server::run`].
    ///
    /// # Errors
    /// An address that is not allowed or taken, and everything that [`open`] refuses.
    pub async fn bind(options: Options) -> Result<Self, StartError> {
        let Options { host, port, .. } = options;
        if !host.is_loopback() && !options.behind_proxy {
            return Err(StartError::NotLoopback(host));
        }
        let refused = |cause: std::io::Error| match cause.kind() {
            ErrorKind::AddrInUse => StartError::PortBusy { host, port },
            cause => StartError::Listen { host, port, cause },
        };
        let listener = TcpListener::bind((host, port)).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let proxy = open(&options.home, options.vars).await?;
        Ok(Self { listener, address, proxy, drain: options.drain, limits: Limits::default() })
    }

    /// With other limits than the usual ones.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Where this machine reaches it, e.g. `http://127.0.0.1:8080`.
    pub fn url(&self) -> String {
        let host = match self.address.ip() {
            ip if !ip.is_unspecified() => ip,
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        format!("http://{}", SocketAddr::new(host, self.address.port()))
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
            host: self.address.ip(),
            port: self.address.port(),
            cause: cause.kind(),
        })?;
        self.run_until(signals).await;
        Ok(())
    }

    /// [`Server::run`] with another source of signals.
    pub async fn run_until(self, mut signals: Signals) {
        let housekeeping = tokio::spawn(keep_house(Arc::clone(&self.proxy)));
        let (leave, cut) = (CancellationToken::new(), CancellationToken::new());
        let desk = Arc::new(Desk {
            proxy: Arc::clone(&self.proxy),
            calls: TaskTracker::new(),
            limits: self.limits,
            leave: leave.clone(),
        });
        // The one handler routes by itself.
        let app = answer.with_state(Arc::clone(&desk));
        let connections = TaskTracker::new();
        loop {
            let stream = tokio::select! {
                stream = accept(&self.listener) => stream,
                () = signals.next() => break,
            };
            let serving = connection::serve(stream, app.clone(), self.limits, leave.clone());
            let cut = cut.clone();
            connections.spawn(async move {
                tokio::select! {
                    biased;
                    () = serving => {}
                    () = cut.cancelled() => {}
                }
            });
        }
        drop(self.listener); // from here on, connecting is refused
        housekeeping.abort();
        drain(&desk, &connections, &leave, &cut, self.drain, &mut signals).await;
    }
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

//! Connections that nobody uses at the moment, by the origin they lead to.

use super::line::Line;
use http::uri::{Authority, Scheme};
use http::{HeaderValue, Uri};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// All origins that were asked for. Credentials name them, so there are few.
#[derive(Default)]
pub(super) struct Pool {
    origins: Mutex<Vec<Arc<Origin>>>,
    swept: AtomicBool,
}

/// Where connections lead.
pub(super) struct Origin {
    scheme: Scheme,
    authority: Authority,
    /// What the `Host` header says.
    pub(super) host: HeaderValue,
    idle: Mutex<Vec<(Line, Instant)>>,
}

impl Pool {
    /// The origin of an absolute address.
    pub(super) fn origin(&self, address: &Uri) -> Option<Arc<Origin>> {
        let (scheme, authority) = (address.scheme()?, address.authority()?);
        let mut origins = lock(&self.origins);
        if let Some(known) = origins.iter().find(|o| o.scheme == *scheme && o.authority == *authority) {
            return Some(Arc::clone(known));
        }
        let origin = Arc::new(Origin {
            scheme: scheme.clone(),
            authority: authority.clone(),
            host: host(scheme, authority)?,
            idle: Mutex::default(),
        });
        origins.push(Arc::clone(&origin));
        Some(origin)
    }

    /// Keeps a connection for the next request.
    pub(super) fn keep(self: &Arc<Self>, origin: &Origin, line: Line) {
        lock(&origin.idle).push((line, Instant::now()));
        if !self.swept.swap(true, Ordering::AcqRel) {
            tokio::spawn(sweep(Sweeping(Arc::clone(self))));
        }
    }

    /// Drops what was closed or was not used for long; `false` when nothing is left.
    fn clean(&self) -> bool {
        let origins: Vec<_> = lock(&self.origins).iter().map(Arc::clone).collect();
        let now = Instant::now();
        let mut any = false;
        for origin in origins {
            let mut idle = lock(&origin.idle);
            idle.retain_mut(|(line, since)| now - *since < IDLE && line.is_free());
            any |= !idle.is_empty();
        }
        any
    }
}

impl Origin {
    /// The connection that was used last, if it is still good.
    pub(super) fn take(&self) -> Option<Line> {
        let now = Instant::now();
        loop {
            let (mut line, since) = lock(&self.idle).pop()?;
            if now - since < IDLE && line.is_free() {
                return Some(line);
            }
        }
    }
}

async fn sweep(sweeping: Sweeping) {
    loop {
        sleep(ROUND).await;
        if !sweeping.0.clean() {
            return;
        }
    }
}

/// Also when the runtime ends first, the next connection must find the pool unswept.
struct Sweeping(Arc<Pool>);

impl Drop for Sweeping {
    fn drop(&mut self) {
        self.0.swept.store(false, Ordering::Release);
    }
}

fn host(scheme: &Scheme, authority: &Authority) -> Option<HeaderValue> {
    let usual = if *scheme == Scheme::HTTPS { 443 } else { 80 };
    match authority.port_u16().filter(|port| *port != usual) {
        Some(port) => HeaderValue::from_str(&format!("{}:{port}", authority.host())).ok(),
        None => HeaderValue::from_str(authority.host()).ok(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Shorter than what servers and middleboxes commonly keep, so that few requests meet a connection just closed.
const IDLE: Duration = Duration::from_secs(50);

const ROUND: Duration = Duration::from_secs(10);

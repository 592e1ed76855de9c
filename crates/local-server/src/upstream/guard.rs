//! Resolves names, and for tools drops every address that may not be reached. What is left is what is connected to: a
//! name that resolves to something else a moment later (DNS rebinding) is never asked a second time.

use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use proxyagent_core::tool::address::Reach;
use std::error::Error;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_service::Service;

/// The machine's resolver, guarded or not.
#[derive(Clone)]
pub(super) struct Guard {
    inner: GaiResolver,
    /// `None`: whatever the operator's own upstreams resolve to.
    reach: Option<Reach>,
}

/// All addresses of a name are ones that may not be reached.
#[derive(Debug, thiserror::Error)]
#[error("the address may not be reached")]
pub(super) struct Forbidden;

type Failure = Box<dyn Error + Send + Sync>;

impl Guard {
    pub(super) fn new(reach: Option<Reach>) -> Self {
        Self { inner: GaiResolver::new(), reach }
    }
}

impl Service<Name> for Guard {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Failure>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolving = self.inner.call(name);
        let reach = self.reach;
        Box::pin(async move { permitted(resolving.await?.collect(), reach) })
    }
}

fn permitted(
    mut found: Vec<SocketAddr>,
    reach: Option<Reach>,
) -> Result<std::vec::IntoIter<SocketAddr>, Failure> {
    if let Some(reach) = reach {
        let any = !found.is_empty();
        found.retain(|address| reach.permits(address.ip()));
        if any && found.is_empty() {
            return Err(Box::new(Forbidden));
        }
    }
    Ok(found.into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_name_resolves_to_is_judged() {
        let of = |text: &[&str]| -> Vec<SocketAddr> {
            text.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect()
        };
        let mixed = of(&["169.254.169.254", "::ffff:127.0.0.1", "8.8.8.8", "10.0.0.1"]);
        for (reach, want) in [
            (Some(Reach::Public), of(&["8.8.8.8"])),
            (Some(Reach::Private), of(&["::ffff:127.0.0.1", "8.8.8.8", "10.0.0.1"])),
            (None, mixed.clone()),
        ] {
            assert_eq!(permitted(mixed.clone(), reach).unwrap().collect::<Vec<_>>(), want);
        }
        let rebound = of(&["127.0.0.1", "169.254.169.254"]);
        assert!(permitted(rebound, Some(Reach::Public)).unwrap_err().is::<Forbidden>());
        assert!(permitted(Vec::new(), Some(Reach::Public)).is_ok(), "an unknown name is not a forbidden one");
    }
}

//! Leaving in good order: let calls finish, cut what does not, and let what was cut settle.

use crate::answer::Desk;
use proxyagent_core::maintain::write_counts;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Requests to end: the first asks, the second insists.
pub struct Signals(mpsc::Receiver<()>);

impl Signals {
    /// Whatever is sent on the channel. Dropping the sender asks for nothing.
    pub fn from_channel(receiver: mpsc::Receiver<()>) -> Self {
        Self(receiver)
    }

    /// SIGTERM and SIGINT.
    pub(crate) fn of_the_process() -> std::io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (send, receiver) = mpsc::channel(2);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                let _ = send.try_send(());
            }
        });
        Ok(Self(receiver))
    }

    pub(crate) async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending().await
        }
    }
}

/// Returns at the latest one second after `patience`, also when every upstream hangs.
pub(crate) async fn drain(
    desk: &Arc<Desk>,
    connections: &TaskTracker,
    leave: &CancellationToken,
    cut: &CancellationToken,
    patience: Duration,
    signals: &mut Signals,
) {
    let mut end = Instant::now() + patience + GRACE;
    connections.close();
    desk.calls.close();
    leave.cancel();
    let finished = async {
        connections.wait().await;
        desk.calls.wait().await;
    };
    let orderly = tokio::select! {
        () = finished => true,
        () = sleep(patience) => false,
        () = signals.next() => false,
    };
    if !orderly {
        end = end.min(Instant::now() + GRACE);
        // First the upstreams: calls end as truncated, and callers that still read hear of it.
        desk.proxy.platform.outbound().sever();
        let _ = timeout(LAST_WORDS, connections.wait()).await;
        cut.cancel();
        let _ = timeout(SETTLING, desk.calls.wait()).await;
        let left = desk.calls.len();
        if left > 0 {
            let text = format!("{left} calls did not settle in time; they are charged at their hold");
            desk.proxy.platform.journal().fault(&text);
        }
    }
    // A store that does not take them in time costs a few counts of /metrics.
    let _ = timeout(AT_LEAST, write_counts(&desk.proxy)).await;
    let left = end.saturating_duration_since(Instant::now()).clamp(AT_LEAST, GRACE);
    let desk = Arc::clone(desk);
    let flushing = tokio::task::spawn_blocking(move || {
        desk.proxy.platform.store().flush(left);
        desk.proxy.platform.journal().flush(AT_LEAST);
    });
    let _ = flushing.await;
}

/// From the end of patience to the end of the process; the parts below fit into it.
const GRACE: Duration = Duration::from_secs(1);
const LAST_WORDS: Duration = Duration::from_millis(350);
const SETTLING: Duration = Duration::from_millis(350);
const AT_LEAST: Duration = Duration::from_millis(100);

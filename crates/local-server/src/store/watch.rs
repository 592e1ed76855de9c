//! Patience with a store thread that does not come round: one clock for all that waits. A timer per batch would cost a
//! call more than its place in the queue.

use super::queue::Queue;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Looks at the queue now and then for as long as something waits in it.
pub(crate) fn watch(queue: Arc<Queue>) {
    let watching = Watching(queue);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(LOOK).await;
            if !watching.0.look(Instant::now()) {
                return;
            }
        }
    });
}

/// Also when the runtime ends before the queue does, the next batch must find it unwatched.
struct Watching(Arc<Queue>);

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.unwatch();
    }
}

/// How late a batch may be given up.
const LOOK: Duration = Duration::from_millis(100);

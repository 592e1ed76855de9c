//! One line of JSON per call, and faults, on standard error. Never a secret, never a body, and never a wait: a thread
//! of its own writes, and lines that it cannot keep up with are counted instead of queued.

mod line;

use proxyagent_core::call::CallRecord;
use proxyagent_core::redact;
use serde_json::json;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

/// A handle on the writing thread.
#[derive(Clone)]
pub(crate) struct Journal {
    lines: SyncSender<Entry>,
    lost: Arc<AtomicU64>,
}

enum Entry {
    Line(String),
    Flush(SyncSender<()>),
}

impl Journal {
    pub(crate) fn to_stderr() -> Self {
        let (lines, waiting) = sync_channel(QUEUE);
        let lost = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&lost);
        // Without the thread every line counts as lost; that is no reason not to serve.
        let _ = std::thread::Builder::new().name("journal".into()).spawn(move || write(&waiting, &seen));
        Self { lines, lost }
    }

    pub(crate) fn call(&self, record: &CallRecord) {
        self.put(line::line(record));
    }

    /// `text` holds no secret and no body; should it hold one all the same, it is redacted.
    pub(crate) fn fault(&self, text: &str) {
        self.put(json!({ "level": "error", "fault": redact::text(text) }).to_string());
    }

    /// Waits, for at most `span`, until what was put so far is written. Blocks: not for the event loop.
    pub(crate) fn flush(&self, span: Duration) {
        let (done, written) = sync_channel(1);
        if self.lines.try_send(Entry::Flush(done)).is_ok() {
            let _ = written.recv_timeout(span);
        }
    }

    fn put(&self, line: String) {
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) =
            self.lines.try_send(Entry::Line(line))
        {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Says something before, or in place of, a journal.
pub(crate) fn warn(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", json!({ "level": "warn", "fault": redact::text(text) }));
}

fn write(waiting: &Receiver<Entry>, lost: &AtomicU64) {
    let mut text = String::new();
    let mut flushed = Vec::new();
    while let Ok(first) = waiting.recv() {
        // One write for all that is there: many small ones would cost more than the lines themselves.
        for entry in std::iter::once(first).chain(waiting.try_iter().take(QUEUE)) {
            match entry {
                Entry::Line(line) => {
                    text.push_str(&line);
                    text.push('\n');
                }
                Entry::Flush(done) => flushed.push(done),
            }
        }
        let missing = lost.swap(0, Ordering::Relaxed);
        if missing > 0 {
            text.push_str(
                &json!({ "level": "warn", "fault": "journal lines lost", "lines": missing }).to_string(),
            );
            text.push('\n');
        }
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
        text.clear();
        for done in flushed.drain(..) {
            let _ = done.try_send(());
        }
        // Whoever puts a line while this thread sleeps need not wake it: under load that is most of a line's cost.
        std::thread::sleep(LINGER);
    }
}

/// How late a line may be when others came just before it.
const LINGER: Duration = Duration::from_millis(10);

/// Lines that may wait for a slow terminal or pipe.
const QUEUE: usize = 4096;

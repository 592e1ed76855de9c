//! Moves committed pages from the write-ahead log into the main file, on a thread of its own: the fsyncs that this takes
//! must not stand in the way of the next commit.

use rusqlite::Connection;
use std::sync::mpsc::Receiver;
use std::time::Duration;

/// Runs some time after each word that something was committed, until the writing thread is gone.
pub(crate) fn run(connection: &Connection, committed: &Receiver<()>) {
    while committed.recv().is_ok() {
        std::thread::sleep(PAUSE);
        while committed.try_recv().is_ok() {}
        // PASSIVE waits for nobody; what it cannot move now, it moves the next time.
        let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    }
}

/// Also the most that a power cut may take: what was committed since the last fsync.
const PAUSE: Duration = Duration::from_millis(100);

//! What both stores promise, and what each promises for itself.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says what it skips"
)]
mod both;
mod migrated;
mod postgres;
mod postgres_server;
mod sqlite;
mod world;

//! Every SQL text of the admin API and of routing, beside the reading of its rows. SQLite's dialect, as D1 takes it, and
//! nothing that Postgres would read differently (`tests/world/portable.rs` checks each statement that a test runs).

pub(crate) mod admission;
pub mod aliases;
pub(crate) mod answers;
pub mod audit;
pub(crate) mod calls;
pub(crate) mod captures;
pub mod credentials;
pub(crate) mod groups;
pub(crate) mod holds;
pub mod logs;
pub(crate) mod metrics;
pub(crate) mod notices;
pub(crate) mod prices;
mod question;
pub(crate) mod reprice;
pub mod series;
pub mod sessions;
pub mod tokens;
pub(crate) mod tool_answers;
pub(crate) mod tool_calls;
pub mod usage;

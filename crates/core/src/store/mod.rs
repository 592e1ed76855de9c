//! Every SQL text of the admin API and of routing, beside the reading of its rows. SQLite's dialect, as D1 takes it.

pub mod aliases;
pub(crate) mod answers;
pub(crate) mod calls;
pub mod credentials;
pub mod logs;
pub mod tokens;
pub mod usage;

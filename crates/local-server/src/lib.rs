//! The native home: HTTP/1.1 in through axum, SQLite behind, hyper out. It acts; what to do is decided in core.

mod admin_token;
mod answer;
mod answer_cache;
mod connection;
mod drain;
mod entropy;
mod home_dir;
mod journal;
mod master_key;
mod native;
mod server;
mod shelf;
mod socket;
mod start;
mod store;
mod streamed;
mod surviving;
mod upstream;

pub use admin_token::{AdminToken, admin_token};
pub use drain::Signals;
pub use master_key::{add_master_key, retire_master_keys, without_passphrase};
pub use native::Native;
pub use server::{Limits, Server};
pub use start::{Options, StartError, open};
pub use store::Store;
pub use store::copy::{backup, restore};
pub use upstream::tls;

//! The native home: HTTP/1.1 in through axum, SQLite or PostgreSQL behind, hyper out. It acts; what to do is decided in core.

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
mod signer;
mod socket;
mod start;
mod store;
mod streamed;
mod surviving;
mod tls;
mod upstream;
mod wire;

pub use admin_token::{AdminToken, admin_token};
pub use drain::Signals;
pub use master_key::{add_master_key, retire_master_keys, without_passphrase};
pub use native::Native;
pub use server::{Limits, Server};
pub use start::{Listening, Options, StartError, open};
pub use store::copy::{backup, restore};
pub use store::{Store, copy_store};
pub use tls::TlsFiles;
pub use upstream::tls;

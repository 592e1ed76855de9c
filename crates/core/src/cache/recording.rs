//! A streamed answer being written down as it passes. It is kept only as a whole; whatever goes wrong, it is dropped.

use super::entry::Entry;
use super::flights::Lead;
use crate::ports::Platform;
use crate::proxy::Proxy;
use bytes::Bytes;
use http::HeaderMap;

pub(crate) struct Recording {
    lead: Lead,
    headers: HeaderMap,
    pieces: Vec<Bytes>,
    room: usize,
}

impl Recording {
    pub(super) fn new(lead: Lead, headers: HeaderMap, room: usize) -> Self {
        Self { lead, headers, pieces: Vec::new(), room }
    }

    /// Takes what leaves for the caller; `None` when it is too much to keep.
    pub(crate) fn with(mut self, bytes: &Bytes) -> Option<Self> {
        self.room = self.room.checked_sub(bytes.len())?;
        self.pieces.push(bytes.clone());
        Some(self)
    }

    /// The answer was complete.
    pub(crate) async fn keep<P: Platform>(self, proxy: &Proxy<P>) {
        let entry =
            Entry { at: proxy.platform.now(), headers: self.headers, body: self.pieces.concat().into() };
        proxy.platform.keep_answer(self.lead.key(), entry.encode(), proxy.house.config.cache.ttl).await;
    }
}

//! The dashboard's files, by the assets binding. Only the core decides what is asked of it, and with which headers it
//! is answered.

use crate::platform::Edge;
use bytes::Bytes;
use proxyagent_core::ports::Shelf;

impl Shelf for Edge {
    async fn file(&self, name: &str) -> Option<Bytes> {
        let files = self.env.assets(BINDING).ok()?;
        // The host says nothing; the binding wants a whole URL.
        let mut answer = files.fetch(format!("https://dashboard/{name}"), None).await.ok()?;
        if answer.status_code() != 200 {
            return None;
        }
        answer.bytes().await.ok().map(Bytes::from)
    }
}

const BINDING: &str = "ASSETS";

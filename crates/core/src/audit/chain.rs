//! One entry, and the hash that ties it to the one before it.

use crate::ports::{Row, Rows, StoreError};
use crate::time::UnixMs;
use sha2::{Digest, Sha256};

/// One row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub seq: i64,
    pub at: UnixMs,
    pub actor: String,
    pub action: String,
    pub subject: String,
    pub request_id: String,
    pub detail: String,
    pub marks: String,
    pub prev: String,
    pub hash: String,
}

/// The end of the chain: where the next entry goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) seq: i64,
    pub(crate) hash: String,
}

impl Default for Head {
    /// Of a chain without entries.
    fn default() -> Self {
        Self { seq: 0, hash: "0".repeat(64) }
    }
}

impl Head {
    pub(crate) fn from_rows(rows: &[Rows]) -> Result<Self, StoreError> {
        match rows.first().and_then(|rows| rows.first()) {
            Some(row) => Ok(Self { seq: row.int(0)?, hash: row.text(1)?.to_owned() }),
            None => Ok(Self::default()),
        }
    }
}

impl Default for Entry {
    fn default() -> Self {
        let text = String::new;
        Self {
            seq: 0,
            at: UnixMs(0),
            actor: text(),
            action: text(),
            subject: text(),
            request_id: text(),
            detail: text(),
            marks: text(),
            prev: text(),
            hash: text(),
        }
    }
}

impl Entry {
    /// The entry as the next of the chain.
    pub(crate) fn behind(mut self, head: &Head) -> Self {
        self.seq = head.seq + 1;
        self.prev.clone_from(&head.hash);
        self.hash = self.digest();
        self
    }

    /// What its hash must be.
    pub(crate) fn digest(&self) -> String {
        let (seq, at) = (self.seq.to_string(), self.at.0.to_string());
        let parts = [
            &self.prev,
            &seq,
            &at,
            &self.actor,
            &self.action,
            &self.subject,
            &self.request_id,
            &self.detail,
            &self.marks,
        ];
        // Each part behind its length: no two entries have the same bytes.
        let mut hash = Sha256::new_with_prefix(b"proxyagent audit 1");
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hex(&hash.finalize())
    }

    pub fn from_row(row: &Row) -> Result<Self, StoreError> {
        let text = |column| row.text(column).map(str::to_owned);
        Ok(Self {
            seq: row.int(0)?,
            at: UnixMs(row.int(1)?),
            actor: text(2)?,
            action: text(3)?,
            subject: text(4)?,
            request_id: text(5)?,
            detail: text(6)?,
            marks: text(7)?,
            prev: text(8)?,
            hash: text(9)?,
        })
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! The record of what was done to this proxy, as a hash chain. An admin action and its entry are one batch: neither is
//! there without the other. Calls are sealed in batches by housekeeping, never on their way.

mod chain;
mod seal;
mod verify;

pub use chain::Entry;
pub(crate) use seal::seal;
pub(crate) use verify::verify;

use crate::admin::Admin;
use crate::ports::{Platform, Rows, Statement, StoreError};
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::store::audit::{self, Only};
use chain::Head;
use serde_json::Value;

/// An admin action.
pub(crate) struct Deed<'a> {
    /// `THING.VERB`.
    pub(crate) action: &'static str,
    /// The id or the name of what is changed.
    pub(crate) subject: &'a str,
    /// What is changed to what. Strings in it are redacted.
    pub(crate) detail: Value,
    /// When this does not hold, the change changes nothing, and nothing is recorded.
    pub(crate) only: Only,
}

/// Makes the change and writes its entry in one batch. The rows of the change's statements, in order.
///
/// # Errors
/// When the store is down, or refuses the change.
pub(crate) async fn carry_out<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    deed: Deed<'_>,
    change: Vec<Statement>,
) -> Result<Vec<Rows>, Problem> {
    let mut detail = deed.detail;
    redact(proxy, &mut detail);
    let subject = proxy.house.redacted(deed.subject);
    let request_id = proxy.house.redacted(admin.request_id());
    let mut refused = StoreError::Unavailable;
    for _ in 0..TRIES {
        let head = Head::from_rows(&proxy.platform.batch(vec![audit::head()]).await?)?;
        let entry = Entry {
            at: proxy.platform.now(),
            actor: admin.actor(),
            action: deed.action.to_owned(),
            subject: subject.clone().into_owned(),
            request_id: request_id.clone().into_owned(),
            detail: detail.to_string(),
            ..Entry::default()
        };
        // Before the change: what the entry asks for may be gone behind it.
        let mut statements = vec![audit::insert(&entry.behind(&head), &deed.only)];
        statements.extend(change.iter().cloned());
        match proxy.platform.batch(statements).await {
            Ok(mut rows) => {
                rows.remove(0);
                return Ok(rows);
            }
            // Another entry was written in between, so this one's number is taken.
            Err(StoreError::Refused) => refused = StoreError::Refused,
            Err(error) => return Err(error.into()),
        }
    }
    Err(refused.into())
}

fn redact<P: Platform>(proxy: &Proxy<P>, value: &mut Value) {
    match value {
        Value::String(text) => *text = proxy.house.redacted(text).into_owned(),
        Value::Array(values) => values.iter_mut().for_each(|value| redact(proxy, value)),
        Value::Object(fields) => fields.values_mut().for_each(|value| redact(proxy, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

const TRIES: usize = 16;

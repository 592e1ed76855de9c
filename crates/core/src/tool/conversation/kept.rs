//! Conversations that the provider keeps (Responses with `store`): what a later `previous_response_id` leads to, and
//! the calls that the provider still waits for.

use super::Conversation;
use super::answer::Call;
use super::members::Members;
use super::request;
use crate::dialect::Dialect;
use crate::ports::{Platform, StoreError};
use crate::proxy::Proxy;
use crate::store::tool_answers::{self, KeptAnswer};
use crate::token::TokenHash;
use bytes::Bytes;
use serde_json::{Value, json};
use std::sync::Arc;

/// The body of a call that builds on such a conversation, as the provider understands it. `None`: it builds on none.
pub(crate) async fn resumed<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    hash: &TokenHash,
    body: &[u8],
    previous: &str,
) -> Result<Option<Bytes>, StoreError> {
    let rows = proxy.platform.batch(vec![tool_answers::find(previous, hash)]).await?;
    let Some(row) = rows.first().and_then(|rows| rows.first()) else { return Ok(None) };
    let Some(mut members) = Members::read(body) else { return Ok(None) };
    members.set("previous_response_id", &row.text(0)?.into());
    let unanswered: Vec<String> = serde_json::from_str(row.text(1)?).map_err(|_| StoreError::Malformed)?;
    let outputs = unanswered
        .iter()
        .map(|id| json!({"type": "function_call_output", "call_id": id, "output": NOT_RUN}))
        .collect::<Vec<Value>>();
    if !outputs.is_empty() {
        request::list_input(&mut members);
        members.append("input", &outputs);
    }
    Ok(Some(members.to_bytes()))
}

impl<P: Platform> Conversation<P> {
    /// Before the end of the last answer leaves: notes what a later call must know. `shown` is the id that the caller
    /// has seen, `hidden` are the calls that it has not.
    pub(super) async fn keep(&self, shown: &str, last: &Value, hidden: &[Call]) {
        let kept = self.request.value("store") != Some(Value::Bool(false));
        let last = last.get("id").and_then(Value::as_str).unwrap_or_default();
        if self.kit.dialect != Dialect::Responses || !kept || last.is_empty() || shown.is_empty() {
            return;
        }
        if shown == last && hidden.is_empty() {
            return;
        }
        let unanswered = json!(hidden.iter().map(|call| call.id.as_str()).collect::<Vec<_>>()).to_string();
        let answer = KeptAnswer { shown, last, unanswered };
        let statement = tool_answers::keep(&answer, &self.hash, self.proxy.platform.now());
        if self.proxy.platform.batch(vec![statement]).await.is_err() {
            self.proxy.platform.fault("a kept conversation could not be noted; it cannot be built on");
        }
    }
}

const NOT_RUN: &str = "This tool was not run, because tools of the caller were called in the same turn. Call it again if its result is still needed.";

//! Conversations that the provider keeps (Responses with `store`): what a later `previous_response_id` leads to, and
//! the calls that the provider still waits for.

use super::answer::Call;
use super::members::Members;
use super::{Conversation, Opening, request};
use crate::dialect::Dialect;
use crate::envelope::Envelope;
use crate::headers;
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::store::tool_answers::{self, KeptAnswer};
use serde_json::{Value, json};
use std::sync::Arc;

/// A call that builds on such a conversation, as the provider understands it; any other as it came.
///
/// # Errors
/// The store does not answer.
pub(super) async fn resume<P: Platform>(proxy: &Arc<Proxy<P>>, opening: Opening) -> Result<Opening, Problem> {
    let Some(previous) = &opening.envelope.previous else { return Ok(opening) };
    let rows = proxy.platform.batch(vec![tool_answers::find(previous, &opening.hash)]).await?;
    let Some(row) = rows.first().and_then(|rows| rows.first()) else { return Ok(opening) };
    let mut members = Members::read(&opening.body).ok_or(Problem::Internal)?;
    members.set("previous_response_id", &row.text(0)?.into());
    let unanswered: Vec<String> = serde_json::from_str(row.text(1)?).map_err(|_| Problem::Internal)?;
    let outputs: Vec<Value> = unanswered
        .iter()
        .map(|id| json!({"type": "function_call_output", "call_id": id, "output": NOT_RUN}))
        .collect();
    if !outputs.is_empty() {
        request::list_input(&mut members);
        members.append("input", &outputs);
    }
    let body = members.to_bytes();
    let kind = headers::content_type(&opening.parts.headers);
    let envelope = Envelope::read(&opening.route, kind, headers::asks_events(&opening.parts), &body)?;
    Ok(Opening { body, envelope, ..opening })
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
        let statement = tool_answers::keep(&answer, &self.opening.hash, self.proxy.platform.now());
        if self.proxy.platform.batch(vec![statement]).await.is_err() {
            self.proxy.platform.fault("a kept conversation could not be noted; it cannot be built on");
        }
    }
}

const NOT_RUN: &str = "This tool was not run, because tools of the caller were called in the same turn. Call it again if its result is still needed.";

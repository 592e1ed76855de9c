//! What one call asked and was answered, where it was captured. Whoever reads it is recorded.

use super::Admin;
use super::answer::Answer;
use crate::audit::{self, Deed};
use crate::capture;
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::store::audit::Only;
use crate::store::captures;
use serde::Serialize;
use serde_json::json;

#[derive(Serialize)]
struct Content<'a> {
    id: &'a str,
    request: String,
    answer: String,
}

pub(super) async fn show<P: Platform>(proxy: &Proxy<P>, admin: &Admin, id: &str) -> Result<Answer, Problem> {
    let deed = Deed { action: "content.read", subject: id, detail: json!({}), only: Only::capture(id) };
    let rows = audit::carry_out(proxy, admin, deed, vec![captures::find(id)]).await?;
    let row = rows.iter().flatten().next();
    let row = row.ok_or_else(|| Problem::NotFound(format!("captured content of the call {id:?}")))?;
    let vault = proxy.house.vault().ok_or(Problem::Internal)?;
    let opened = capture::open(&vault, id, row.text(0)?, row.text(1)?);
    let [request, answer] = opened.ok_or_else(|| {
        Problem::AdminInvalid("it does not open: its master key is gone, or it was changed".to_owned())
    })?;
    Answer::of(&Content { id, request, answer })
}

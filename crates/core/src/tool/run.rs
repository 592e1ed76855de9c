//! One call of a tool, from the token to the row: admitted with its price as the hold, validated, sent, settled. It
//! takes the same ledger as a model's call, so every limit of the token holds for it too.

use super::fetch::{self, Fetched, Unfetched, fetch};
use super::registry::{Runner, Tool};
use super::schema;
use crate::call::{CallRecord, End, ModelRef, Pricing};
use crate::dialect::{Dialect, Operation};
use crate::hold::Worst;
use crate::ledger::{self, Admitted, Held};
use crate::memory::{self, Freshness};
use crate::money::Nano;
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::request_id;
use crate::store::tool_calls::{self, ToolCall};
use crate::token::{Token, TokenHash};
use crate::usage::Reading;
use bytes::Bytes;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Who calls a tool, and on whose behalf.
pub(crate) struct Caller<'a> {
    pub(crate) hash: &'a TokenHash,
    pub(crate) request_id: &'a str,
    pub(crate) dialect: Dialect,
}

/// What a tool gave. An error is a result too: the model reads it and goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) text: String,
    pub(crate) is_error: bool,
}

/// Runs the tool of that name.
///
/// # Errors
/// When the call is not admitted: the token, its scope, its limits. Everything behind that is a result.
pub(crate) async fn run<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    caller: &Caller<'_>,
    name: &str,
    arguments: &Value,
) -> Result<Ran, Problem> {
    let now = proxy.platform.now();
    let id = request_id::fresh(now, &proxy.platform);
    let request_id = caller.request_id.to_owned();
    let mut record =
        CallRecord::begin(id, request_id, now, proxy.platform.stopwatch(), caller.dialect, Operation::Tool);
    let asked = ModelRef { provider: PROVIDER, model: name.chars().take(64).collect() };
    record.asked = Some(asked);
    match admit(proxy, caller.hash, name, &mut record).await {
        Ok((held, tool)) => Ok(perform(proxy, held, &tool, arguments).await),
        Err(problem) => {
            ledger::refuse(proxy, &mut record, &problem).await;
            Err(problem)
        }
    }
}

/// The tools that a token may use, by name.
pub(crate) fn offered<P: Platform>(proxy: &Proxy<P>, token: &Token) -> Vec<Arc<Tool>> {
    let all = proxy.house.config.tools.all().iter();
    all.filter(|tool| token.scope.covers_tool(&tool.name)).cloned().collect()
}

async fn admit<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    hash: &TokenHash,
    name: &str,
    record: &mut CallRecord,
) -> Result<(Box<Held>, Arc<Tool>), Problem> {
    // A tool is slow beside one question to the store, so nothing remembered is tried first.
    for _ in 0..ROUNDS {
        let (token, routing) = memory::look_up(proxy, hash, Freshness::Fresh).await?;
        let token = token.ok_or(Problem::TokenUnknown)?;
        record.token_id = Some(token.id.clone());
        let allowed = token.live(record.started)?.allow_tool(name)?;
        // What the token may not use and what is not there look the same.
        let tool = proxy.house.config.tools.find(name).ok_or_else(|| Problem::tool_unknown(name))?;
        record.target.clone_from(&record.asked);
        let (worst, prices) = (Worst { cost: tool.price, tokens: 0 }, proxy.house.prices());
        match ledger::admit(proxy, &allowed, routing.epoch, &worst, &prices, record).await? {
            Admitted::Held(held) => return Ok((held, Arc::clone(tool))),
            Admitted::Stale => {}
            Admitted::Refused(problem) => return Err(problem),
        }
    }
    Err(Problem::StoreDown)
}

async fn perform<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    mut held: Box<Held>,
    tool: &Tool,
    arguments: &Value,
) -> Ran {
    held.record.attempts = 1;
    held.record.end = End::Complete;
    held.record.status = 200;
    let mut call = ToolCall::default();
    let ran = match prepare(tool, arguments) {
        Err(why) => {
            (held.record.status, held.record.error, held.record.attempts) = (400, Some("tool_arguments"), 0);
            Ran { text: why, is_error: true }
        }
        Ok((request, arguments)) => {
            call.sent_bytes = request.body().len() + request.uri().query().map_or(0, str::len);
            let limits = match &tool.runner {
                Runner::Http(http) => http.limits.clone(),
                Runner::Search(search) => search.limits(),
            };
            let got = fetch(&proxy.platform, request, &limits).await;
            if got.as_ref().err().is_none_or(|unfetched| unfetched.may_have_worked()) {
                held.record.cost = tool.price;
            }
            match got {
                Ok(fetched) => {
                    call.received_bytes = fetched.body.len();
                    call.status = Some(fetched.status);
                    let ran = read(tool, arguments, &fetched);
                    if ran.is_error {
                        (held.record.status, held.record.error) = (502, Some("tool_failed"));
                    }
                    ran
                }
                Err(unfetched) => {
                    if unfetched == Unfetched::CredentialRefused {
                        proxy.platform.fault(&format!("the tool {} had its credential refused", tool.name));
                    }
                    held.record.status = if unfetched == Unfetched::Slow { 504 } else { 502 };
                    held.record.error = Some(unfetched.code());
                    Ran { text: unfetched.to_string(), is_error: true }
                }
            }
        }
    };
    held.record.pricing = if held.record.cost == Nano::ZERO { Pricing::Free } else { Pricing::Exact };
    held.also.push(tool_calls::insert(&held.record, &call));
    held.settle(proxy, &Reading::default()).await;
    let clean = proxy.house.scrubber().clean(Bytes::from(ran.text));
    Ran { text: String::from_utf8_lossy(&clean).into_owned(), is_error: ran.is_error }
}

/// The request of a call whose arguments are what the tool's schema says.
fn prepare<'a>(
    tool: &Tool,
    arguments: &'a Value,
) -> Result<(http::Request<Bytes>, &'a Map<String, Value>), String> {
    schema::check(&tool.input_schema, arguments)?;
    let members = arguments.as_object().ok_or("arguments must be an object")?;
    let request = match &tool.runner {
        Runner::Http(http) => http.request(members),
        Runner::Search(search) => search.request(members),
    }?;
    Ok((request, members))
}

fn read(tool: &Tool, arguments: &Map<String, Value>, fetched: &Fetched) -> Ran {
    let failed = |text: String| Ran { text, is_error: true };
    let Some(text) = fetch::text(&fetched.body) else {
        return failed("the tool's answer is not text".to_owned());
    };
    if !(200..300).contains(&fetched.status) {
        let start = text.get(..text.floor_char_boundary(SHOWN_OF_A_FAILURE)).unwrap_or(text);
        return failed(format!("the tool answered with status {}: {start}", fetched.status));
    }
    match &tool.runner {
        Runner::Http(_) => Ran { text: text.to_owned(), is_error: false },
        Runner::Search(search) => match search.results(&fetched.body, arguments) {
            Some(text) => Ran { text, is_error: false },
            None => failed("the search gave no results that can be read".to_owned()),
        },
    }
}

/// What stands in rows where a model's provider would.
pub(crate) const PROVIDER: &str = "tool";
/// How often an admission is tried while the token or the routing changes.
const ROUNDS: usize = 4;
/// Bytes of a failed answer that are shown to the model.
const SHOWN_OF_A_FAILURE: usize = 2048;

//! Whether a call brings the proxy's tools along, which ones, and how far it may go with them.

use crate::call::CallRecord;
use crate::dialect::{Dialect, Operation};
use crate::envelope::Envelope;
use crate::memory::{self, Freshness};
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::token::TokenHash;
use crate::tool::registry::Tool;
use crate::tool::run::offered;
use http::HeaderMap;
use std::sync::Arc;

/// The tools of one conversation.
pub(super) struct Kit {
    pub(super) dialect: Dialect,
    pub(super) tools: Vec<Arc<Tool>>,
    /// How often tools are run before a call is handed back.
    pub(super) most_steps: u32,
}

impl Kit {
    pub(super) fn manages(&self, name: &str) -> bool {
        self.tools.iter().any(|tool| tool.name == name)
    }
}

/// `None`: an ordinary call.
///
/// # Errors
/// [`Problem::BodyInvalid`] for headers that say nothing clear, and for requests that a conversation with tools cannot be
/// made of.
pub(super) async fn kit<P: Platform>(
    proxy: &Arc<Proxy<P>>,
    headers: &HeaderMap,
    hash: &TokenHash,
    envelope: &Envelope,
    record: &CallRecord,
) -> Result<Option<Kit>, Problem> {
    if record.operation != Operation::Generate {
        return Ok(None);
    }
    match headers.get(TOOLS).map(|value| value.as_bytes()) {
        None if !by_setting(proxy, hash).await => return Ok(None),
        Some(b"off") => return Ok(None),
        None | Some(b"on") => {}
        Some(_) => return Err(Problem::BodyInvalid(format!("{TOOLS} is on or off"))),
    }
    let most_steps = match headers.get(MOST_STEPS) {
        None => DEFAULT_STEPS,
        Some(value) => {
            let steps = value.to_str().ok().and_then(|text| text.parse().ok());
            steps.filter(|steps| *steps <= HIGHEST_STEPS).ok_or_else(|| {
                Problem::BodyInvalid(format!("{MOST_STEPS} is a whole number from 0 to {HIGHEST_STEPS}"))
            })?
        }
    };
    // What is offered is decided by what the store says now. A token that is wrong is refused as in any other call.
    let (Some(token), _) = memory::look_up(proxy, hash, Freshness::Fresh).await? else { return Ok(None) };
    let tools = offered(proxy, &token);
    if tools.is_empty() || (headers.get(TOOLS).is_none() && !token.tools) {
        return Ok(None);
    }
    if envelope.choices > 1 {
        return Err(Problem::BodyInvalid("tools of the proxy answer one choice at a time".into()));
    }
    if envelope.array {
        return Err(Problem::BodyInvalid("tools of the proxy need a stream of events: add alt=sse".into()));
    }
    Ok(Some(Kit { dialect: record.dialect, tools, most_steps }))
}

/// Whether the token brings tools along without being asked, as far as is remembered. An edit that takes them away counts
/// from the next call on; one that brings them may be seen one call late, when the admission has read the token again.
async fn by_setting<P: Platform>(proxy: &Arc<Proxy<P>>, hash: &TokenHash) -> bool {
    if proxy.house.config.tools.all().is_empty() {
        return false;
    }
    let found = memory::look_up(proxy, hash, Freshness::Cached).await;
    found.is_ok_and(|(token, _)| token.is_some_and(|token| token.tools))
}

const TOOLS: &str = "x-proxyagent-tools";
const MOST_STEPS: &str = "x-proxyagent-tool-steps-max";
const DEFAULT_STEPS: u32 = 6;
const HIGHEST_STEPS: u32 = 50;

//! Machine tokens: mint, list, edit, revoke.

use super::Admin;
use super::answer::Answer;
use super::body::{self, present};
use super::dollars::{self, Dollars};
use super::groups;
use crate::audit::{self, Deed};
use crate::money::Nano;
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::redact;
use crate::scope::Scope;
use crate::store::audit::Only;
use crate::store::tokens::{self, Edit, Entry};
use crate::time::{Millis, UnixMs};
use crate::token::{Token, mint, random_base62};
use crate::window::Window;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use std::num::NonZeroU32;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    label: String,
    scope: Option<Vec<String>>,
    ttl_seconds: Option<i64>,
    rate_limit: Option<i64>,
    budget_usd: Option<Box<RawValue>>,
    budget_window: Option<String>,
    budget_group: Option<String>,
    tokens_per_minute: Option<i64>,
    concurrency: Option<i64>,
    /// The proxy's tools are offered to the model in every call.
    tools: Option<bool>,
}

/// Absent: stays as it is. `null`: no limit any more.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    label: Option<String>,
    scope: Option<Vec<String>>,
    /// From now on, not from when the token was minted.
    #[serde(default, deserialize_with = "present")]
    ttl_seconds: Option<Option<i64>>,
    #[serde(default, deserialize_with = "present")]
    rate_limit: Option<Option<i64>>,
    #[serde(default, deserialize_with = "present")]
    budget_usd: Option<Option<Box<RawValue>>>,
    #[serde(default, deserialize_with = "present")]
    budget_window: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    budget_group: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    tokens_per_minute: Option<Option<i64>>,
    #[serde(default, deserialize_with = "present")]
    concurrency: Option<Option<i64>>,
    tools: Option<bool>,
}

#[derive(Serialize)]
struct Created<'a> {
    /// The only time it is shown.
    token: &'a str,
    id: &'a str,
    label: &'a str,
    scope: &'a [String],
    budget_usd: Option<Dollars>,
    budget_window: Option<String>,
    budget_group: Option<&'a str>,
    rate_limit: Option<NonZeroU32>,
    tokens_per_minute: Option<NonZeroU32>,
    concurrency: Option<NonZeroU32>,
    tools: bool,
    expires_ms: Option<i64>,
    masked: &'a str,
    note: String,
}

#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    label: &'a str,
    masked: &'a str,
    scope: &'a [String],
    status: &'static str,
    revoked: bool,
    revoked_ms: Option<i64>,
    rate_limit: Option<NonZeroU32>,
    tokens_per_minute: Option<NonZeroU32>,
    concurrency: Option<NonZeroU32>,
    open_calls: i64,
    tools: bool,
    created_ms: i64,
    expires_ms: Option<i64>,
    last_used_ms: Option<i64>,
    budget_usd: Option<Dollars>,
    /// `null`: for ever.
    budget_window: Option<String>,
    /// The window that `spent_usd` is of, and when the next one begins.
    window_start_ms: Option<i64>,
    window_end_ms: Option<i64>,
    budget_group: Option<&'a str>,
    spent_usd: Dollars,
    held_usd: Dollars,
    budget_nano: Option<i64>,
    spent_nano: i64,
    held_nano: i64,
    version: i64,
}

#[derive(Serialize)]
struct List<'a> {
    tokens: Vec<Listed<'a>>,
}

#[derive(Serialize)]
struct Revoked<'a> {
    id: &'a str,
    revoked: bool,
}

/// Mints a token.
pub(super) async fn create<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    body: &Bytes,
) -> Result<Answer, Problem> {
    let wanted: Wanted = body::read(body)?;
    let now = proxy.platform.now();
    let entries = wanted.scope.unwrap_or_default();
    let unscoped = entries.is_empty();
    let token = Token {
        id: format!("tok_{}", random_base62(&proxy.platform, ID_LENGTH)),
        label: label(wanted.label)?,
        scope: if unscoped { Scope::everything() } else { scope(proxy, &entries)? },
        version: 1,
        expires: wanted.ttl_seconds.map(|ttl| expiry(ttl, now)).transpose()?,
        revoked: None,
        rate_limit: wanted.rate_limit.map(|n| limit("rate_limit", n)).transpose()?,
        budget: wanted.budget_usd.as_deref().map(budget).transpose()?,
        window: wanted.budget_window.as_deref().map(window).transpose()?,
        group: groups::known(proxy, wanted.budget_group).await?,
        token_rate: wanted.tokens_per_minute.map(|n| limit("tokens_per_minute", n)).transpose()?,
        concurrency: wanted.concurrency.map(|n| limit("concurrency", n)).transpose()?,
        tools: wanted.tools.unwrap_or(false),
    };
    let minted = mint(&proxy.platform);
    let deed = Deed {
        action: "token.create",
        subject: &token.id,
        detail: json!({
            "label": token.label, "scope": token.scope.entries(), "masked": minted.masked,
            "expires_ms": token.expires.map(|at| at.0), "rate_limit": token.rate_limit,
            "budget_nano": token.budget.map(|budget| budget.0), "budget_window": token.window.map(Window::name),
            "budget_group": token.group, "tokens_per_minute": token.token_rate,
            "concurrency": token.concurrency,
        }),
        only: Only::Always,
    };
    audit::carry_out(proxy, admin, deed, vec![tokens::insert(&token, &minted, now)]).await?;
    let mut note = "Keep the token now: it is not shown again.".to_owned();
    if unscoped {
        note.push_str(" No scope was given, so it may use every provider and model (scope *).");
    }
    Answer::of(&Created {
        token: minted.text.expose(),
        id: &token.id,
        label: &token.label,
        scope: token.scope.entries(),
        budget_usd: token.budget.map(Dollars),
        budget_window: token.window.map(Window::name),
        budget_group: token.group.as_deref(),
        rate_limit: token.rate_limit,
        tokens_per_minute: token.token_rate,
        concurrency: token.concurrency,
        tools: token.tools,
        expires_ms: token.expires.map(|at| at.0),
        masked: &minted.masked,
        note,
    })
}

/// All tokens, also those of no more use.
pub(super) async fn list<P: Platform>(proxy: &Proxy<P>, _: &Admin) -> Result<Answer, Problem> {
    let rows = proxy.platform.batch(vec![tokens::list()]).await?;
    let entries: Vec<Entry> = rows.iter().flatten().map(Entry::from_row).collect::<Result<_, _>>()?;
    let now = proxy.platform.now();
    Answer::of(&List { tokens: entries.iter().map(|entry| listed(entry, now)).collect() })
}

/// Changes what the body names. Calls admitted before go on.
pub(super) async fn edit<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    id: &str,
    body: &Bytes,
) -> Result<Answer, Problem> {
    let changes: Changes = body::read(body)?;
    let now = proxy.platform.now();
    let edit = Edit {
        label: changes.label.map(label).transpose()?,
        scope: changes.scope.map(|entries| scope(proxy, &entries)).transpose()?,
        expires: changes.ttl_seconds.map(|ttl| ttl.map(|ttl| expiry(ttl, now)).transpose()).transpose()?,
        rate_limit: limits("rate_limit", changes.rate_limit)?,
        budget: changes.budget_usd.map(|usd| usd.as_deref().map(budget).transpose()).transpose()?,
        window: changes.budget_window.map(|span| span.as_deref().map(window).transpose()).transpose()?,
        group: match changes.budget_group {
            Some(group) => Some(groups::known(proxy, group).await?),
            None => None,
        },
        token_rate: limits("tokens_per_minute", changes.tokens_per_minute)?,
        concurrency: limits("concurrency", changes.concurrency)?,
        tools: changes.tools,
    };
    if edit == Edit::default() {
        return Err(Problem::AdminInvalid("the body changes nothing".to_owned()));
    }
    // What was asked for, as it was asked for: fields that are left out stay as they are.
    let detail = serde_json::from_slice(body).unwrap_or_default();
    let deed = Deed { action: "token.edit", subject: id, detail, only: Only::token(id) };
    let rows = audit::carry_out(proxy, admin, deed, vec![tokens::edit(id, &edit, now)]).await?;
    let row = rows.iter().flatten().next().ok_or_else(|| unknown(id))?;
    Answer::of(&listed(&Entry::from_row(row)?, now))
}

/// Revokes for ever. Doing it again changes nothing.
pub(super) async fn revoke<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    id: &str,
) -> Result<Answer, Problem> {
    let deed = Deed { action: "token.revoke", subject: id, detail: json!({}), only: Only::token(id) };
    let rows = audit::carry_out(proxy, admin, deed, vec![tokens::revoke(id, proxy.platform.now())]).await?;
    rows.iter().flatten().next().ok_or_else(|| unknown(id))?;
    Answer::of(&Revoked { id, revoked: true })
}

fn listed(entry: &Entry, now: UnixMs) -> Listed<'_> {
    let token = &entry.token;
    Listed {
        id: &token.id,
        label: &token.label,
        masked: &entry.masked,
        scope: token.scope.entries(),
        status: status(entry, now),
        revoked: token.revoked.is_some(),
        revoked_ms: token.revoked.map(|at| at.0),
        rate_limit: token.rate_limit,
        tokens_per_minute: token.token_rate,
        concurrency: token.concurrency,
        open_calls: entry.open_calls,
        tools: token.tools,
        created_ms: entry.created.0,
        expires_ms: token.expires.map(|at| at.0),
        last_used_ms: entry.last_used.map(|at| at.0),
        budget_usd: token.budget.map(Dollars),
        budget_window: token.window.map(Window::name),
        window_start_ms: token.window.map(|window| window.start(now).0),
        window_end_ms: token.window.map(|window| window.end(now).0),
        budget_group: token.group.as_deref(),
        spent_usd: Dollars(entry.spent_now(now)),
        held_usd: Dollars(entry.held),
        budget_nano: token.budget.map(|budget| budget.0),
        spent_nano: entry.spent_now(now).0,
        held_nano: entry.held.0,
        version: token.version,
    }
}

/// Why its calls are refused, if they are. `exhausted` is what is spent; what is only held may come back.
fn status(entry: &Entry, now: UnixMs) -> &'static str {
    let token = &entry.token;
    if token.revoked.is_some() {
        "revoked"
    } else if token.expires.is_some_and(|at| at <= now) {
        "expired"
    } else if token.budget.is_some_and(|budget| budget <= entry.spent_now(now)) {
        "exhausted"
    } else {
        "active"
    }
}

fn unknown(id: &str) -> Problem {
    Problem::NotFound(format!("token {id:?}"))
}

fn label(label: String) -> Result<String, Problem> {
    // Also what turns the direction of text around or breaks lines: a label must look like what it is.
    let deceives = |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if label.trim().is_empty() || label.chars().count() > LONGEST_LABEL {
        return Err(Problem::AdminInvalid(format!("label must be 1 to {LONGEST_LABEL} characters long")));
    }
    if label.contains(deceives) {
        return Err(Problem::AdminInvalid("label must not hold control characters".to_owned()));
    }
    // A key pasted into the wrong field would be listed for ever.
    Ok(redact::text(&label).into_owned())
}

fn scope<P>(proxy: &Proxy<P>, entries: &[String]) -> Result<Scope, Problem> {
    Scope::parse(entries, &proxy.house.config.directory).map_err(Problem::AdminInvalid)
}

fn expiry(ttl_seconds: i64, now: UnixMs) -> Result<UnixMs, Problem> {
    match u64::try_from(ttl_seconds) {
        Ok(ttl @ 1..=LONGEST_TTL) => Ok(now + Millis::seconds(ttl)),
        Ok(ttl) if ttl > LONGEST_TTL => {
            Err(Problem::AdminInvalid(format!("ttl_seconds must be at most {LONGEST_TTL}")))
        }
        _ => Err(Problem::AdminInvalid(
            "ttl_seconds must be at least 1; leave it out, or null, for a token that does not expire"
                .to_owned(),
        )),
    }
}

/// A limit of calls, of model tokens, of either per minute.
fn limit(name: &str, value: i64) -> Result<NonZeroU32, Problem> {
    let limit = u32::try_from(value).ok().filter(|limit| *limit <= HIGHEST_RATE).and_then(NonZeroU32::new);
    limit.ok_or_else(|| {
        Problem::AdminInvalid(format!(
            "{name} is 1 to {HIGHEST_RATE}; leave it out, or null, for no limit, and revoke a token that may call nothing"
        ))
    })
}

fn limits(name: &str, value: Option<Option<i64>>) -> Result<Option<Option<NonZeroU32>>, Problem> {
    value.map(|value| value.map(|value| limit(name, value)).transpose()).transpose()
}

pub(super) fn window(span: &str) -> Result<Window, Problem> {
    Window::parse(span).ok_or_else(|| {
        Problem::AdminInvalid("budget_window is day, week, month, or days as in 30d (UTC)".to_owned())
    })
}

pub(super) fn budget(usd: &RawValue) -> Result<Nano, Problem> {
    dollars::parse(usd).map_err(|why| Problem::AdminInvalid(format!("budget_usd {why}")))
}

const ID_LENGTH: usize = 16;
const LONGEST_LABEL: usize = 200;
/// A hundred years, in seconds.
const LONGEST_TTL: u64 = 3_153_600_000;
/// One call per microsecond is the finest that the limiter can tell apart.
const HIGHEST_RATE: u32 = 60_000_000;

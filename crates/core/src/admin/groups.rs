//! Groups of tokens that share one budget.

use super::Admin;
use super::answer::Answer;
use super::body::{self, percent_decoded};
use super::dollars::Dollars;
use super::tokens;
use crate::audit::{self, Deed};
use crate::budget::Budget;
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::store::audit::Only;
use crate::store::groups::{self, Group};
use crate::window::Window;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    budget_usd: Box<RawValue>,
    budget_window: Option<String>,
}

#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    budget_usd: Dollars,
    budget_window: Option<String>,
    window_start_ms: Option<i64>,
    window_end_ms: Option<i64>,
    spent_usd: Dollars,
    held_usd: Dollars,
    budget_nano: i64,
    spent_nano: i64,
    held_nano: i64,
    tokens: i64,
}

#[derive(Serialize)]
struct List<'a> {
    groups: Vec<Listed<'a>>,
}

#[derive(Serialize)]
struct Done<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    removed: Option<bool>,
}

/// All groups.
pub(super) async fn list<P: Platform>(proxy: &Proxy<P>, _: &Admin) -> Result<Answer, Problem> {
    let rows = proxy.platform.batch(vec![groups::list()]).await?;
    let all: Vec<Group> = rows.iter().flatten().map(Group::from_row).collect::<Result<_, _>>()?;
    let now = proxy.platform.now();
    let listed = all.iter().map(|group| {
        let window = group.budget.window;
        Listed {
            name: &group.name,
            budget_usd: Dollars(group.budget.amount),
            budget_window: window.map(Window::name),
            window_start_ms: window.map(|window| window.start(now).0),
            window_end_ms: window.map(|window| window.end(now).0),
            spent_usd: Dollars(group.spent_now(now)),
            held_usd: Dollars(group.held),
            budget_nano: group.budget.amount.0,
            spent_nano: group.spent_now(now).0,
            held_nano: group.held.0,
            tokens: group.tokens,
        }
    });
    Answer::of(&List { groups: listed.collect() })
}

/// Makes a group, or changes its budget; that counts from the next call of any of its tokens on.
pub(super) async fn put<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    encoded: &str,
    body: &Bytes,
) -> Result<Answer, Problem> {
    let name = named(encoded)?;
    let wanted: Wanted = body::read(body)?;
    let budget = Budget {
        amount: tokens::budget(&wanted.budget_usd)?,
        window: wanted.budget_window.as_deref().map(tokens::window).transpose()?,
    };
    let detail = json!({ "budget_nano": budget.amount.0, "budget_window": wanted.budget_window });
    let deed = Deed { action: "group.set", subject: &name, detail, only: Only::Always };
    audit::carry_out(proxy, admin, deed, vec![groups::put(&name, &budget, proxy.platform.now())]).await?;
    Answer::of(&Done { name: &name, removed: None })
}

/// Removes a group that no token is in.
pub(super) async fn remove<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    encoded: &str,
) -> Result<Answer, Problem> {
    let name = named(encoded)?;
    let deed =
        Deed { action: "group.remove", subject: &name, detail: json!({}), only: Only::empty_group(&name) };
    let change = vec![groups::remove(&name), groups::find(&name)];
    let rows = audit::carry_out(proxy, admin, deed, change).await?;
    let [removed, found] = rows.as_slice() else { return Err(Problem::Internal) };
    match (removed.is_empty(), found.is_empty()) {
        (false, _) => Answer::of(&Done { name: &name, removed: Some(true) }),
        (true, true) => Err(unknown(&name)),
        (true, false) => Err(Problem::AdminInvalid(format!(
            "tokens draw on the budget of the group {name:?}; take them out of it first"
        ))),
    }
}

/// The group, if there is such a one.
///
/// # Errors
/// [`Problem::NotFound`]: a token in a group that is not there could call nothing.
pub(super) async fn known<P: Platform>(
    proxy: &Proxy<P>,
    name: Option<String>,
) -> Result<Option<String>, Problem> {
    let Some(name) = name else { return Ok(None) };
    let rows = proxy.platform.batch(vec![groups::find(&name)]).await?;
    if rows.iter().flatten().next().is_none() {
        return Err(unknown(&name));
    }
    Ok(Some(name))
}

fn named(encoded: &str) -> Result<String, Problem> {
    let name = percent_decoded(encoded)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(plain) {
        return Err(Problem::AdminInvalid(format!(
            "a group's name is 1 to {LONGEST_NAME} letters, digits, '-', '_' or '.'"
        )));
    }
    Ok(name)
}

fn unknown(name: &str) -> Problem {
    Problem::NotFound(format!("group {name:?}"))
}

const LONGEST_NAME: usize = 64;

//! Calls: page by page, one of them, or what is new. The newest first, as JSON, lines of JSON, or CSV.

mod cursor;
mod feed;
mod query;
mod row;

use super::Admin;
use super::answer::Answer;
use crate::csv;
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::request_id;
use crate::store::logs::{self, Entry};
use query::{Format, Query};
use row::Row;
use serde::Serialize;

pub use feed::Feed;

#[derive(Serialize)]
struct Page<'a> {
    logs: Vec<Row<'a>>,
    /// `?before=` for the page behind this one; `null` at the end.
    next: Option<&'a str>,
}

#[derive(Serialize)]
struct News<'a> {
    /// The oldest first.
    logs: Vec<Row<'a>>,
    /// `?follow=` for what comes after.
    follow: String,
}

/// A page; with `?follow=` what is new instead.
pub(super) async fn page<P: Platform>(proxy: &Proxy<P>, _: &Admin, query: &str) -> Result<Answer, Problem> {
    let query = Query::read(query, proxy.platform.now())?;
    if let Some(cursor) = query.follow {
        let (news, cursor) = feed::step(proxy, &query.filter, cursor).await?;
        let logs = news.iter().map(Row::of).collect();
        return Answer::of(&News { logs, follow: cursor.to_string() });
    }
    let (entries, next) = find(proxy, &query).await?;
    let rows: Vec<Row<'_>> = entries.iter().map(Row::of).collect();
    let answer = match query.format {
        Format::Json => return Answer::of(&Page { logs: rows, next: next.as_deref() }),
        Format::Lines => {
            let lines = rows.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>();
            let text = lines.map_err(|_| Problem::Internal)?.iter().map(|line| format!("{line}\n")).collect();
            Answer::text(text, "application/jsonl")
        }
        Format::Csv => {
            let mut text = csv::head();
            for row in &rows {
                text.push_str(&csv::call(&serde_json::to_value(row).map_err(|_| Problem::Internal)?));
            }
            Answer::text(text, "text/csv; charset=utf-8")
        }
    };
    Ok(answer.with_next(next))
}

/// The call of that id: the proxy's, or its caller's own among the latest.
pub(super) async fn show<P: Platform>(proxy: &Proxy<P>, _: &Admin, id: &str) -> Result<Answer, Problem> {
    let unknown = || Problem::NotFound(format!("call {id:?}"));
    let id = request_id::accept(id).ok_or_else(unknown)?;
    let rows = proxy.platform.batch(vec![logs::by_id(id)]).await?;
    let mut found: Vec<Entry> = rows.iter().flatten().map(Entry::from_row).collect::<Result<_, _>>()?;
    if found.is_empty() {
        let query = Query::read(&format!("limit=1&filter=request:{id}"), proxy.platform.now())?;
        found = find(proxy, &query).await?.0;
    }
    Answer::of(&Row::of(found.first().ok_or_else(unknown)?))
}

/// Calls that fit, the newest first, and where the next page begins. Few may fit, so more and more calls are looked at,
/// up to a bound: a page may be short, or empty, and still not the last.
async fn find<P: Platform>(proxy: &Proxy<P>, query: &Query) -> Result<(Vec<Entry>, Option<String>), Problem> {
    let Query { filter, limit, .. } = query;
    let mut found: Vec<Entry> = Vec::new();
    let mut before = query.before.clone();
    for window in WINDOWS {
        // One more than is shown tells whether there is more.
        let wanted = i64::try_from(limit + 1 - found.len()).unwrap_or(i64::MAX);
        let window = if filter.terms.is_empty() { wanted } else { window };
        let statements = vec![
            logs::page(filter, before.as_deref(), window, wanted),
            logs::window_end(filter, before.as_deref(), window),
        ];
        let rows = proxy.platform.batch(statements).await?;
        let mut rows = rows.iter();
        for row in rows.next().into_iter().flatten() {
            found.push(Entry::from_row(row)?);
        }
        if found.len() > *limit {
            found.truncate(*limit);
            let next = found.last().map(|last| last.id.clone());
            return Ok((found, next));
        }
        let end = rows.next().and_then(|rows| rows.first());
        let (oldest, seen) = match end {
            Some(end) => (end.maybe_text(0)?.map(str::to_owned), end.int(1)?),
            None => (None, 0),
        };
        if seen < window {
            return Ok((found, None));
        }
        before = oldest;
    }
    Ok((found, before))
}

/// How many calls are looked at, step by step, until a page is full.
const WINDOWS: [i64; 3] = [1_000, 10_000, 50_000];

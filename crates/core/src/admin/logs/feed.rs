//! What is new among the calls, as it happens: each call when it begins and again when it ends. Asks the store, so it also
//! shows the calls of other processes. A call may be told twice; whoever listens goes by its id.

use super::cursor::Cursor;
use super::query::Query;
use super::row::Row;
use crate::admin::Admin;
use crate::filter::Filter;
use crate::ports::{Platform, Rows, Severed, StoreError};
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::request_id;
use crate::serve::Body;
use crate::store::logs::{self, Entry};
use crate::time::Millis;
use bytes::Bytes;
use futures_channel::mpsc::Sender;
use futures_util::SinkExt;
use http::request::Parts;
use http::{HeaderValue, Method, Response, header};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A stream of server-sent events. It ends by itself after half a minute (a Worker may only ask its store so often in one
/// event); the listener comes back with `last-event-id` and has missed nothing.
pub struct Feed<P: Platform> {
    proxy: Arc<Proxy<P>>,
    filter: Filter,
    cursor: Cursor,
    /// Calls told of lately, and whether they had ended.
    told: BTreeMap<String, bool>,
}

impl<P: Platform> Feed<P> {
    /// The answer to `GET /admin/logs/stream`; `None` for every other request. Whoever was here before says where it
    /// stands with `last-event-id`; others begin with what happens next.
    pub(crate) fn asked_for(
        proxy: &Arc<Proxy<P>>,
        _: &Admin,
        parts: &Parts,
    ) -> Option<Result<Response<Body<P>>, Problem>> {
        if parts.uri.path() != "/admin/logs/stream" {
            return None;
        }
        if parts.method != Method::GET {
            return Some(Err(Problem::MethodWrong));
        }
        let last = parts.headers.get("last-event-id").and_then(|value| value.to_str().ok());
        let opened = Self::open(proxy, parts.uri.query().unwrap_or_default(), last).map(|feed| {
            let mut response = Response::new(Body::Feed(Box::new(feed)));
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            response
        });
        Some(opened)
    }

    fn open(proxy: &Arc<Proxy<P>>, query: &str, last: Option<&str>) -> Result<Self, Problem> {
        let query = Query::read(query, proxy.platform.now())?;
        let cursor = last.and_then(Cursor::parse).or(query.follow).unwrap_or_default();
        Ok(Self { proxy: Arc::clone(proxy), filter: query.filter, cursor, told: BTreeMap::new() })
    }

    /// Tells what happens until the listener is gone or the time is over. The sender's other end is the answer's body.
    pub async fn pump(mut self: Box<Self>, mut out: Sender<Result<Bytes, Severed>>) {
        let proxy = Arc::clone(&self.proxy);
        let mut text = format!("retry: {}\n\n", PAUSE.0);
        for _ in 0..STEPS {
            // A store that is down has nothing to tell; it is asked again.
            if let Ok((entries, cursor)) = step(&proxy, &self.filter, self.cursor.clone()).await {
                self.cursor = cursor;
                self.tell(&entries, &mut text);
            }
            // Behind everything told: who loses the connection before that comes back to the place before. It also finds
            // out whether the listener is still there.
            text.push_str(&format!("id: {}\n\n", self.cursor));
            if out.send(Ok(Bytes::from(std::mem::take(&mut text)))).await.is_err() {
                return;
            }
            proxy.platform.sleep(PAUSE).await;
        }
    }

    fn tell(&mut self, entries: &[Entry], text: &mut String) {
        for entry in entries {
            let ended = entry.state != OPEN;
            if self.told.insert(entry.id.clone(), ended) == Some(ended) {
                continue;
            }
            if let Ok(row) = serde_json::to_string(&Row::of(entry)) {
                text.push_str(&format!("event: call\ndata: {row}\n\n"));
            }
        }
        let from = overlap(&self.cursor.newest);
        self.told.retain(|id, ended| !*ended || *id >= from);
    }
}

/// What is new since `cursor`, the oldest first, and where that leads. From nowhere it leads to now, with no news.
pub(super) async fn step<P: Platform>(
    proxy: &Proxy<P>,
    filter: &Filter,
    cursor: Cursor,
) -> Result<(Vec<Entry>, Cursor), Problem> {
    if cursor.newest.is_empty() {
        let rows = proxy.platform.batch(vec![logs::newest(), logs::open_among_latest(LATEST)]).await?;
        let newest = first_text(&rows, 0)?;
        let now = || request_id::first(proxy.platform.now());
        return Ok((
            Vec::new(),
            Cursor { newest: newest.unwrap_or_else(now), open: ids(&rows, 1)?.collect() },
        ));
    }
    let from = overlap(&cursor.newest);
    let watched: Vec<&str> = cursor.open.iter().map(String::as_str).collect();
    let rows = proxy
        .platform
        .batch(vec![
            logs::newest(),
            logs::behind(filter, &from, MOST),
            logs::open_behind(&from, MOST),
            logs::ended(filter, &watched),
            logs::still_open(&watched),
        ])
        .await?;
    let mut all = BTreeMap::new();
    for row in rows.get(3).into_iter().flatten() {
        let entry = Entry::from_row(row)?;
        all.insert(entry.id.clone(), entry);
    }
    let news = rows.get(1).into_iter().flatten().map(Entry::from_row).collect::<Result<Vec<_>, _>>()?;
    // Of too many, the rest comes in the next step.
    let full = i64::try_from(news.len()).is_ok_and(|count| count >= MOST);
    let reached = if full { news.last().map(|last| last.id.clone()) } else { first_text(&rows, 0)? };
    let newest = reached.into_iter().chain([cursor.newest.clone()]).max().unwrap_or_default();
    let mut next = Cursor { newest, open: ids(&rows, 4)?.collect() };
    ids(&rows, 2)?
        .filter(|id| *id <= next.newest.clone())
        .collect::<Vec<_>>()
        .iter()
        .for_each(|id| next.watch(id));
    all.extend(news.into_iter().map(|entry| (entry.id.clone(), entry)));
    Ok((all.into_values().collect(), next))
}

fn first_text(rows: &[Rows], statement: usize) -> Result<Option<String>, StoreError> {
    let row = rows.get(statement).and_then(|rows| rows.first());
    Ok(row.map_or(Ok(None), |row| row.maybe_text(0))?.map(str::to_owned))
}

fn ids(rows: &[Rows], statement: usize) -> Result<impl Iterator<Item = String>, StoreError> {
    let rows = rows.get(statement).into_iter().flatten();
    let ids = rows.map(|row| row.text(0).map(str::to_owned)).collect::<Result<Vec<_>, _>>()?;
    Ok(ids.into_iter())
}

/// From where on to look again: a call reaches the store a moment after it began, so an older one may come later.
fn overlap(newest: &str) -> String {
    request_id::moment(newest).map_or_else(|| newest.to_owned(), |at| request_id::first(at - OVERLAP))
}

const OPEN: &str = "open";
const OVERLAP: Millis = Millis::seconds(2);
const PAUSE: Millis = Millis::seconds(1);
/// A Worker's event may ask its store 50 times on the smallest plan.
const STEPS: usize = 30;
/// Calls told in one step.
const MOST: i64 = 500;
/// A listener that begins also hears how calls end that were open among so many.
const LATEST: i64 = 1000;

//! Signing in to the dashboard: the admin token, or a login link, is exchanged for a cookie that no script can read. The
//! store keeps hashes only. What a page may do with the cookie it must prove with a token that only our own pages can
//! ask for.

use super::Admin;
use super::answer::Answer;
use super::body;
use super::entry::{same, sha256};
use super::origin::{self, Origin};
use crate::audit::{self, Deed};
use crate::ports::{Platform, Rows};
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::redact;
use crate::store::audit::Only;
use crate::store::sessions::{self, Entry};
use crate::time::Millis;
use crate::token::random_base62;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The session that a request came with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) entry: Entry,
    csrf: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    token: Option<String>,
    code: Option<String>,
    /// This browser keeps no `Secure` cookie from plain HTTP on its own machine.
    #[serde(default)]
    plain: bool,
}

#[derive(Serialize)]
struct Shown<'a> {
    id: Option<&'a str>,
    /// To be sent as `x-csrf-token` with everything that changes something.
    csrf: Option<&'a str>,
    expires_ms: Option<i64>,
    version: &'static str,
    backend: &'static str,
}

#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    created_ms: i64,
    seen_ms: i64,
    expires_ms: i64,
    agent: &'a str,
    /// The one that asks.
    current: bool,
}

#[derive(Serialize)]
struct List<'a> {
    sessions: Vec<Listed<'a>>,
}

#[derive(Serialize)]
struct Ended {
    ended: usize,
}

#[derive(Serialize)]
struct Link {
    code: String,
    /// Behind the proxy's address. The code is in the fragment, which browsers send to nobody.
    path: String,
    expires_ms: i64,
}

/// `POST /admin/session`: signs in.
pub(crate) async fn open<P: Platform>(
    proxy: &Proxy<P>,
    parts: &Parts,
    body: &Bytes,
) -> Result<Answer, Problem> {
    if origin::of(&parts.headers) == Origin::Foreign {
        return Err(Problem::CrossSite);
    }
    let wanted: Wanted = body::read(body)?;
    let admin = proxy.house.config.admin.ok_or(Problem::AdminUnauthorized)?;
    let now = proxy.platform.now();
    match (wanted.token, wanted.code) {
        (Some(token), None) => {
            let right = || same(&admin, &sha256(&[token.trim().as_bytes()]));
            if !proxy.house.throttle.attempt(now, MOST_WRONG, right)? {
                return Err(Problem::AdminUnauthorized);
            }
        }
        (None, Some(code)) => {
            let spend = sessions::spend_code(&kept(&admin, "code", &code), now);
            let rows = proxy.platform.batch(vec![spend]).await?;
            rows.iter().flatten().next().ok_or(Problem::LoginLinkUsed)?;
        }
        _ => return Err(Problem::AdminInvalid("the body holds either a token or a code".to_owned())),
    }
    if wanted.plain && !origin::to_loopback(&parts.headers) {
        return Err(Problem::AdminInvalid(
            "a cookie without TLS is only for a browser on the proxy's own machine".to_owned(),
        ));
    }
    let secret = random_base62(&proxy.platform, SECRET);
    let agent = parts.headers.get(header::USER_AGENT).map(HeaderValue::as_bytes).unwrap_or_default();
    let entry = Entry {
        id: format!("ses_{}", random_base62(&proxy.platform, 16)),
        created: now,
        seen: now,
        expires: now + LIFE,
        agent: redact::excerpt(&String::from_utf8_lossy(agent), LONGEST_AGENT),
    };
    let opened = vec![sessions::insert(&kept(&admin, "session", &secret), &entry)];
    let session = Session { csrf: csrf(&secret), entry };
    let id = session.entry.id.as_str();
    let deed = Deed {
        action: "session.open",
        subject: id,
        detail: json!({ "agent": session.entry.agent }),
        only: Only::Always,
    };
    audit::carry_out(proxy, &Admin::of_session(session.clone()), deed, opened).await?;
    shown(proxy, Some(&session)).map(|answer| answer.with_cookie(cookie(&secret, wanted.plain, LIFE)))
}

/// The session of a request that came with a cookie; what changes something must also prove that our own page sent it.
pub(crate) async fn enter<P: Platform>(proxy: &Proxy<P>, parts: &Parts) -> Result<Admin, Problem> {
    let secret = presented(&parts.headers).ok_or(Problem::AdminUnauthorized)?;
    let from = origin::of(&parts.headers);
    if from == Origin::Foreign {
        return Err(Problem::CrossSite);
    }
    let admin = proxy.house.config.admin.ok_or(Problem::AdminUnauthorized)?;
    let found = sessions::find(&kept(&admin, "session", secret), proxy.platform.now());
    let rows = proxy.platform.batch(found).await?;
    let row = rows.first().and_then(|rows| rows.first()).ok_or(Problem::AdminUnauthorized)?;
    let session = Session { entry: Entry::from_row(row)?, csrf: csrf(secret) };
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    if reads || (from == Origin::Own && proves(&parts.headers, &session.csrf)) {
        Ok(Admin::of_session(session))
    } else {
        Err(Problem::CrossSite)
    }
}

/// `GET /admin/session`: who asks.
pub(super) fn current<P: Platform>(proxy: &Proxy<P>, admin: &Admin) -> Result<Answer, Problem> {
    shown(proxy, admin.session())
}

/// `DELETE /admin/session`: signs out.
pub(super) async fn close<P: Platform>(proxy: &Proxy<P>, admin: &Admin) -> Result<Answer, Problem> {
    let ended = match admin.session() {
        Some(session) => ending(proxy, admin, &session.entry.id).await?,
        None => Vec::new(),
    };
    let answer = Answer::of(&Ended { ended: ended.iter().flatten().count() })?;
    Ok(answer.with_cookie(cookie("", false, Millis(0))))
}

pub(super) async fn list<P: Platform>(proxy: &Proxy<P>, admin: &Admin) -> Result<Answer, Problem> {
    let rows = proxy.platform.batch(vec![sessions::list(proxy.platform.now())]).await?;
    let entries: Vec<Entry> = rows.iter().flatten().map(Entry::from_row).collect::<Result<_, _>>()?;
    let current = admin.session().map(|session| session.entry.id.as_str());
    let listed = |entry: &Entry| -> bool { current == Some(entry.id.as_str()) };
    Answer::of(&List {
        sessions: entries
            .iter()
            .map(|entry| Listed {
                id: &entry.id,
                created_ms: entry.created.0,
                seen_ms: entry.seen.0,
                expires_ms: entry.expires.0,
                agent: &entry.agent,
                current: listed(entry),
            })
            .collect(),
    })
}

pub(super) async fn end<P: Platform>(proxy: &Proxy<P>, admin: &Admin, id: &str) -> Result<Answer, Problem> {
    let rows = ending(proxy, admin, id).await?;
    rows.iter().flatten().next().ok_or_else(|| Problem::NotFound(format!("session {id:?}")))?;
    Answer::of(&Ended { ended: 1 })
}

/// Signs everybody out, the one who asks too.
pub(super) async fn end_all<P: Platform>(proxy: &Proxy<P>, admin: &Admin) -> Result<Answer, Problem> {
    let deed = Deed { action: "session.end", subject: "*", detail: json!({}), only: Only::Always };
    let rows = audit::carry_out(proxy, admin, deed, sessions::remove_all()).await?;
    Answer::of(&Ended { ended: rows.first().map_or(0, Vec::len) })
}

/// A link that signs in once.
pub(super) async fn link<P: Platform>(proxy: &Proxy<P>, who: &Admin) -> Result<Answer, Problem> {
    let admin = proxy.house.config.admin.ok_or(Problem::AdminUnauthorized)?;
    let code = random_base62(&proxy.platform, SECRET);
    let expires = proxy.platform.now() + LINK_LIFE;
    let made = vec![sessions::insert_code(&kept(&admin, "code", &code), expires)];
    let detail = json!({ "expires_ms": expires.0 });
    let deed = Deed { action: "session.link", subject: "", detail, only: Only::Always };
    audit::carry_out(proxy, who, deed, made).await?;
    let path = format!("/dashboard#code={code}");
    Answer::of(&Link { code, path, expires_ms: expires.0 })
}

async fn ending<P: Platform>(proxy: &Proxy<P>, admin: &Admin, id: &str) -> Result<Vec<Rows>, Problem> {
    let deed = Deed { action: "session.end", subject: id, detail: json!({}), only: Only::session(id) };
    audit::carry_out(proxy, admin, deed, vec![sessions::remove(id)]).await
}

fn shown<P: Platform>(proxy: &Proxy<P>, session: Option<&Session>) -> Result<Answer, Problem> {
    Answer::of(&Shown {
        id: session.map(|session| session.entry.id.as_str()),
        csrf: session.map(|session| session.csrf.as_str()),
        expires_ms: session.map(|session| session.entry.expires.0),
        version: env!("CARGO_PKG_VERSION"),
        backend: proxy.platform.backend(),
    })
}

/// The secret in the request's cookie. `__Host-` cookies are from this very host, over TLS or its own machine.
fn presented(headers: &HeaderMap) -> Option<&str> {
    let plain = origin::to_loopback(headers);
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, value)| (*name == COOKIE || plain && *name == PLAIN_COOKIE) && value.len() == SECRET)
        .map(|(_, value)| value)
}

fn cookie(secret: &str, plain: bool, life: Millis) -> HeaderValue {
    let (name, secure) = if plain { (PLAIN_COOKIE, "") } else { (COOKIE, "; Secure") };
    let age = life.ceil_seconds();
    let text = format!("{name}={secret}; Path=/; HttpOnly{secure}; SameSite=Strict; Max-Age={age}");
    let mut value = HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

fn proves(headers: &HeaderMap, csrf: &str) -> bool {
    let given = headers.get(CSRF).map(HeaderValue::as_bytes).unwrap_or_default();
    same(&sha256(&[given]), &sha256(&[csrf.as_bytes()]))
}

/// What the store keeps of a secret.
fn kept(admin: &[u8; 32], kind: &str, secret: &str) -> String {
    hex(&sha256(&[kind.as_bytes(), b":", admin, secret.as_bytes()]))
}

fn csrf(secret: &str) -> String {
    hex(&sha256(&[b"csrf:", secret.as_bytes()]))
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const COOKIE: &str = "__Host-pa_session";
/// For browsers that keep no `Secure` cookie from plain HTTP on their own machine; taken nowhere else.
const PLAIN_COOKIE: &str = "pa_session";
const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");
/// Base-62 characters: 256 bits.
const SECRET: usize = 43;
const LONGEST_AGENT: usize = 200;
const LIFE: Millis = Millis::seconds(12 * 3600);
const LINK_LIFE: Millis = Millis::seconds(300);
/// Wrong admin tokens in a minute, from everybody together; then nobody gets a try until the minute is over. A login
/// link still works: it cannot be guessed.
const MOST_WRONG: u32 = 10;

//! What was read from the store and kept. All of it may be stale: the admission statement compares the token's version
//! and the epoch of the routing, and sends the caller back here to read afresh.

use crate::alias::Aliases;
use crate::ports::{Platform, Row, Rows, Statement, StoreError, Value};
use crate::prices;
use crate::proxy::Proxy;
use crate::store::{self, aliases, credentials, tokens};
use crate::time::Millis;
use crate::token::{Token, TokenHash};
use crate::vault::Vault;
use crate::wallet::Wallet;
use crate::watch::Watched;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Tokens and routing, as last read.
#[derive(Default)]
pub(crate) struct Memory {
    tokens: Mutex<BTreeMap<TokenHash, Arc<Token>>>,
    routing: Mutex<Option<Arc<Routing>>>,
    pub(crate) watched: Mutex<Watched>,
}

/// How calls are routed, and the epoch that says whether that still holds.
pub(crate) struct Routing {
    pub(crate) epoch: i64,
    pub(crate) aliases: Aliases,
    pub(crate) wallet: Arc<Wallet>,
}

/// Where an answer may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    Cached,
    Fresh,
}

/// The token of that hash, and the routing: from memory, the read cache, or the store in one batch.
pub(crate) async fn look_up<P: Platform>(
    proxy: &Proxy<P>,
    hash: &TokenHash,
    freshness: Freshness,
) -> Result<(Option<Arc<Token>>, Arc<Routing>), StoreError> {
    let memory = &proxy.house.memory;
    if freshness == Freshness::Cached {
        let token = lock(&memory.tokens).get(hash).cloned();
        let routing = lock(&memory.routing).clone();
        if let (Some(token), Some(routing)) = (token, routing) {
            return Ok((Some(token), routing));
        }
    }
    let key = format!("look-up-2:{}", hash.hex());
    let recalled = if freshness == Freshness::Cached { proxy.platform.recall(&key).await } else { None };
    let (rows, found) = match recalled.as_deref().and_then(from_json) {
        Some(rows) => (rows, Found::Recalled),
        None => {
            let mut statements = vec![tokens::find(hash), store::prices::version()];
            statements.extend(load());
            (proxy.platform.batch(statements).await?, Found::Read)
        }
    };
    let mut parts = rows.iter();
    let token = parts.next().and_then(|rows| rows.first()).map(Token::from_row).transpose()?.map(Arc::new);
    let version = parts.next().and_then(|rows| rows.first()).ok_or(StoreError::Malformed)?.int(0)?;
    if version != proxy.house.prices().version() {
        prices::load(proxy, version).await?;
    }
    let routing = understand(proxy, parts.as_slice())?;
    if let Some(token) = &token {
        remember(memory, *hash, token.clone());
        if found == Found::Read {
            proxy.platform.keep(&key, &to_json(&rows), KEPT);
        }
    }
    Ok((token, routing))
}

/// The routing as the store has it now.
pub(crate) async fn routing<P: Platform>(proxy: &Proxy<P>) -> Result<Arc<Routing>, StoreError> {
    understand(proxy, &proxy.platform.batch(load()).await?)
}

/// One batch for [`understand`].
fn load() -> Vec<Statement> {
    let mut statements = vec![credentials::list()];
    statements.extend(aliases::load());
    statements
}

/// Understands and remembers the rows of [`load`].
fn understand<P: Platform>(proxy: &Proxy<P>, rows: &[Rows]) -> Result<Arc<Routing>, StoreError> {
    let (memory, directory) = (&proxy.house.memory, &proxy.house.config.directory);
    let (stored, rows) = rows.split_first().ok_or(StoreError::Malformed)?;
    let before = lock(&memory.routing).clone();
    let wallet = wallet(proxy, stored, before.as_ref().map(|routing| &*routing.wallet))?;
    let aliases::Snapshot { epoch, aliases: stored } = aliases::Snapshot::from_rows(rows, directory)?;
    let settings = proxy.house.config.model_map.iter().map(|(from, to)| (from.as_str(), to.as_str()));
    let own = settings.filter(|(from, _)| !stored.entries().any(|(match_, _)| match_ == *from));
    let aliases = Aliases::kept(stored.entries().chain(own), directory).unwrap_or_else(|error| {
        proxy.fault(&format!(
            "the aliases of the settings do not fit the stored ones and are left out: {error}"
        ));
        stored.clone()
    });
    let routing = Arc::new(Routing { epoch, aliases, wallet });
    *lock(&memory.routing) = Some(routing.clone());
    Ok(routing)
}

/// The credentials of these rows. What cannot be used of them is said once, not at every look.
fn wallet<P: Platform>(
    proxy: &Proxy<P>,
    rows: &Rows,
    before: Option<&Wallet>,
) -> Result<Arc<Wallet>, StoreError> {
    let mut wallet = Wallet::load(&proxy.house, rows, before)?;
    if wallet.lacks_key && new_keys(proxy) {
        wallet = Wallet::load(&proxy.house, rows, before)?;
    }
    for (id, why) in &wallet.unusable {
        if before.is_none_or(|before| !before.unusable.contains_key(id)) {
            proxy.fault(&format!("the stored credential {id} cannot be used: {why}"));
        }
    }
    if !before.is_some_and(|before| before.has_all_of(&wallet)) {
        proxy.house.learn_secrets(wallet.secrets());
    }
    Ok(Arc::new(wallet))
}

/// Another process may have changed the master key.
fn new_keys<P: Platform>(proxy: &Proxy<P>) -> bool {
    let Some(text) = proxy.platform.reread() else { return false };
    Vault::parse(&text).is_ok_and(|vault| proxy.house.change_keys(vault))
}

#[derive(PartialEq, Eq)]
enum Found {
    Recalled,
    Read,
}

fn remember(memory: &Memory, hash: TokenHash, token: Arc<Token>) {
    let mut tokens = lock(&memory.tokens);
    if tokens.len() >= MOST_TOKENS {
        tokens.clear();
    }
    tokens.insert(hash, token);
}

/// A panic elsewhere leaves a cache at worst stale, and staleness is checked.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn to_json(rows: &[Rows]) -> String {
    let value = |v: &Value| match v {
        Value::Null => serde_json::Value::Null,
        Value::Int(n) => (*n).into(),
        Value::Text(s) => s.as_str().into(),
    };
    let all: Vec<Vec<Vec<serde_json::Value>>> =
        rows.iter().map(|rows| rows.iter().map(|row| row.0.iter().map(value).collect()).collect()).collect();
    serde_json::to_string(&all).unwrap_or_default()
}

fn from_json(text: &str) -> Option<Vec<Rows>> {
    let all: Vec<Vec<Vec<serde_json::Value>>> = serde_json::from_str(text).ok()?;
    let value = |v: serde_json::Value| match v {
        serde_json::Value::Null => Some(Value::Null),
        serde_json::Value::Number(n) => n.as_i64().map(Value::Int),
        serde_json::Value::String(s) => Some(Value::Text(s)),
        _ => None,
    };
    let row =
        |values: Vec<serde_json::Value>| values.into_iter().map(value).collect::<Option<Vec<_>>>().map(Row);
    all.into_iter().map(|rows| rows.into_iter().map(row).collect()).collect()
}

/// Then all are forgotten and read again as they are used.
const MOST_TOKENS: usize = 10_000;
/// Workers KV keeps nothing for less.
const KEPT: Millis = Millis::seconds(60);

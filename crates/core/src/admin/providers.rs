//! The credentials: see them, store one, change, replace or remove it. Of a secret not even a part is shown.

use super::Admin;
use super::answer::Answer;
use super::body;
use crate::audit::{self, Deed};
use crate::credential::Credential;
use crate::kind::{self, Filled, Kind};
use crate::memory;
use crate::ports::Platform;
use crate::problem::Problem;
use crate::proxy::Proxy;
use crate::store::audit::Only;
use crate::store::credentials::{self, Edit, Entry, Replacement};
use crate::time::UnixMs;
use crate::token::random_base62;
use crate::vault::Vault;
use crate::wallet::{self, Wallet};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// `secret` and `refresh` are fields of their names, `meta` holds further ones; older clients know no `fields`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    provider: String,
    #[serde(default = "api_key")]
    kind: String,
    #[serde(default)]
    label: Option<String>,
    #[serde(default)]
    priority: i64,
    secret: Option<String>,
    refresh: Option<String>,
    meta: Option<Map<String, Value>>,
    fields: Option<Map<String, Value>>,
}

/// The fields alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    secret: Option<String>,
    refresh: Option<String>,
    meta: Option<Map<String, Value>>,
    fields: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    label: Option<String>,
    priority: Option<i64>,
    disabled: Option<bool>,
}

#[derive(Serialize)]
struct Made<'a> {
    id: &'a str,
    provider: &'a str,
    kind: &'a str,
    label: &'a str,
    stored: bool,
}

#[derive(Serialize)]
struct Listing {
    credentials: Vec<Listed>,
    /// Providers that can be called.
    configured: Vec<&'static str>,
    /// Secrets can be stored, and are stored encrypted only.
    encryption: bool,
    /// The master key that seals now.
    key_id: Option<String>,
}

#[derive(Serialize)]
struct Listed {
    id: String,
    provider: String,
    kind: String,
    label: String,
    /// It is used when its turn comes.
    active: bool,
    /// Where the secret is: `env`, or `sealed`.
    masked: &'static str,
    created_ms: Option<i64>,
    priority: i64,
    /// `ok`, `cooling`, `parked`, `disabled` or `unusable`.
    state: &'static str,
    /// Why it is in that state.
    why: Option<String>,
    /// When it is tried again.
    until_ms: Option<i64>,
    /// How often it has failed in a row.
    failures: u32,
    /// What is not secret of its fields.
    fields: BTreeMap<&'static str, String>,
}

pub(super) async fn list<P: Platform>(proxy: &Proxy<P>, _: &Admin) -> Result<Answer, Problem> {
    let routing = memory::routing(proxy).await?;
    let rows = proxy.platform.batch(vec![credentials::list()]).await?;
    let now = proxy.platform.now();
    let mut listed: Vec<Listed> =
        proxy.house.config.credentials().iter().map(|own| of_settings(proxy, own, now)).collect();
    for row in rows.first().into_iter().flatten() {
        listed.push(of_store(proxy, &routing.wallet, Entry::from_row(row)?, now));
    }
    let directory = &proxy.house.config.directory;
    let paid = directory.all().filter(|provider| routing.wallet.of(provider).next().is_some());
    let vault = proxy.house.vault();
    Answer::of(&Listing {
        credentials: listed,
        configured: paid.map(|provider| provider.name).collect(),
        encryption: vault.is_some(),
        key_id: vault.as_ref().map(|vault| vault.key_id().to_owned()),
    })
}

pub(super) async fn add<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    body: &Bytes,
) -> Result<Answer, Problem> {
    let new: New = body::read(body)?;
    let given = Given { secret: new.secret, refresh: new.refresh, meta: new.meta, fields: new.fields };
    let vault = vault(proxy)?;
    let directory = &proxy.house.config.directory;
    let provider = directory.find(&new.provider).ok_or_else(|| {
        invalid(format!("there is no provider {:?} (there are {})", new.provider, directory.names()))
    })?;
    let kind = kind(&new.kind)?;
    if !(kind.pays)(provider) {
        return Err(invalid(format!(
            "{} cannot be paid with a credential of kind {}",
            provider.name, kind.name
        )));
    }
    let filled = Filled::check(kind.fields, given.pairs()?).map_err(invalid)?;
    let label = label(new.label.as_deref().unwrap_or_default())?;
    let mut entry = Entry {
        id: format!("cred_{}", random_base62(&proxy.platform, 16)),
        provider: provider.name.to_owned(),
        kind: kind.name.to_owned(),
        label,
        priority: new.priority,
        sealed: String::new(),
        version: 1,
        created: proxy.platform.now(),
        disabled: None,
        access: None,
        access_until: None,
        refreshing_until: None,
        parked_until: None,
        parked_why: None,
        failures: 0,
    };
    entry.sealed = seal(proxy, &vault, &entry, kind, &filled)?;
    let detail = json!({ "provider": entry.provider, "kind": entry.kind, "label": entry.label });
    let deed = Deed { action: "provider.add", subject: &entry.id, detail, only: Only::Always };
    audit::carry_out(proxy, admin, deed, credentials::insert(&entry, vault.key_id())).await?;
    let Entry { id, provider, kind, label, .. } = &entry;
    Answer::of(&Made { id, provider, kind, label, stored: true })
}

pub(super) async fn edit<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    id: &str,
    body: &Bytes,
) -> Result<Answer, Problem> {
    let change: Change = body::read(body)?;
    let label = change.label.as_deref().map(label).transpose()?;
    let edit = Edit { label, priority: change.priority, disabled: change.disabled };
    change_one(proxy, admin, id, &edit).await
}

/// Puts a credential aside, or takes it back: then nothing that was held against it counts any more.
pub(super) async fn set_disabled<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    id: &str,
    disabled: bool,
) -> Result<Answer, Problem> {
    change_one(proxy, admin, id, &Edit { disabled: Some(disabled), ..Edit::default() }).await
}

/// Another secret under the same id. Fields that are not given stay as they are; calls under way finish with the old.
pub(super) async fn replace<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    id: &str,
    body: &Bytes,
) -> Result<Answer, Problem> {
    let given: Given = body::read(body)?;
    let vault = vault(proxy)?;
    let entry = stored(proxy, id).await?;
    let kind = kind(&entry.kind)?;
    let mut fields: BTreeMap<String, String> = clear(&vault, &entry).into_iter().flatten().collect();
    fields.extend(given.pairs()?);
    let filled = Filled::check(kind.fields, fields).map_err(invalid)?;
    let sealed = seal(proxy, &vault, &entry, kind, &filled)?;
    let to = Replacement { id, version: entry.version, sealed: &sealed, key_id: vault.key_id() };
    let deed = deed("provider.replace", id, json!({}));
    let rows = audit::carry_out(proxy, admin, deed, credentials::replace(to, proxy.platform.now())).await?;
    if rows.first().is_none_or(Vec::is_empty) {
        return Err(invalid("it was changed by someone else at the same time; look at it again".to_owned()));
    }
    proxy.house.pool.forget(id);
    let Entry { id, provider, kind, label, .. } = &entry;
    Answer::of(&Made { id, provider, kind, label, stored: true })
}

pub(super) async fn remove<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    id: &str,
) -> Result<Answer, Problem> {
    refuse_settings(id)?;
    let deed = deed("provider.remove", id, json!({}));
    let rows = audit::carry_out(proxy, admin, deed, credentials::remove(id)).await?;
    if rows.first().is_none_or(Vec::is_empty) {
        return Err(missing(id));
    }
    Answer::of(&json!({ "id": id, "removed": true }))
}

/// The stored row of that id.
async fn stored<P: Platform>(proxy: &Proxy<P>, id: &str) -> Result<Entry, Problem> {
    refuse_settings(id)?;
    let rows = proxy.platform.batch(vec![credentials::find(id)]).await?;
    wallet::entry(rows.first().map(Vec::as_slice).unwrap_or_default())?.ok_or_else(|| missing(id))
}

async fn change_one<P: Platform>(
    proxy: &Proxy<P>,
    admin: &Admin,
    id: &str,
    edit: &Edit,
) -> Result<Answer, Problem> {
    refuse_settings(id)?;
    let now = proxy.platform.now();
    let detail = json!({ "label": edit.label, "priority": edit.priority, "disabled": edit.disabled });
    let deed = deed("provider.edit", id, detail);
    let rows = audit::carry_out(proxy, admin, deed, credentials::edit(id, edit, now)).await?;
    let entry = wallet::entry(rows.first().map(Vec::as_slice).unwrap_or_default())?;
    let entry = entry.ok_or_else(|| missing(id))?;
    if edit.disabled == Some(false) {
        proxy.house.pool.forget(id);
    }
    let routing = memory::routing(proxy).await?;
    Answer::of(&of_store(proxy, &routing.wallet, entry, now))
}

fn deed<'a>(action: &'static str, id: &'a str, detail: Value) -> Deed<'a> {
    Deed { action, subject: id, detail, only: Only::credential(id) }
}

fn of_settings<P>(proxy: &Proxy<P>, credential: &Credential, now: UnixMs) -> Listed {
    let (state, why, until, failures) = fares(proxy, credential, now);
    Listed {
        id: credential.id.clone(),
        provider: credential.provider.name.to_owned(),
        kind: credential.kind.to_owned(),
        label: credential.label.clone(),
        active: true,
        masked: "env",
        created_ms: None,
        priority: credential.priority,
        state,
        why,
        until_ms: until.map(|at| at.0),
        failures,
        fields: BTreeMap::new(),
    }
}

fn of_store<P>(proxy: &Proxy<P>, wallet: &Wallet, entry: Entry, now: UnixMs) -> Listed {
    let opened = wallet.stored(&entry.id).map(|(_, credential)| credential);
    let (state, why, until, failures) = match (opened, entry.disabled) {
        (None, _) => ("unusable", wallet.unusable.get(&entry.id).cloned(), None, 0),
        (Some(_), Some(_)) => ("disabled", None, None, 0),
        (Some(credential), None) => fares(proxy, credential, now),
    };
    Listed {
        active: entry.disabled.is_none() && opened.is_some(),
        fields: opened.map(|credential| credential.shown.clone()).unwrap_or_default(),
        id: entry.id,
        provider: entry.provider,
        kind: entry.kind,
        label: entry.label,
        masked: "sealed",
        created_ms: Some(entry.created.0),
        priority: entry.priority,
        state,
        why,
        until_ms: until.map(|at| at.0),
        failures,
    }
}

fn fares<P>(
    proxy: &Proxy<P>,
    credential: &Credential,
    now: UnixMs,
) -> (&'static str, Option<String>, Option<UnixMs>, u32) {
    match proxy.house.pool.fares(credential) {
        None => ("ok", None, None, 0),
        Some(ill) if ill.parked => ("parked", Some(ill.why), Some(ill.until), ill.failures),
        Some(ill) if ill.until > now => ("cooling", Some(ill.why), Some(ill.until), ill.failures),
        Some(ill) => ("ok", Some(ill.why), None, ill.failures),
    }
}

impl Given {
    /// All fields as (name, value) pairs. An object as a value is a file that was pasted as it is.
    fn pairs(self) -> Result<Vec<(String, String)>, Problem> {
        let mut pairs = Vec::new();
        for (name, value) in self.meta.into_iter().chain(self.fields).flatten() {
            match value {
                Value::String(text) => pairs.push((name, text)),
                Value::Object(_) | Value::Number(_) | Value::Bool(_) => pairs.push((name, value.to_string())),
                Value::Null => {}
                Value::Array(_) => return Err(invalid(format!("the field {name:?} cannot be a list"))),
            }
        }
        pairs.extend(self.secret.map(|secret| ("secret".to_owned(), secret)));
        pairs.extend(self.refresh.map(|refresh| ("refresh".to_owned(), refresh)));
        Ok(pairs)
    }
}

/// Proves that the fields make a credential, then seals them.
fn seal<P: Platform>(
    proxy: &Proxy<P>,
    vault: &Vault,
    entry: &Entry,
    kind: &'static Kind,
    filled: &Filled,
) -> Result<String, Problem> {
    let provider = proxy.house.config.directory.find(&entry.provider);
    let provider = provider.ok_or_else(|| invalid(format!("there is no provider {:?}", entry.provider)))?;
    let base = proxy.house.config.base(provider);
    (kind.build)(&kind::Site { provider, base: &base }, filled).map_err(invalid)?;
    let sealed = vault.seal(&proxy.platform, entry.place(), filled.to_json().as_bytes());
    sealed.ok_or(Problem::Internal)
}

fn clear(vault: &Vault, entry: &Entry) -> Option<Vec<(String, String)>> {
    Filled::pairs(&vault.open(entry.place(), &entry.sealed).ok()?)
}

pub(super) fn vault<P>(proxy: &Proxy<P>) -> Result<Arc<Vault>, Problem> {
    proxy.house.vault().ok_or_else(|| {
        invalid("no credential can be stored without a master key: set PROXYAGENT_SECRET_KEY".to_owned())
    })
}

fn kind(name: &str) -> Result<&'static Kind, Problem> {
    kind::find(name).ok_or_else(|| {
        let names: Vec<&str> = kind::KINDS.iter().map(|kind| kind.name).collect();
        invalid(format!("there is no kind {name:?} (there are {})", names.join(", ")))
    })
}

fn label(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.chars().count() > LONGEST_LABEL || text.contains(char::is_control) {
        return Err(invalid(format!("a label is one line of at most {LONGEST_LABEL} characters")));
    }
    Ok(text.to_owned())
}

fn refuse_settings(id: &str) -> Result<(), Problem> {
    match id.starts_with("env:") || id.starts_with("open:") {
        true => Err(invalid(format!("{id} comes from the settings; change it there"))),
        false => Ok(()),
    }
}

pub(super) fn missing(id: &str) -> Problem {
    Problem::NotFound(format!("credential {id:?}"))
}

pub(super) fn invalid(why: String) -> Problem {
    Problem::AdminInvalid(why)
}

fn api_key() -> String {
    "api_key".to_owned()
}

const LONGEST_LABEL: usize = 100;

//! All credentials that calls may be paid with: the settings' and the stored ones. Stored ones are opened once, when
//! they are loaded, not once per call.

use crate::credential::{Access, Credential, Stored};
use crate::kind::{self, Filled};
use crate::ports::{Row, Rows, StoreError};
use crate::provider::Provider;
use crate::proxy::House;
use crate::secret::Secret;
use crate::store::credentials::Entry;
use crate::vault::Unopened;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The credentials of one epoch.
#[derive(Default)]
pub(crate) struct Wallet {
    usable: Vec<Arc<Credential>>,
    /// Each stored row that could be opened, and what was made of it.
    opened: BTreeMap<String, (Entry, Arc<Credential>)>,
    /// Ids of stored rows that cannot be used, and why.
    pub(crate) unusable: BTreeMap<String, String>,
    /// One of them was sealed with a master key that is not here.
    pub(crate) lacks_key: bool,
}

impl Wallet {
    /// Reads the rows of [`crate::store::credentials::list`]. What `before` has opened already is not opened again.
    pub(crate) fn load(house: &House, rows: &Rows, before: Option<&Self>) -> Result<Self, StoreError> {
        let entries: Vec<Entry> = rows.iter().map(Entry::from_row).collect::<Result<_, _>>()?;
        let mut wallet = Self { usable: house.config.credentials().to_vec(), ..Self::default() };
        for entry in entries {
            let known = before.and_then(|before| before.opened.get(&entry.id));
            let credential = match known.filter(|(known, _)| is_same(known, &entry)) {
                Some((_, credential)) => Ok(credential.clone()),
                None => open(house, &entry).map(Arc::new),
            };
            match credential {
                Ok(credential) => {
                    if let (Some(until), Some(why)) = (entry.parked_until, &entry.parked_why) {
                        let failures = u32::try_from(entry.failures).unwrap_or(0);
                        house.pool.recall(&credential, until, why, failures);
                    }
                    if entry.disabled.is_none() {
                        wallet.usable.push(credential.clone());
                    }
                    wallet.opened.insert(entry.id.clone(), (entry, credential));
                }
                Err(why) => {
                    wallet.lacks_key |= why == Unopened::KeyMissing.to_string() || why == NO_KEY;
                    wallet.unusable.insert(entry.id, why);
                }
            }
        }
        Ok(wallet)
    }

    /// Those of one provider, in no order that matters.
    pub(crate) fn of(&self, provider: &Provider) -> impl Iterator<Item = &Arc<Credential>> {
        self.usable.iter().filter(move |credential| credential.provider == provider)
    }

    /// A stored one by its id, also when it is disabled.
    pub(crate) fn stored(&self, id: &str) -> Option<&(Entry, Arc<Credential>)> {
        self.opened.get(id)
    }

    /// Nothing was opened for `other` that was not open here already.
    pub(crate) fn has_all_of(&self, other: &Self) -> bool {
        let same = |(id, (_, credential)): (&String, &(Entry, Arc<Credential>))| {
            self.opened.get(id).is_some_and(|(_, known)| Arc::ptr_eq(known, credential))
        };
        other.opened.iter().all(same)
    }

    /// What must never leave.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.opened.values().flat_map(|(_, credential)| credential.secrets())
    }
}

/// What a row says of its credential.
///
/// # Errors
/// One sentence saying why it cannot be used.
pub(crate) fn open(house: &House, entry: &Entry) -> Result<Credential, String> {
    let vault = house.vault().ok_or(NO_KEY)?;
    let gone = || format!("there is no provider {:?} any more", entry.provider);
    let provider = house.config.directory.find(&entry.provider).ok_or_else(gone)?;
    let kind = kind::find(&entry.kind).ok_or_else(|| format!("this version has no kind {:?}", entry.kind))?;
    let clear = vault.open(entry.place(), &entry.sealed).map_err(|why| why.to_string())?;
    let pairs = Filled::pairs(&clear).ok_or("its content is not of this version")?;
    let filled = Filled::check(kind.fields, pairs)?;
    let row = Stored {
        id: &entry.id,
        provider,
        kind,
        label: &entry.label,
        priority: entry.priority,
        version: entry.version,
    };
    Credential::stored(&row, &house.config.base(provider), &filled, access(house, entry))
}

/// The access token of a row, if it has one that opens. One that does not is fetched anew.
pub(crate) fn access(house: &House, entry: &Entry) -> Option<Access> {
    let vault = house.vault()?;
    let (sealed, until) = (entry.access.as_ref()?, entry.access_until?);
    let clear = vault.open(entry.access_place(), sealed).ok()?;
    Some(Access { token: Secret::new(std::str::from_utf8(&clear).ok()?)?, until })
}

fn is_same(known: &Entry, now: &Entry) -> bool {
    let key = |entry: &Entry| {
        (entry.version, entry.label.clone(), entry.priority, entry.sealed.clone(), entry.access.clone())
    };
    key(known) == key(now)
}

/// Reads one row.
pub(crate) fn entry(rows: &[Row]) -> Result<Option<Entry>, StoreError> {
    rows.first().map(Entry::from_row).transpose()
}

pub(crate) const NO_KEY: &str = "there is no master key: set PROXYAGENT_SECRET_KEY";

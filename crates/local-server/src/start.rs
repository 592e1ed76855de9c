//! From a directory and an environment to a proxy that can answer, or one clear line saying why not.

use crate::admin_token::admin_token;
use crate::home_dir;
use crate::journal::Journal;
use crate::master_key;
use crate::native::Native;
use crate::store::{self, Store};
use crate::tls::TlsFiles;
use crate::upstream::Outbound;
use proxyagent_core::proxy::{House, Proxy};
use proxyagent_core::settings::Config;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What `serve` was asked for.
#[derive(Debug, Clone)]
pub struct Options {
    pub host: IpAddr,
    /// 0 takes any free port; [`crate::Server::url`] tells which.
    pub port: u16,
    /// The directory that holds the store and the admin token.
    pub home: PathBuf,
    /// A proxy that ends TLS stands in front: addresses other than loopback are allowed.
    pub behind_proxy: bool,
    /// How long running calls may take to finish after the first signal.
    pub drain: Duration,
    /// The environment.
    pub vars: BTreeMap<String, String>,
}

/// How it listens, beyond the address.
#[derive(Debug, Clone)]
pub struct Listening {
    /// TLS ends here: addresses other than loopback are allowed.
    pub tls: Option<TlsFiles>,
    /// Administration is answered there and nowhere else.
    pub admin: Option<SocketAddr>,
    /// The most connections at a time, on each of the two listeners. More wait with the kernel.
    pub connections: usize,
}

impl Default for Listening {
    fn default() -> Self {
        Self { tls: None, admin: None, connections: 16_384 }
    }
}

/// Why the proxy did not start. One line each.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Every mistake in the settings, one line each.
    #[error("{}", .0.join("; "))]
    BadSettings(Vec<String>),
    #[error("port {port} on {host} is already in use")]
    PortBusy { host: IpAddr, port: u16 },
    #[error("cannot listen on {host}:{port}: {cause}")]
    Listen { host: IpAddr, port: u16, cause: std::io::ErrorKind },
    #[error("{0} is not a loopback address: without TLS, tokens would cross the network in the clear")]
    NotLoopback(IpAddr),
    #[error("the certificate or key {path} cannot be used: {cause}")]
    Certificate { path: PathBuf, cause: String },
    #[error("{path}: {cause}")]
    Home { path: PathBuf, cause: String },
    #[error("the store {path} cannot be opened: {cause}")]
    Store { path: PathBuf, cause: String },
    #[error("the store {path} is at schema {found}, this version knows {known}: use a newer proxyagent")]
    StoreTooNew { path: PathBuf, found: i64, known: i64 },
    /// Names neither the database's address nor its password.
    #[error("the database cannot be used: {0}")]
    Database(String),
    #[error("the database is at schema {found}, this version knows {known}: use a newer proxyagent")]
    DatabaseTooNew { found: i64, known: i64 },
    #[error("the system gives no random bytes")]
    Entropy,
    #[error("no TLS client can be built: {0}")]
    Tls(String),
}

/// Opens the store in `home`, brings its schema up to date and resolves the settings. Listens on nothing.
///
/// # Errors
/// Bad settings, and a home or store that cannot be used.
pub async fn open(home: &Path, mut vars: BTreeMap<String, String>) -> Result<Arc<Proxy<Native>>, StartError> {
    let config = |vars: &BTreeMap<String, String>| Config::resolve(vars).map_err(StartError::BadSettings);
    master_key::check(&vars)?;
    read_prices(&mut vars)?;
    config(&master_key::without_passphrase(&vars))?; // before the first file is written
    let token = admin_token(home, &vars)?;
    let keys = master_key::file_in_use(home, &vars);
    vars.insert(master_key::VARIABLE.to_owned(), master_key::master_key(home, &vars)?);
    vars.insert(crate::admin_token::VARIABLE.to_owned(), token.text);
    let house = House::new(config(&vars)?);
    let journal = Journal::to_stderr();
    let store = match vars.get(store::VARIABLE).filter(|url| !url.trim().is_empty()) {
        Some(url) => Store::connect(url.trim(), &journal).await?,
        None => Store::open(&home_dir::database(home)?, journal.clone())?,
    };
    let outbound = Outbound::new()?;
    Ok(Proxy::new(Native::new(store, outbound, journal, house.config.cache.bytes).with_keys_in(keys), house))
}

/// The prices may stand in a file: then the setting is its path.
fn read_prices(vars: &mut BTreeMap<String, String>) -> Result<(), StartError> {
    let Some(value) = vars.get_mut(PRICING) else { return Ok(()) };
    if value.trim().is_empty() || value.trim_start().starts_with('{') {
        return Ok(());
    }
    *value = std::fs::read_to_string(value.trim())
        .map_err(|cause| StartError::BadSettings(vec![format!("{PRICING}: {}: {cause}", value.trim())]))?;
    Ok(())
}

const PRICING: &str = "PROXYAGENT_PRICING";

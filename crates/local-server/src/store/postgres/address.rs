//! Where the database is and how it is reached. The URL holds a password: it is never shown.

use super::fault::Fault;
use super::line::Line;
use crate::start::StartError;
use crate::upstream::tls;
use std::time::Duration;
use tokio::time::timeout;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The setting that holds the URL.
pub(crate) const VARIABLE: &str = "PROXYAGENT_DATABASE_URL";

/// A database that can be connected to.
pub(crate) struct Address {
    config: Config,
    tls: MakeRustlsConnect,
}

impl Address {
    /// # Errors
    /// What is wrong with the URL, without showing it.
    pub(crate) fn parse(url: &str) -> Result<Self, StartError> {
        let wrong = |what: String| StartError::BadSettings(vec![format!("{VARIABLE}: {what}")]);
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(wrong("not a URL that begins with postgres://".to_owned()));
        }
        // A certificate is always verified, so these ask for what `require` means here.
        let url = url
            .replace("sslmode=verify-full", "sslmode=require")
            .replace("sslmode=verify-ca", "sslmode=require");
        let mut config = url.parse::<Config>().map_err(|cause| wrong(reason(&cause)))?;
        if config.get_hosts().is_empty() {
            return Err(wrong("names no host".to_owned()));
        }
        if !url.contains("sslmode=") {
            let here = config.get_hosts().iter().all(is_here);
            config.ssl_mode(if here { SslMode::Disable } else { SslMode::Require });
        }
        config
            .application_name("proxyagent")
            .connect_timeout(CONNECT)
            .keepalives_idle(KEEPALIVE)
            .tcp_user_timeout(UNACKNOWLEDGED)
            // Of several hosts, the one that may be written to.
            .target_session_attrs(TargetSessionAttrs::ReadWrite);
        Ok(Self { config, tls: MakeRustlsConnect::new(tls()?) })
    }

    /// A new connection, set up.
    pub(crate) async fn connect(&self) -> Result<Line, Fault> {
        let hosts = u32::try_from(self.config.get_hosts().len()).unwrap_or(1);
        let connecting = async {
            let (client, connection) = self.config.connect(self.tls.clone()).await?;
            tokio::spawn(async move {
                let _ = connection.await; // whoever uses the client hears of it
            });
            client.batch_execute(SESSION).await?;
            Ok(Line::new(client))
        };
        timeout(CONNECT.saturating_mul(hosts) + CONNECT, connecting).await.unwrap_or(Err(Fault::Slow))
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        Host::Unix(_) => true,
    }
}

/// What the parser says, which names an option but shows no value.
fn reason(cause: &tokio_postgres::Error) -> String {
    match std::error::Error::source(cause) {
        Some(source) => format!("not understood: {source}"),
        None => "not understood".to_owned(),
    }
}

/// A process that hangs in the middle of a transaction must not hold its lock for long.
const SESSION: &str = "SET lock_timeout = '1500ms'; SET statement_timeout = '4s'; \
                       SET idle_in_transaction_session_timeout = '2s'; SET standard_conforming_strings = on";

const CONNECT: Duration = Duration::from_secs(2);
const KEEPALIVE: Duration = Duration::from_secs(15);
const UNACKNOWLEDGED: Duration = Duration::from_secs(5);

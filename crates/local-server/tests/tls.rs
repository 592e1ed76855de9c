//! TLS towards clients, and a listener of the operators' own.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proxyagent_local_server::{Listening, Options, Server, Signals, StartError, TlsFiles};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::TlsConnector;

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn files(&self) -> TlsFiles {
        TlsFiles { cert: self.0.path().join("cert.pem"), key: self.0.path().join("key.pem") }
    }

    /// Writes a new certificate for localhost; the client that trusts it and nothing else.
    fn certify(&self) -> TlsConnector {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(self.files().cert, made.cert.pem()).unwrap();
        std::fs::write(self.files().key, made.signing_key.serialize_pem()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        TlsConnector::from(Arc::new(config))
    }

    async fn bind(&self, host: Ipv4Addr, listening: Listening) -> Result<Server, StartError> {
        let options = Options {
            host: host.into(),
            port: 0,
            home: self.0.path().join("home"),
            behind_proxy: false,
            drain: Duration::from_secs(1),
            vars: BTreeMap::from([("PROXYAGENT_ADMIN_TOKEN".to_owned(), "an admin token".to_owned())]),
        };
        Server::bind_with(options, listening).await
    }
}

fn address(url: &str) -> SocketAddr {
    url.split_once("://").unwrap().1.parse().unwrap()
}

async fn get(mut stream: impl AsyncRead + AsyncWrite + Unpin, path: &str) -> String {
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: localhost\r\nx-admin-token: an admin token\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn over_tls(client: &TlsConnector, at: SocketAddr, path: &str) -> Result<String, std::io::Error> {
    let stream = TcpStream::connect(at).await?;
    let name = ServerName::try_from("localhost").unwrap();
    Ok(get(client.connect(name, stream).await?, path).await)
}

async fn plain(at: SocketAddr, path: &str) -> String {
    get(TcpStream::connect(at).await.unwrap(), path).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_shown_changed_on_sighup_and_never_replaced_by_a_bad_one() {
    let home = Home::new();
    let first = home.certify();
    let listening = Listening { tls: Some(home.files()), ..Listening::default() };
    // With TLS, the whole network may come.
    let server = home.bind(Ipv4Addr::UNSPECIFIED, listening).await.unwrap();
    let url = server.url();
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");
    let at = address(&url);
    let (end, signals) = mpsc::channel(1);
    let running = tokio::spawn(server.run_until(Signals::from_channel(signals)));

    let answer = over_tls(&first, at, "/healthz").await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("{\"ok\":true}"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age=31536000"), "{answer}");
    assert!(!plain(at, "/healthz").await.contains("200 OK"), "nothing is answered in the clear");

    let second = home.certify();
    assert!(over_tls(&second, at, "/healthz").await.is_err(), "not read yet");
    hang_up();
    while over_tls(&second, at, "/healthz").await.is_err() {
        tokio::task::yield_now().await;
    }
    assert!(over_tls(&first, at, "/healthz").await.is_err());

    std::fs::write(home.files().key, "no key").unwrap();
    hang_up();
    for _ in 0..20 {
        assert!(over_tls(&second, at, "/healthz").await.unwrap().contains("200 OK"));
    }
    end.send(()).await.unwrap();
    running.await.unwrap();
}

#[tokio::test]
async fn files_that_do_not_fit_stop_the_start() {
    let home = Home::new();
    let tls = || Listening { tls: Some(home.files()), ..Listening::default() };
    let why = async || home.bind(Ipv4Addr::LOCALHOST, tls()).await.err().unwrap().to_string();
    assert!(why().await.contains("cert.pem"), "absent");
    home.certify();
    let key = std::fs::read(home.files().key).unwrap();
    home.certify();
    std::fs::write(home.files().key, key).unwrap();
    assert!(why().await.contains("cannot be used"), "another certificate's key");
    std::fs::write(home.files().cert, "").unwrap();
    assert!(why().await.contains("holds no certificate"));
    assert!(!Path::new(&home.0.path().join("home/proxyagent.db")).exists(), "nothing was made");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_have_their_own_door() {
    let home = Home::new();
    let admin = Some((Ipv4Addr::LOCALHOST, 0).into());
    let server = home.bind(Ipv4Addr::LOCALHOST, Listening { admin, ..Listening::default() }).await.unwrap();
    let (front, back) = (address(&server.url()), address(&server.admin_url()));
    assert_ne!(front, back);
    let (end, signals) = mpsc::channel(1);
    let running = tokio::spawn(server.run_until(Signals::from_channel(signals)));
    for (path, at_front, at_back) in [
        ("/healthz", "200", "200"),
        ("/readyz", "200", "200"),
        ("/admin/tokens", "404", "200"),
        ("/v1/models", "401", "404"),
        ("/anthropic/v1/models", "401", "404"),
    ] {
        for (at, status) in [(front, at_front), (back, at_back)] {
            let answer = plain(at, path).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path} at {at}: {answer}");
        }
    }
    end.send(()).await.unwrap();
    running.await.unwrap();
    let everywhere = Some((Ipv4Addr::UNSPECIFIED, 0).into());
    let listening = Listening { admin: everywhere, ..Listening::default() };
    assert!(matches!(home.bind(Ipv4Addr::LOCALHOST, listening).await, Err(StartError::NotLoopback(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_connections_than_allowed_are_served_at_a_time() {
    let home = Home::new();
    let listening = Listening { connections: 2, ..Listening::default() };
    let server = home.bind(Ipv4Addr::LOCALHOST, listening).await.unwrap();
    let at = address(&server.url());
    let (end, signals) = mpsc::channel(1);
    let running = tokio::spawn(server.run_until(Signals::from_channel(signals)));
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(at).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        held.push(stream);
    }
    let third = tokio::spawn(async move { plain(at, "/healthz").await });
    // Two hold their places; the third is served as soon as one of them goes.
    assert!(
        tokio::time::timeout(Duration::from_millis(300), async {
            while !third.is_finished() {
                tokio::task::yield_now().await
            }
        })
        .await
        .is_err()
    );
    held.pop();
    assert!(third.await.unwrap().contains("200 OK"));
    end.send(()).await.unwrap();
    running.await.unwrap();
}

fn hang_up() {
    let id = std::process::id().to_string();
    assert!(std::process::Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
}

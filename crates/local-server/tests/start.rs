//! What stops a start, and what a start leaves on the disk.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proxyagent_local_server::{Options, Server, StartError, admin_token, open};
use std::collections::BTreeMap;
use std::fs::{Permissions, set_permissions};
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

fn options(home: &Path) -> Options {
    Options {
        host: Ipv4Addr::LOCALHOST.into(),
        port: 0,
        home: home.to_owned(),
        behind_proxy: false,
        drain: Duration::from_secs(5),
        vars: BTreeMap::new(),
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[tokio::test]
async fn everything_in_the_home_is_private_and_becomes_so_again() {
    let parent = tempfile::tempdir().unwrap();
    let home = parent.path().join("new/home");
    let private = |why: &str| {
        assert_eq!(mode(&home), 0o700, "{why}: home");
        for file in std::fs::read_dir(&home).unwrap() {
            let path = file.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{why}: {}", path.display());
        }
    };
    let held = open(&home, BTreeMap::new()).await.unwrap();
    private("first start");
    assert_eq!(std::fs::read_dir(&home).unwrap().count(), 5, "database, -wal, -shm, admin-token, master-key");

    set_permissions(&home, Permissions::from_mode(0o777)).unwrap();
    for file in std::fs::read_dir(&home).unwrap() {
        set_permissions(file.unwrap().path(), Permissions::from_mode(0o666)).unwrap();
    }
    open(&home, BTreeMap::new()).await.unwrap();
    private("found open");
    drop(held);
}

#[test]
fn the_admin_token_is_made_once_and_the_environment_wins() {
    let home = tempfile::tempdir().unwrap();
    let none = BTreeMap::new();
    let first = admin_token(home.path(), &none).unwrap();
    assert!(first.new && first.text.len() >= 64, "{}", first.text);
    let second = admin_token(home.path(), &none).unwrap();
    assert_eq!((second.text.as_str(), second.new), (first.text.as_str(), false));
    let given = BTreeMap::from([("PROXYAGENT_ADMIN_TOKEN".to_owned(), "given".to_owned())]);
    let third = admin_token(home.path(), &given).unwrap();
    assert_eq!((third.text.as_str(), third.new), ("given", false));
    let other = tempfile::tempdir().unwrap();
    assert_ne!(admin_token(other.path(), &none).unwrap().text, first.text);
    // An emptied file must not become the empty password.
    std::fs::write(home.path().join("admin-token"), "\n").unwrap();
    assert!(matches!(admin_token(home.path(), &none), Err(StartError::Home { .. })));
    // And no draft of it is left behind.
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn other_addresses_than_loopback_need_a_proxy_in_front() {
    let home = tempfile::tempdir().unwrap();
    let everywhere = Options { host: Ipv4Addr::UNSPECIFIED.into(), ..options(home.path()) };
    let error = Server::bind(everywhere.clone()).await.err().unwrap();
    assert!(matches!(error, StartError::NotLoopback(IpAddr::V4(_))), "{error}");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "refused before anything is written");
    let server = Server::bind(Options { behind_proxy: true, ..everywhere }).await.unwrap();
    assert!(server.url().starts_with("http://127.0.0.1:"), "{}", server.url());
}

#[tokio::test]
async fn a_busy_port_is_one_clear_line() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::bind(options(first.path())).await.unwrap();
    let port = server.url().rsplit(':').next().unwrap().parse().unwrap();
    let error = Server::bind(Options { port, ..options(second.path()) }).await.err().unwrap();
    assert_eq!(error.to_string(), format!("port {port} on 127.0.0.1 is already in use"));
    assert_eq!(std::fs::read_dir(second.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_home_that_is_a_file_is_named() {
    let parent = tempfile::tempdir().unwrap();
    let home = parent.path().join("file");
    std::fs::write(&home, "").unwrap();
    let error = Server::bind(options(&home)).await.err().unwrap().to_string();
    assert!(error.contains("/file: "), "{error}");
}

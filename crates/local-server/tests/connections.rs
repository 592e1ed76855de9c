//! What a client may do to a connection, and how a server leaves.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proxyagent_local_server::{Limits, Options, Server, Signals};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

struct World {
    address: String,
    signals: mpsc::Sender<()>,
    running: JoinHandle<()>,
    _home: tempfile::TempDir,
}

impl World {
    async fn new(drain: Duration, limits: Limits) -> Self {
        let home = tempfile::tempdir().unwrap();
        let server = Server::bind(Options {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            home: home.path().to_owned(),
            behind_proxy: false,
            drain,
            vars: BTreeMap::new(),
        })
        .await
        .unwrap()
        .with_limits(limits);
        let address = server.url().replace("http://", "");
        let (signals, receiver) = mpsc::channel(2);
        let running = tokio::spawn(server.run_until(Signals::from_channel(receiver)));
        Self { address, signals, running, _home: home }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).await.unwrap()
    }

    /// Sends bytes and gives back everything that comes until the server closes.
    async fn exchange(&self, bytes: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }
}

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";

/// One answer, read exactly to its end.
async fn answer(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(answer).unwrap().to_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    head
}

#[tokio::test]
async fn framing_is_strict_and_heads_are_bounded() {
    let world = World::new(Duration::from_secs(1), Limits::default()).await;
    let many: String = (0..200).map(|i| format!("x-{i}: 1\r\n")).collect();
    let long = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(200 << 10));
    let post = "POST /anthropic/v1/messages HTTP/1.1\r\nhost: x\r\n";
    for (request, status) in [
        (format!("GET / HTTP/1.1\r\nhost: x\r\n{many}\r\n"), "431"),
        (long, "431"),
        (format!("{post}content-length: 1\r\ncontent-length: 2\r\n\r\nab"), "400"),
        (format!("{post}content-length: -1\r\n\r\n"), "400"),
        (format!("{post}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n"), "400"),
        (format!("{post}x : 1\r\n\r\n"), "400"),
        ("GET / HTTP/1.1\r\nhost: x\r\n folded: 1\r\n\r\n".to_owned(), "400"),
        ("nonsense\r\n\r\n".to_owned(), "400"),
    ] {
        let answer = world.exchange(&request).await;
        let shown = &request[..request.len().min(120)];
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{shown}\n{answer}");
    }
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request_but_not_after_an_ambiguous_one() {
    let world = World::new(Duration::from_secs(1), Limits::default()).await;
    let mut stream = world.connect().await;
    for _ in 0..3 {
        stream.write_all(HEALTH.as_bytes()).await.unwrap();
        assert!(!answer(&mut stream).await.contains("connection: close"));
    }
    // Each of these ends only because the server closes.
    let both =
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    let hosts = "GET /healthz HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n";
    let hostless = "GET /healthz HTTP/1.1\r\n\r\n";
    for request in [both, hosts, hostless] {
        assert!(world.exchange(request).await.contains("connection: close"), "{request}");
    }
}

#[tokio::test]
async fn an_unfinished_head_and_an_unused_connection_are_closed() {
    let limits =
        Limits { head: Duration::from_millis(50), quiet: Duration::from_millis(50), ..Limits::default() };
    let world = World::new(Duration::from_secs(1), limits).await;
    assert_eq!(world.exchange("").await, "");
    assert_eq!(world.exchange("GET /healthz HTTP/1.1\r\nho").await, "");
    assert!(world.exchange(HEALTH).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn an_idle_server_leaves_at_once_and_refuses_new_callers() {
    let world = World::new(Duration::from_secs(30), Limits::default()).await;
    let mut used = world.connect().await;
    used.write_all(HEALTH.as_bytes()).await.unwrap();
    answer(&mut used).await;
    let _fresh = world.connect().await;
    let began = Instant::now();
    world.signals.send(()).await.unwrap();
    world.running.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(TcpStream::connect(&world.address).await.is_err());
}

/// A head that never ends stands for everything that does not finish.
#[tokio::test]
async fn what_does_not_finish_is_cut_at_the_deadline_or_by_a_second_signal() {
    for (drain, insist) in [(Duration::from_millis(200), false), (Duration::from_secs(60), true)] {
        let world = World::new(drain, Limits { head: Duration::from_secs(90), ..Limits::default() }).await;
        let mut stuck = world.connect().await;
        stuck.write_all(b"POST / HTTP/1.1\r\nhost: x\r\n").await.unwrap();
        // Answered after the half head above was accepted: connections are taken in order.
        let mut other = world.connect().await;
        other.write_all(HEALTH.as_bytes()).await.unwrap();
        answer(&mut other).await;
        let began = Instant::now();
        world.signals.send(()).await.unwrap();
        if insist {
            world.signals.send(()).await.unwrap();
        }
        world.running.await.unwrap();
        let limit = if insist { Duration::ZERO } else { drain } + Duration::from_secs(1);
        assert!(began.elapsed() <= limit + Duration::from_millis(200), "{:?}", began.elapsed());
        assert_eq!(stuck.read(&mut [0; 64]).await.unwrap_or(0), 0);
    }
}

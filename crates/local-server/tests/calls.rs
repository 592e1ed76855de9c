//! Whole calls through a real listener: a caller that hangs up, and a server that leaves while answers are on their way.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use bytes::Bytes;
use http::Request;
use proxyagent_core::admin::{self, Admin};
use proxyagent_core::ports::{Sql, Statement};
use proxyagent_core::proxy::Proxy;
use proxyagent_local_server::{Native, Options, Server, Signals};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

const BEGIN: &str = concat!(
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",",
    "\"role\":\"assistant\",\"model\":\"claude-haiku-4-5\",\"content\":[],",
    "\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n"
);
const END: &str = concat!(
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},",
    "\"usage\":{\"output_tokens\":7}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
);

struct World {
    address: String,
    token: String,
    proxy: Arc<Proxy<Native>>,
    /// Lets the upstream finish the streams it has begun.
    go_on: Arc<Notify>,
    signals: mpsc::Sender<()>,
    running: JoinHandle<()>,
    _home: tempfile::TempDir,
}

impl World {
    async fn new(drain: Duration) -> Self {
        let home = tempfile::tempdir().unwrap();
        let go_on = Arc::new(Notify::new());
        let upstream = upstream(Arc::clone(&go_on)).await;
        let vars = [("ANTHROPIC_API_KEY", "sk-canary"), ("PROXYAGENT_ANTHROPIC_ENDPOINT", &upstream)];
        let server = Server::bind(Options {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            home: home.path().to_owned(),
            behind_proxy: false,
            drain,
            vars: vars.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        })
        .await
        .unwrap();
        let proxy = server.proxy();
        let mint =
            Request::post("/admin/tokens").body(Bytes::from(r#"{"label":"t","scope":["*"]}"#)).unwrap();
        let minted = admin::handle(&proxy, Admin::local(), mint).await.into_body();
        let minted: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&minted).unwrap();
        let address = server.url().replace("http://", "");
        let (signals, receiver) = mpsc::channel(2);
        let running = tokio::spawn(server.run_until(Signals::from_channel(receiver)));
        let token = minted["token"].as_str().unwrap().to_owned();
        Self { address, token, proxy, go_on, signals, running, _home: home }
    }

    fn head(&self, length: usize) -> String {
        let token = &self.token;
        format!(
            "POST /anthropic/v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: {token}\r\ncontent-length: {length}\r\n\r\n"
        )
    }

    /// A stream of which the first event has arrived.
    async fn begun(&self) -> TcpStream {
        let body = r#"{"model":"claude-haiku-4-5","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"x"}]}"#;
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.write_all(format!("{}{body}", self.head(body.len())).as_bytes()).await.unwrap();
        let mut seen = Vec::new();
        while !String::from_utf8_lossy(&seen).contains("message_start") {
            assert!(stream.read_buf(&mut seen).await.unwrap() > 0, "{}", String::from_utf8_lossy(&seen));
        }
        assert!(seen.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&seen));
        stream
    }

    /// Each call as (state, end, output tokens).
    async fn calls(&self) -> Vec<(String, String, i64)> {
        let sql = "SELECT state, ended, output FROM proxy_agent_calls";
        let rows = self.proxy.platform.batch(vec![Statement::new(sql, vec![])]).await.unwrap();
        let text = |row: &proxyagent_core::ports::Row, n| row.maybe_text(n).unwrap().unwrap_or("").to_owned();
        rows[0].iter().map(|row| (text(row, 0), text(row, 1), row.int(2).unwrap())).collect()
    }
}

/// Begins every stream at once, and ends it when told to.
async fn upstream(go_on: Arc<Notify>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let go_on = Arc::clone(&go_on);
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !request.ends_with(b"}]}") {
                    stream.read_buf(&mut request).await.unwrap();
                }
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
                stream.write_all(format!("{head}{BEGIN}").as_bytes()).await.unwrap();
                go_on.notified().await;
                stream.write_all(END.as_bytes()).await.unwrap();
            });
        }
    });
    address
}

async fn rest(mut stream: TcpStream) -> String {
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    String::from_utf8(rest).unwrap()
}

#[tokio::test]
async fn streams_that_end_in_time_are_whole_and_then_the_server_is_gone() {
    let world = World::new(Duration::from_secs(30)).await;
    let streams = [world.begun().await, world.begun().await, world.begun().await];
    world.signals.send(()).await.unwrap();
    while TcpStream::connect(&world.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!world.running.is_finished());
    for stream in streams {
        world.go_on.notify_one();
        let text = rest(stream).await;
        assert!(text.contains("message_stop") && text.ends_with("0\r\n\r\n"), "{text}");
    }
    let calls = world.calls().await;
    world.running.await.unwrap();
    assert_eq!(calls, vec![("settled".to_owned(), "complete".to_owned(), 7); 3]);
}

#[tokio::test]
async fn hung_streams_hear_of_the_end_and_are_settled_by_the_deadline() {
    let world = World::new(Duration::from_millis(100)).await;
    let (reading, not_reading) = (world.begun().await, world.begun().await);
    let began = Instant::now();
    world.signals.send(()).await.unwrap();
    let text = rest(reading).await;
    assert!(text.contains("event: error"), "{text}");
    let World { ref running, .. } = world;
    while !running.is_finished() {
        tokio::task::yield_now().await;
    }
    assert!(began.elapsed() < Duration::from_millis(1500), "{:?}", began.elapsed());
    drop(not_reading);
    let calls = world.calls().await;
    assert_eq!(calls.len(), 2);
    for (state, end, _) in calls {
        assert_eq!((state.as_str(), end.as_str()), ("settled", "truncated"));
    }
}

#[tokio::test]
async fn a_caller_that_hangs_up_is_charged_for_the_whole_answer() {
    let world = World::new(Duration::from_secs(30)).await;
    drop(world.begun().await);
    world.go_on.notify_one();
    // The server waits for the settlement, and for nothing else.
    world.signals.send(()).await.unwrap();
    while !world.running.is_finished() {
        tokio::task::yield_now().await;
    }
    let calls = world.calls().await;
    assert!(matches!(calls.as_slice(), [(state, _, 7)] if state == "settled"), "{calls:?}");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_in_words_even_to_a_caller_that_keeps_sending() {
    let world = World::new(Duration::from_secs(1)).await;
    let mut stream = TcpStream::connect(&world.address).await.unwrap();
    let length = 40 << 20;
    stream.write_all(world.head(length).as_bytes()).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let sending = async {
        let block = vec![b' '; 1 << 20];
        for _ in 0..40 {
            writer.write_all(&block).await.unwrap();
        }
    };
    let mut answer = Vec::new();
    let (_, read) = tokio::join!(sending, reader.read_to_end(&mut answer));
    read.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

//! The load: a fixed number of requests over kept connections, and what they took.

use crate::Failure;
use crate::process::Server;
use crate::upstream::MODEL;
use memchr::memmem;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    Stream,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "1 KB JSON",
            Self::Stream => "100 events",
        }
    }
}

/// What one round took.
pub(crate) struct Round {
    cpu: Duration,
    wall: Duration,
    /// Sorted.
    latencies: Vec<Duration>,
}

impl Round {
    /// In microseconds.
    pub(crate) fn cpu_per_request(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.latencies.len() as f64
    }

    /// In microseconds.
    pub(crate) fn percentile(&self, share: f64) -> f64 {
        let last = self.latencies.len().saturating_sub(1);
        let place = (last as f64 * share) as usize;
        self.latencies.get(place).map_or(f64::NAN, |span| span.as_secs_f64() * 1e6)
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.wall.as_secs_f64()
    }
}

/// Sends `count` requests over `connections` connections; fails when any answer is not whole and 200.
pub(crate) async fn round(
    server: &Server,
    kind: Kind,
    count: usize,
    connections: usize,
    limit: Duration,
) -> Result<Round, Failure> {
    let left = Arc::new(AtomicUsize::new(count));
    let request: Arc<[u8]> = request(&server.token, kind).into_bytes().into();
    let (cpu, began) = (server.cpu()?, Instant::now());
    let mut callers = JoinSet::new();
    for _ in 0..connections {
        callers.spawn(call(server.address, Arc::clone(&request), kind, Arc::clone(&left)));
    }
    let mut latencies = Vec::with_capacity(count);
    let all = async {
        while let Some(caller) = callers.join_next().await {
            latencies.extend(caller??);
        }
        Ok::<_, Failure>(())
    };
    tokio::time::timeout(limit, all).await.map_err(|_| "a round took too long")??;
    let (wall, cpu) = (began.elapsed(), server.cpu()?.saturating_sub(cpu));
    latencies.sort();
    Ok(Round { cpu, wall, latencies })
}

fn request(token: &str, kind: Kind) -> String {
    let stream = kind == Kind::Stream;
    let body = format!(
        r#"{{"model":"{MODEL}","max_tokens":1024,"stream":{stream},"messages":[{{"role":"user","content":"Say something long."}}]}}"#
    );
    format!(
        "POST /anthropic/v1/messages HTTP/1.1\r\nhost: bench\r\nx-api-key: {token}\r\n\
         anthropic-version: 2023-06-01\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn call(
    address: std::net::SocketAddr,
    request: Arc<[u8]>,
    kind: Kind,
    left: Arc<AtomicUsize>,
) -> Result<Vec<Duration>, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut latencies = Vec::new();
    let mut buffer = Vec::with_capacity(64 << 10);
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok() {
        let began = Instant::now();
        stream.write_all(&request).await?;
        buffer.clear();
        let mut head = None;
        loop {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err(format!("cut: {}", String::from_utf8_lossy(&buffer)).into());
            }
            if head.is_none() {
                head = memmem::find(&buffer, b"\r\n\r\n").map(|end| end + 4);
            }
            if head.is_some_and(|start| whole(&buffer, start)) {
                break;
            }
        }
        latencies.push(began.elapsed());
        let ended = kind == Kind::Plain || memmem::find(&buffer, b"message_stop").is_some();
        if !buffer.starts_with(b"HTTP/1.1 200") || !ended {
            return Err(format!("not what was asked for: {}", String::from_utf8_lossy(&buffer)).into());
        }
    }
    Ok(latencies)
}

/// Whether the body that begins at `start` is complete.
fn whole(answer: &[u8], start: usize) -> bool {
    let (head, body) = answer.split_at(start);
    let declared = memmem::find(head, b"content-length: ").and_then(|at| {
        let rest = std::str::from_utf8(head.get(at + 16..)?).ok()?;
        rest.lines().next()?.trim().parse::<usize>().ok()
    });
    match declared {
        Some(length) => body.len() >= length,
        None => body.ends_with(b"0\r\n\r\n"),
    }
}

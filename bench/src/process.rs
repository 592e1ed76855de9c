//! The servers as processes: started, asked for their CPU time, and ended with this program.

use crate::Failure;
use hyper_util::rt::TokioIo;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// A running server.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// What callers present.
    pub(crate) token: String,
    _home: Option<tempfile::TempDir>,
}

impl Server {
    pub(crate) async fn upstream() -> Result<Self, Failure> {
        Self::own(&["role", "upstream"])
    }

    pub(crate) async fn minimal(upstream: &Self) -> Result<Self, Failure> {
        Self::own(&["role", "minimal", &format!("http://{}", upstream.address)])
    }

    /// The real thing, with a token that has a scope, a rate limit and a budget.
    pub(crate) async fn proxyagent(program: &Path, upstream: &Self) -> Result<Self, Failure> {
        let home = tempfile::tempdir()?;
        let command = || {
            let mut command = Command::new(program);
            command
                .env_clear()
                .env("PROXYAGENT_HOME", home.path())
                .env("ANTHROPIC_API_KEY", "sk-real")
                .env("PROXYAGENT_ANTHROPIC_ENDPOINT", format!("http://{}", upstream.address))
                .stdin(Stdio::null())
                .stderr(Stdio::null());
            command
        };
        let minted = command()
            .args([
                "token",
                "new",
                "bench",
                "--scope",
                "anthropic:*",
                "--budget",
                "100000",
                "--rate",
                "10000000",
            ])
            .stderr(Stdio::inherit())
            .output()?;
        if !minted.status.success() {
            return Err("no token could be minted".into());
        }
        let token = String::from_utf8(minted.stdout)?.trim().to_owned();
        let address = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
        let port = address.port().to_string();
        let child = command().args(["serve", "--port", &port]).stdout(Stdio::null()).spawn()?;
        let server = Self { child, address, token, _home: Some(home) };
        for _ in 0..100 {
            if TcpStream::connect(address).await.is_ok() {
                return Ok(server);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err("proxyagent does not listen".into())
    }

    /// CPU time so far, user and system, of all its threads.
    pub(crate) fn cpu(&self) -> Result<Duration, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // After the name, which may hold anything: state is the 1st field, utime the 12th, stime the 13th.
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
        let ticks =
            |n: usize| fields.get(n).ok_or("a short /proc/*/stat")?.parse::<u64>().map_err(Failure::from);
        Ok(Duration::from_millis((ticks(11)? + ticks(12)?) * 1000 / TICKS_PER_SECOND))
    }

    pub(crate) fn peak_kib(&self) -> Result<u64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
        Ok(peak.trim().trim_end_matches(" kB").parse()?)
    }

    fn own(arguments: &[&str]) -> Result<Self, Failure> {
        let program = std::env::current_exe()?;
        let mut child = Command::new(program).args(arguments).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no standard output")?).read_line(&mut line)?;
        Ok(Self { child, address: line.trim().parse()?, token: "pa_bench".into(), _home: None })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A role's side: takes a free port, says it, and serves every connection.
pub(crate) async fn accept<S, F>(serve: S) -> Result<(), Failure>
where
    S: Fn(TokioIo<TcpStream>) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve(TokioIo::new(stream)));
    }
}

pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

/// Linux' USER_HZ, the same on every architecture this runs on.
const TICKS_PER_SECOND: u64 = 100;

//! CPU per request and added latency of `proxyagent serve` against a bare hyper pass-through, interleaved on one
//! machine: `cargo build --release --workspace && target/release/pass-through`. Read the ratios, not the absolutes.
//!
//! Each server is a process of its own (this program again, with a role), so that its CPU time can be told apart.
#![expect(clippy::print_stdout, reason = "the table is this program's output")]

mod load;
mod minimal;
mod process;
mod upstream;

use load::{Kind, Round};
use process::Server;
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["role", "upstream"] => process::runtime()?.block_on(upstream::serve()),
        ["role", "minimal", upstream] => process::runtime()?.block_on(minimal::serve(upstream)),
        options => {
            let plan = Plan::parse(options)?;
            tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run(plan))
        }
    }
}

/// What is measured. Bounded in count and in time.
struct Plan {
    /// Per round and target.
    requests: usize,
    streams: usize,
    rounds: usize,
    connections: usize,
    proxyagent: PathBuf,
}

impl Plan {
    fn parse(options: &[&str]) -> Result<Self, Failure> {
        let beside = std::env::current_exe()?.with_file_name("proxyagent");
        let mut plan =
            Self { requests: 20_000, streams: 1_000, rounds: 5, connections: 16, proxyagent: beside };
        for pair in options.chunks(2) {
            match pair {
                ["--requests", n] => plan.requests = n.parse()?,
                ["--streams", n] => plan.streams = n.parse()?,
                ["--rounds", n] => plan.rounds = n.parse()?,
                ["--connections", n] => plan.connections = n.parse()?,
                ["--proxyagent", path] => plan.proxyagent = PathBuf::from(path),
                _ => {
                    return Err(
                        "options: --requests N --streams N --rounds N --connections N --proxyagent PATH"
                            .into(),
                    );
                }
            }
        }
        if !plan.proxyagent.exists() {
            return Err(format!("{}: build it first", plan.proxyagent.display()).into());
        }
        Ok(plan)
    }
}

async fn run(plan: Plan) -> Result<(), Failure> {
    let upstream = Server::upstream().await?;
    let minimal = Server::minimal(&upstream).await?;
    let proxyagent = Server::proxyagent(&plan.proxyagent, &upstream).await?;
    let targets = [("direct", &upstream), ("minimal", &minimal), ("proxyagent", &proxyagent)];
    let connections = plan.connections.max(1);
    println!("{connections} connections, {} rounds, medians\n", plan.rounds);
    println!(
        "{:<10} {:<11} {:>8} {:>7} {:>9} {:>9} {:>9}",
        "", "", "CPU µs", "ratio", "p50 µs", "p99 µs", "per s"
    );
    for (kind, count) in [(Kind::Plain, plan.requests), (Kind::Stream, plan.streams)] {
        for (_, server) in targets {
            load::round(server, kind, (count / 10).max(connections), connections, LIMIT).await?; // warms up
        }
        let mut rounds: [Vec<Round>; 3] = Default::default();
        for _ in 0..plan.rounds {
            for ((_, server), results) in targets.iter().zip(&mut rounds) {
                results.push(load::round(server, kind, count, connections, LIMIT).await?);
            }
        }
        let cpu = |rounds: &[Round]| median(rounds.iter().map(|round| round.cpu_per_request()));
        let reference = cpu(rounds.get(1).map_or(&[], Vec::as_slice));
        for ((name, _), rounds) in targets.iter().zip(&rounds) {
            println!(
                "{:<10} {name:<11} {:>8.1} {:>7.2} {:>9.0} {:>9.0} {:>9.0}",
                kind.name(),
                cpu(rounds),
                cpu(rounds) / reference,
                median(rounds.iter().map(|round| round.percentile(0.50))),
                median(rounds.iter().map(|round| round.percentile(0.99))),
                median(rounds.iter().map(Round::per_second)),
            );
        }
    }
    println!("\npeak memory: minimal {} KiB, proxyagent {} KiB", minimal.peak_kib()?, proxyagent.peak_kib()?);
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The most one round may take.
const LIMIT: Duration = Duration::from_secs(60);

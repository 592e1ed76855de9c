//! `proxyagent serve`: the native server. It binds before it greets; the address is the only line on standard output.

mod greeting;

use crate::console::{home, start_failure};
use crate::failure::CliError;
use crate::output::Shape;
use proxyagent_local_server::{Listening, Options, Server, StartError, TlsFiles, admin_token};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Run the proxy on this machine
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The address to listen on; other than loopback needs --behind-proxy
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_name = "ADDRESS", value_parser = address)]
    host: IpAddr,
    /// The port to listen on; 0 takes a free one
    #[arg(long, short, default_value_t = 8080)]
    port: u16,
    /// A reverse proxy that ends TLS stands in front
    #[arg(long)]
    behind_proxy: bool,
    /// A certificate, with the chain behind it, in PEM; read again on SIGHUP. TLS ends here then
    #[arg(long, requires = "tls_key", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, in PEM
    #[arg(long, requires = "tls_cert", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Answer administration (the admin API, the dashboard, metrics) at this address and nowhere else
    #[arg(long, value_name = "ADDRESS:PORT")]
    admin_listen: Option<SocketAddr>,
    /// The most connections at a time; more wait
    #[arg(long, default_value_t = 16_384, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    max_connections: u32,
    /// How long running calls may finish after a signal to stop
    #[arg(long, default_value = "30", value_name = "SECONDS", value_parser = crate::span::parse_seconds)]
    drain: u64,
}

/// Serves until a signal.
///
/// # Errors
/// Why the server did not start.
pub(crate) fn run(args: Args, vars: &BTreeMap<String, String>, shape: Shape) -> Result<(), CliError> {
    let home = home(vars)?;
    let runtime = match event_loops() {
        1 => tokio::runtime::Builder::new_current_thread().enable_all().build(),
        more => tokio::runtime::Builder::new_multi_thread().worker_threads(more).enable_all().build(),
    };
    let runtime = runtime.map_err(crate::command::no_runtime)?;
    runtime.block_on(async {
        let options = Options {
            host: args.host,
            port: args.port,
            home: home.clone(),
            behind_proxy: args.behind_proxy,
            drain: Duration::from_secs(args.drain),
            vars: vars.clone(),
        };
        let listening = Listening {
            tls: args.tls_cert.zip(args.tls_key).map(|(cert, key)| TlsFiles { cert, key }),
            admin: args.admin_listen,
            connections: usize::try_from(args.max_connections).unwrap_or(usize::MAX),
        };
        let server = Server::bind_with(options, listening).await.map_err(|error| refusal(&error))?;
        let admin = admin_token(&home, vars).map_err(|error| refusal(&error))?;
        let chosen = vars.get("PROXYAGENT_ADMIN_TOKEN").is_some_and(|text| !text.is_empty());
        greeting::greet(&server, (!chosen).then_some(admin), shape).await?;
        server.run().await.map_err(|error| refusal(&error))
    })
}

/// Half the cores: the store's thread and the kernel's network work want the others, and fewer event loops wake each
/// other less.
fn event_loops() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2))
}

fn refusal(error: &StartError) -> CliError {
    let failure = start_failure(error, "the proxy did not start");
    match error {
        StartError::PortBusy { .. } => failure.help("stop the other program, or choose a port with --port"),
        StartError::NotLoopback(_) => failure
            .help("give --tls-cert and --tls-key, or put a TLS proxy in front of it and add --behind-proxy"),
        _ => failure,
    }
}

fn address(text: &str) -> Result<IpAddr, String> {
    match text {
        "localhost" => Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        text => text
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse()
            .map_err(|_| "write an IP address of this machine, such as 127.0.0.1 or 0.0.0.0".to_owned()),
    }
}

const EXAMPLES: &str = "Examples:
  proxyagent serve
  proxyagent serve --host 0.0.0.0 --tls-cert fullchain.pem --tls-key privkey.pem --admin-listen 127.0.0.1:8081
  proxyagent serve --host 0.0.0.0 --behind-proxy --drain 60";

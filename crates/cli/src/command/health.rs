//! `proxyagent health`: whether a proxy answers and its store with it. For health checks of containers, which have no
//! other program to ask with.

use crate::console::{Remote, base};
use crate::failure::{CliError, Kind};
use crate::output::Answer;
use bytes::Bytes;
use http::Request;
use serde_json::json;

/// Ask a running proxy whether it and its store are well; exit code 0 if so
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Where it listens
    #[arg(default_value = "http://127.0.0.1:8080", value_name = "ADDRESS")]
    at: String,
}

impl Args {
    pub(crate) async fn run(self) -> Result<Answer, CliError> {
        let remote = Remote::new(base(&self.at)?, None)?;
        let request = Request::get("/readyz").body(Bytes::new()).map_err(crate::console::unsendable)?;
        let status = remote.send(request).await?.status();
        if !status.is_success() {
            return Err(CliError::new(Kind::Failed, format!("{} is not ready", remote.name()))
                .cause(format!("it answered {status}")));
        }
        Ok(Answer { json: json!({"ready": true}), text: "ready\n".to_owned(), ..Answer::default() })
    }
}

const EXAMPLES: &str = "Examples:
  proxyagent health
  proxyagent health http://127.0.0.1:9000
  proxyagent health https://proxy.example.com";

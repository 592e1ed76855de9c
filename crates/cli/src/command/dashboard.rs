//! `proxyagent dashboard`: a link that signs a browser in, once.

use crate::command::read;
use crate::console::Console;
use crate::failure::CliError;
use crate::output::Answer;
use http::Method;
use serde::Deserialize;
use serde_json::json;

/// Print a link that opens the dashboard, signed in. It works once, for five minutes
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Where this machine's proxy listens
    #[arg(long, default_value = "http://127.0.0.1:8080", value_name = "URL")]
    at: String,
}

#[derive(Deserialize)]
struct Link {
    path: String,
    expires_ms: i64,
}

impl Args {
    /// `remote` is the proxy that --proxy names, if it does.
    pub(crate) async fn run(&self, console: &Console, remote: Option<&str>) -> Result<Answer, CliError> {
        let link: Link = read(&console.send(Method::POST, "/admin/login-links", None).await?)?;
        let base = crate::console::base(remote.unwrap_or(&self.at))?;
        let url = format!("{}{}", base.to_string().trim_end_matches('/'), link.path);
        Ok(Answer {
            json: json!({"url": url, "expires_ms": link.expires_ms}),
            text: format!("{url}\n"),
            quiet: vec![url],
            notes: vec!["the link signs in whoever opens it first".to_owned()],
        })
    }
}

const EXAMPLES: &str = "Examples:
  proxyagent dashboard
  proxyagent dashboard --at http://127.0.0.1:9000
  xdg-open \"$(proxyagent dashboard --quiet)\"";

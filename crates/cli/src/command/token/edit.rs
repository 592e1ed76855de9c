//! `proxyagent token edit`: other limits for a machine token. They count from its next call on, and end its open streams.

use super::limits::Limits;
use super::{Listing, Token};
use crate::console::{Console, segment};
use crate::failure::{CliError, Kind};
use crate::output::Answer;
use crate::span::parse_seconds;
use crate::visible::visible;
use http::Method;
use serde_json::{Map, Value, json};

/// Change what is given of a machine token
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The token's id, or its label if only one live token has it
    #[arg(value_name = "ID")]
    which: String,
    /// Another label
    #[arg(long)]
    label: Option<String>,
    /// What it may use instead: `provider:model` with `*` and `?`, a provider, or `*`; may be given again
    #[arg(long, value_name = "GLOB")]
    scope: Vec<String>,
    #[command(flatten)]
    limits: Limits,
    /// Keep what its calls ask and are answered, sealed, for this long: 1h, 2d, or off
    #[arg(long, value_name = "SPAN", value_parser = capture)]
    capture: Option<Capture>,
}

/// For how long; `None`: no longer.
#[derive(Debug, Clone, Copy)]
struct Capture(Option<u64>);

fn capture(text: &str) -> Result<Capture, String> {
    if matches!(text, "off" | "none") {
        return Ok(Capture(None));
    }
    parse_seconds(text).map(|seconds| Capture(Some(seconds)))
}

impl Args {
    pub(crate) async fn run(self, console: &Console) -> Result<Answer, CliError> {
        let mut wish = Map::new();
        if let Some(label) = &self.label {
            wish.insert("label".to_owned(), json!(label));
        }
        if !self.scope.is_empty() {
            wish.insert("scope".to_owned(), json!(self.scope));
        }
        self.limits.put(&mut wish);
        if let Some(Capture(seconds)) = self.capture {
            wish.insert("capture_seconds".to_owned(), json!(seconds));
        }
        if wish.is_empty() {
            return Err(
                CliError::new(Kind::Usage, "nothing is to be changed").help("proxyagent token edit --help")
            );
        }
        let listing: Listing =
            crate::command::read(&console.send(Method::GET, "/admin/tokens", None).await?)?;
        let token = Token::find(&listing.tokens, &self.which)?;
        let path = format!("/admin/tokens/{}", segment(&token.id));
        let json = console.send(Method::PATCH, &path, Some(&Value::Object(wish))).await?;
        let note = format!("{} ({}) is changed", visible(&token.label), visible(&token.id));
        Ok(Answer { json, quiet: vec![token.id.clone()], notes: vec![note], ..Answer::default() })
    }
}

const EXAMPLES: &str = "Examples:
  proxyagent token edit ci --budget 5/day --rate 30
  proxyagent token edit tok_3f9a2c41d07be865 --scope openai --budget-group team
  proxyagent token edit macbook-01 --ttl 30d --concurrency none";

//! `proxyagent logs show`: everything that is known of one call.

use crate::console::{Console, segment};
use crate::failure::CliError;
use crate::output::Answer;
use crate::visible::visible;
use http::Method;
use serde_json::Value;

/// Show all that is known of one call
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The call's id: `x-proxyagent-request-id` of its answer
    id: String,
}

impl Args {
    pub(super) async fn run(self, console: &Console) -> Result<Answer, CliError> {
        let path = format!("/admin/logs/{}", segment(&self.id));
        let json = console.send(Method::GET, &path, None).await?;
        let mut text = String::new();
        lines("", &json, &mut text);
        Ok(Answer {
            text,
            quiet: vec![super::plain(json.get("id").unwrap_or(&Value::Null))],
            json,
            notes: Vec::new(),
        })
    }
}

/// One line per fact that there is.
fn lines(within: &str, value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                lines(&format!("{within}{}{name}", if within.is_empty() { "" } else { "." }), value, out);
            }
        }
        Value::Null => {}
        Value::Array(items) if items.is_empty() => {}
        other => out.push_str(&format!("{within:<24}  {}\n", visible(&super::plain(other)))),
    }
}

const EXAMPLES: &str = "Examples:
  proxyagent logs show req_01a20c91a0003f2b8c1d5e6a7b90
  proxyagent logs show my-own-id
  proxyagent logs show req_01a20c91a0003f2b8c1d5e6a7b90 --json";

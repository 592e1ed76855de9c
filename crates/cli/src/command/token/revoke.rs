//! `proxyagent token revoke`: ends a machine token, at once and for good.

use super::{Listing, Token};
use crate::console::{Console, segment};
use crate::failure::CliError;
use crate::output::Answer;
use crate::visible::visible;
use http::Method;

/// End a machine token at once and for good
#[derive(Debug, clap::Args)]
#[command(visible_alias = "rm", after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The token's id, or its label if only one live token has it
    #[arg(value_name = "ID")]
    which: String,
}

impl Args {
    pub(crate) async fn run(self, console: &Console) -> Result<Answer, CliError> {
        let listing: Listing =
            crate::command::read(&console.send(Method::GET, "/admin/tokens", None).await?)?;
        let token = Token::find(&listing.tokens, &self.which)?;
        let json =
            console.send(Method::DELETE, &format!("/admin/tokens/{}", segment(&token.id)), None).await?;
        let note = format!("{} ({}) is revoked", visible(&token.label), visible(&token.id));
        Ok(Answer { json, quiet: vec![token.id.clone()], notes: vec![note], ..Answer::default() })
    }
}

const EXAMPLES: &str = "Examples:
  proxyagent token revoke tok_3f9a2c41d07be865
  proxyagent token revoke macbook-01
  proxyagent --proxy https://proxy.example.com token revoke macbook-01";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Kind;
    use serde_json::json;

    #[test]
    fn which_token_is_meant() {
        let token = |id: &str, label: &str, revoked: bool| json!({"id": id, "label": label, "scope": [], "status": "", "revoked": revoked});
        let listing: Listing = crate::command::read(&json!({"tokens": [
            token("1", "ci", true), token("2", "ci", false), token("3", "mac", false), token("4", "mac", false),
            token("5", "old", true), token("6", "3", false),
        ]}))
        .unwrap();
        for (which, found) in [
            ("1", Ok("1")),
            ("ci", Ok("2")),
            ("3", Ok("3")),
            ("mac", Err(Kind::Usage)),
            ("old", Err(Kind::NotFound)),
            ("c", Err(Kind::NotFound)),
        ] {
            let id = Token::find(&listing.tokens, which)
                .map(|token| token.id.as_str())
                .map_err(|error| error.kind);
            assert_eq!(id, found, "{which}");
        }
    }
}

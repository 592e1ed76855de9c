//! `proxyagent token ls`: every machine token, without its text.

use super::{Listing, Token};
use crate::ago::ago;
use crate::command::dollars;
use crate::console::Console;
use crate::failure::CliError;
use crate::output::Answer;
use crate::table::{Side, Table};
use http::Method;
use proxyagent_core::time::UnixMs;

/// List machine tokens (never their text)
#[derive(Debug, clap::Args)]
#[command(visible_alias = "list", after_help = EXAMPLES)]
pub(crate) struct Args {}

impl Args {
    pub(crate) async fn run(self, console: &Console, now: UnixMs) -> Result<Answer, CliError> {
        let json = console.send(Method::GET, "/admin/tokens", None).await?;
        let listing: Listing = crate::command::read(&json)?;
        let notes = match listing.tokens.is_empty() {
            true => vec!["no tokens yet; make one with: proxyagent token new LABEL".to_owned()],
            false => Vec::new(),
        };
        let quiet = listing.tokens.iter().map(|token| token.id.clone()).collect();
        Ok(Answer { text: table(listing.tokens, now).render(), quiet, notes, json })
    }
}

fn table(tokens: Vec<Token>, now: UnixMs) -> Table {
    let mut table = Table::new(&[
        ("ID", Side::Left),
        ("LABEL", Side::Left),
        ("SCOPE", Side::Left),
        ("SPENT", Side::Right),
        ("BUDGET", Side::Right),
        ("RESETS", Side::Left),
        ("GROUP", Side::Left),
        ("LIMITS", Side::Left),
        ("EXPIRES", Side::Left),
        ("LAST USED", Side::Left),
        ("STATE", Side::Left),
    ]);
    for token in tokens {
        let limits = limits(&token);
        table.row([
            token.id,
            token.label,
            token.scope.join(" "),
            dollars(token.spent_usd),
            budget(token.budget_usd, token.budget_window.as_deref()),
            token.window_end_ms.map_or_else(|| "-".to_owned(), |at| ago(now, UnixMs(at))),
            token.budget_group.unwrap_or_else(|| "-".to_owned()),
            limits,
            token.expires_ms.map_or_else(|| "never".to_owned(), |at| ago(now, UnixMs(at))),
            token.last_used_ms.map_or_else(|| "never".to_owned(), |at| ago(now, UnixMs(at))),
            token.status,
        ]);
    }
    table
}

/// `$5.00/day`
pub(crate) fn budget(usd: Option<f64>, window: Option<&str>) -> String {
    match (usd, window) {
        (None, _) => "-".to_owned(),
        (Some(usd), None) => dollars(usd),
        (Some(usd), Some(window)) => format!("{}/{window}", dollars(usd)),
    }
}

/// `60/min 90000 tokens/min 4 at once`
fn limits(token: &Token) -> String {
    let said = [
        token.rate_limit.map(|n| format!("{n}/min")),
        token.tokens_per_minute.map(|n| format!("{n} tokens/min")),
        token.concurrency.map(|n| format!("{n} at once")),
    ];
    let said: Vec<String> = said.into_iter().flatten().collect();
    if said.is_empty() { "-".to_owned() } else { said.join(" ") }
}

const EXAMPLES: &str = "Examples:
  proxyagent token ls
  proxyagent token ls --json
  proxyagent --proxy https://proxy.example.com token ls --quiet";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows() {
        let listing: Listing = crate::command::read(&json!({"tokens": [
            {"id": "tok_1", "label": "ci\u{1b}[31m", "scope": ["mock", "openai:gpt-*"], "status": "active", "revoked": false,
             "rate_limit": 60, "tokens_per_minute": 9000, "concurrency": 4, "expires_ms": 60_000, "last_used_ms": null,
             "budget_usd": 5, "budget_window": "day", "window_end_ms": 3_600_000, "budget_group": "team", "spent_usd": 0.25},
            {"id": "tok_2", "label": "old", "scope": ["*"], "status": "revoked", "revoked": true, "rate_limit": null,
             "expires_ms": null, "last_used_ms": 0, "budget_usd": null, "spent_usd": 0},
        ]}))
        .unwrap();
        assert_eq!(
            table(listing.tokens, UnixMs(0)).render(),
            "\
ID     LABEL         SCOPE              SPENT     BUDGET  RESETS  GROUP  LIMITS                            EXPIRES   LAST USED  STATE
tok_1  ci\\u{1b}[31m  mock openai:gpt-*  $0.25  $5.00/day  in 1 h  team   60/min 9000 tokens/min 4 at once  in 1 min  never      active
tok_2  old           *                  $0.00          -  -       -      -                                 never     now        revoked
"
        );
    }
}

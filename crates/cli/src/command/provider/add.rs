//! `proxyagent provider add` and `provider replace`: a secret goes in, and is never shown again.

use super::fields::Fields;
use crate::console::{Console, segment};
use crate::failure::{CliError, Kind};
use crate::output::{Answer, Shape};
use crate::visible::visible;
use http::Method;
use proxyagent_core::kind;
use serde::Deserialize;
use serde_json::json;

/// Store a credential, sealed; its secret is asked for, piped in (`--key -`) or read from a file
#[derive(Debug, clap::Args)]
#[command(after_help = ADD_EXAMPLES)]
pub(crate) struct Add {
    /// The provider that it pays: anthropic, openai, …
    #[arg(value_name = "NAME")]
    provider: String,
    /// What sort of credential it is
    #[arg(long, default_value = "api_key")]
    kind: String,
    /// Your word for it
    #[arg(long, default_value = "")]
    label: String,
    /// Lower is used first; equals take turns
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    priority: i64,
    #[command(flatten)]
    fields: Fields,
}

/// Put another secret in the place of a credential's; calls under way finish with the old one
#[derive(Debug, clap::Args)]
#[command(after_help = REPLACE_EXAMPLES)]
pub(crate) struct Replace {
    /// The credential's id, or its label if only one has it
    #[arg(value_name = "ID")]
    which: String,
    #[command(flatten)]
    fields: Fields,
}

#[derive(Deserialize)]
struct Made {
    id: String,
    provider: String,
}

impl Add {
    pub(super) async fn run(self, console: &Console, shape: Shape) -> Result<Answer, CliError> {
        let kind = known(&self.kind)?;
        let fields = self.fields.read(kind, true, shape)?;
        let wish = json!({
            "provider": self.provider,
            "kind": kind.name,
            "label": self.label,
            "priority": self.priority,
            "fields": fields,
        });
        let json = console.send(Method::POST, "/admin/providers", Some(&wish)).await?;
        let made: Made = crate::command::read(&json)?;
        let notes = vec![
            format!("{} is stored for {}, sealed", visible(&made.id), visible(&made.provider)),
            format!("try it with: proxyagent provider test {}", visible(&made.id)),
        ];
        Ok(Answer { text: format!("{}\n", visible(&made.id)), quiet: vec![made.id], notes, json })
    }
}

impl Replace {
    pub(super) async fn run(self, console: &Console, shape: Shape) -> Result<Answer, CliError> {
        let listed = super::find(console, &self.which).await?;
        let fields = self.fields.read(known(&listed.kind)?, false, shape)?;
        if fields.is_empty() {
            return Err(CliError::new(Kind::Usage, "nothing is given to replace anything with")
                .help(format!("proxyagent provider replace {} --key -", listed.id)));
        }
        let path = format!("/admin/providers/{}/replace", segment(&listed.id));
        let json = console.send(Method::POST, &path, Some(&json!({ "fields": fields }))).await?;
        let note = format!("{} is replaced; the next calls use it", visible(&listed.id));
        Ok(Answer { json, quiet: vec![listed.id], notes: vec![note], ..Answer::default() })
    }
}

fn known(name: &str) -> Result<&'static kind::Kind, CliError> {
    kind::find(name).ok_or_else(|| {
        let names: Vec<&str> = kind::KINDS.iter().map(|kind| kind.name).collect();
        CliError::new(Kind::Usage, format!("there is no kind {name:?} of credentials"))
            .help(format!("there are {}", names.join(", ")))
    })
}

const ADD_EXAMPLES: &str = "Examples:
  proxyagent provider add anthropic
  pass show openai | proxyagent provider add openai --key - --label team
  proxyagent --proxy https://proxy.example.com provider add groq --key -";

const REPLACE_EXAMPLES: &str = "Examples:
  pass show openai | proxyagent provider replace team --key -
  proxyagent provider replace cred_3f9aQ2c41Dd07beX --key-file key.txt
  proxyagent --proxy https://proxy.example.com provider replace team --key -";

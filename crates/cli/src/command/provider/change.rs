//! `proxyagent provider rm|disable|enable|test`.

use crate::console::{Console, segment};
use crate::failure::{CliError, Kind};
use crate::output::Answer;
use crate::visible::visible;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

/// Remove a credential for good; calls under way finish with it
#[derive(Debug, clap::Args)]
#[command(visible_alias = "remove", after_help = RM_EXAMPLES)]
pub(crate) struct Rm {
    /// The credential's id, or its label if only one has it
    #[arg(value_name = "ID")]
    which: String,
}

/// Put a credential aside until it is enabled again
#[derive(Debug, clap::Args)]
#[command(after_help = DISABLE_EXAMPLES)]
pub(crate) struct Disable {
    /// The credential's id, or its label if only one has it
    #[arg(value_name = "ID")]
    which: String,
}

/// Use a credential again, and forget what it was parked for
#[derive(Debug, clap::Args)]
#[command(after_help = ENABLE_EXAMPLES)]
pub(crate) struct Enable {
    /// The credential's id, or its label if only one has it
    #[arg(value_name = "ID")]
    which: String,
}

/// Make the smallest real call with a credential; it costs a few tokens
#[derive(Debug, clap::Args)]
#[command(after_help = TEST_EXAMPLES)]
pub(crate) struct Test {
    /// The credential's id, or its label if only one has it
    #[arg(value_name = "ID")]
    which: String,
    /// The model to try; else the cheapest that is known
    #[arg(long)]
    model: Option<String>,
}

#[derive(Deserialize)]
struct Finding {
    verdict: String,
    status: Option<u16>,
    detail: String,
    model: String,
    took_ms: u64,
}

impl Rm {
    pub(super) async fn run(self, console: &Console) -> Result<Answer, CliError> {
        changed(console, Method::DELETE, &self.which, "", "is removed").await
    }
}

impl Disable {
    pub(super) async fn run(self, console: &Console) -> Result<Answer, CliError> {
        changed(console, Method::POST, &self.which, "/disable", "is put aside").await
    }
}

impl Enable {
    pub(super) async fn run(self, console: &Console) -> Result<Answer, CliError> {
        changed(console, Method::POST, &self.which, "/enable", "is used again").await
    }
}

impl Test {
    pub(super) async fn run(self, console: &Console) -> Result<Answer, CliError> {
        let credential = super::find(console, &self.which).await?;
        let path = format!("/admin/providers/{}/test", segment(&credential.id));
        let json = console.send(Method::POST, &path, Some(&wish(self.model.as_deref()))).await?;
        let finding: Finding = crate::command::read(&json)?;
        verdict(&credential.id, finding).map(|text| Answer {
            text: format!("{text}\n"),
            quiet: vec!["ok".to_owned()],
            notes: Vec::new(),
            json,
        })
    }
}

fn wish(model: Option<&str>) -> Value {
    model.map_or_else(|| json!({}), |model| json!({ "model": model }))
}

/// What was found, or the failure that it is, with the exit code that fits.
fn verdict(id: &str, finding: Finding) -> Result<String, CliError> {
    let Finding { verdict, status, detail, model, took_ms } = finding;
    let tried = match status {
        Some(status) => format!("{} answered {status} after {took_ms} ms", visible(&model)),
        None => format!("{} gave no answer", visible(&model)),
    };
    let (kind, says) = match verdict.as_str() {
        "ok" => return Ok(format!("ok: {} works ({tried})", visible(id))),
        "auth_failed" => (Kind::Authentication, "auth failed"),
        "limited" => (Kind::Refused, "limited"),
        "unreachable" => (Kind::Unreachable, "unreachable"),
        _ => (Kind::Failed, "failed"),
    };
    Err(CliError::new(kind, format!("{says}: {}", visible(&detail))).cause(tried))
}

async fn changed(
    console: &Console,
    method: Method,
    which: &str,
    deed: &str,
    says: &str,
) -> Result<Answer, CliError> {
    let credential = super::find(console, which).await?;
    let path = format!("/admin/providers/{}{deed}", segment(&credential.id));
    let json = console.send(method, &path, None).await?;
    let note = format!("{} ({}) {says}", visible(&credential.id), visible(&credential.provider));
    Ok(Answer { json, quiet: vec![credential.id], notes: vec![note], ..Answer::default() })
}

const RM_EXAMPLES: &str = "Examples:
  proxyagent provider rm team
  proxyagent provider rm cred_3f9aQ2c41Dd07beX
  proxyagent --proxy https://proxy.example.com provider rm team";
const DISABLE_EXAMPLES: &str = "Examples:
  proxyagent provider disable team
  proxyagent provider disable cred_3f9aQ2c41Dd07beX
  proxyagent --proxy https://proxy.example.com provider disable team";
const ENABLE_EXAMPLES: &str = "Examples:
  proxyagent provider enable team
  proxyagent provider enable cred_3f9aQ2c41Dd07beX
  proxyagent --proxy https://proxy.example.com provider enable team";
const TEST_EXAMPLES: &str = "Examples:
  proxyagent provider test cred_3f9aQ2c41Dd07beX
  proxyagent provider test env:openai --model gpt-5.5
  proxyagent --proxy https://proxy.example.com provider test team";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts() {
        for (word, want) in [
            ("ok", None),
            ("auth_failed", Some(Kind::Authentication)),
            ("limited", Some(Kind::Refused)),
            ("unreachable", Some(Kind::Unreachable)),
            ("failed", Some(Kind::Failed)),
            ("something new", Some(Kind::Failed)),
        ] {
            let finding = Finding {
                verdict: word.to_owned(),
                status: Some(200),
                detail: "d".to_owned(),
                model: "m".to_owned(),
                took_ms: 5,
            };
            assert_eq!(verdict("cred_1", finding).err().map(|error| error.kind), want, "{word}");
        }
    }
}

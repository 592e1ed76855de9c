//! `proxyagent setup`: prints what `run` does, for doing it by hand. Changes nothing.

use crate::command::run;
use crate::console::Target;
use crate::failure::{CliError, Kind};
use crate::harness::{self, Place, Setup, Value};
use crate::output::{Answer, Shape};
use crate::visible::visible;
use serde_json::{Map, json};
use std::collections::BTreeMap;

/// Print how an agent is pointed at the proxy by hand
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Which agent
    #[arg(value_parser = run::harnesses())]
    harness: String,
    /// The machine token to print; without it, $PROXYAGENT_TOKEN stands for it
    #[arg(long, value_name = "TOKEN|-")]
    token: Option<String>,
    /// Which model it should ask for
    #[arg(long, value_name = "M")]
    model: Option<String>,
}

impl Args {
    pub(crate) fn run(
        self,
        target: &Target,
        vars: &BTreeMap<String, String>,
        shape: Shape,
    ) -> Result<Answer, CliError> {
        if target.admin.is_some() {
            return Err(CliError::new(Kind::Usage, "an agent must not have the admin token")
                .help("leave --admin out"));
        }
        let proxy = run::proxy(target, vars, shape)?;
        let token = match self.token.as_deref() {
            Some(flag) => run::token(Some(flag), vars, shape)?,
            None => None,
        };
        let place = Place { proxy: &proxy, model: self.model.as_deref() };
        let setup = match harness::find(&self.harness) {
            Some(harness) => (harness.setup)(&place),
            None => harness::custom::setup(&place),
        };
        Ok(answer(&self.harness, &setup, token.as_deref()))
    }
}

fn answer(harness: &str, setup: &Setup, token: Option<&str>) -> Answer {
    let mut lines = Vec::new();
    let mut variables = Map::new();
    for (name, value) in &setup.variables {
        let (shown, plain) = match (value, token) {
            (Value::Plain(text), _) => (quoted(text), text.clone()),
            (Value::Token, Some(token)) => (quoted(token), token.to_owned()),
            (Value::Token, None) => ("\"$PROXYAGENT_TOKEN\"".to_owned(), "$PROXYAGENT_TOKEN".to_owned()),
        };
        // It is set already, as everything else here takes it from there.
        if *name != "PROXYAGENT_TOKEN" || token.is_some() {
            lines.push(format!("export {name}={shown}"));
        }
        variables.insert((*name).to_owned(), json!(plain));
    }
    if !setup.unset.is_empty() {
        lines.push(format!("unset {}", setup.unset.join(" ")));
    }
    let mut text = String::new();
    if token.is_none() {
        text.push_str("# PROXYAGENT_TOKEN must be exported and hold the machine token\n");
    }
    let quiet = lines.clone();
    for line in &lines {
        text.push_str(&format!("{}\n", visible(line)));
    }
    if let Some((path, content)) = &setup.file {
        text.push_str(&format!("\n# {path}\n{content}"));
    }
    if !setup.start.is_empty() {
        text.push_str(&format!("\n# begin\n{}\n", visible(&setup.start)));
    }
    let file = setup.file.as_ref().map(|(path, content)| json!({"path": path, "content": content}));
    let json = json!({
        "harness": harness,
        "variables": variables,
        "unset": setup.unset,
        "file": file,
        "start": setup.start,
    });
    Answer { json, quiet, text, notes: Vec::new() }
}

/// One word for a POSIX shell.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/:@%+=".contains(&byte);
    match !text.is_empty() && text.bytes().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

const EXAMPLES: &str = "Examples:
  proxyagent --proxy https://proxy.example.com setup claude-code
  eval \"$(proxyagent setup claude-code --quiet)\"
  proxyagent setup codex --model gpt-5 --json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_safe_in_a_shell() {
        for (text, word) in [
            ("https://p.example/anthropic", "https://p.example/anthropic"),
            ("", "''"),
            ("a b", "'a b'"),
            ("a'b$(c)", "'a'\\''b$(c)'"),
        ] {
            assert_eq!(quoted(text), word);
        }
    }
}

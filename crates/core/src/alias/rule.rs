//! One alias: what it matches and where it leads.

use crate::call::ModelRef;
use crate::provider::{self, PROVIDERS};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) written: String,
    /// The target, as written.
    pub(super) led_to: String,
    pub(super) pattern: Pattern,
    target: Target,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    Exact {
        provider: Option<&'static str>,
        model: String,
    },
    /// `*` is the empty prefix of any provider.
    Prefix {
        provider: Option<&'static str>,
        prefix: String,
    },
}

/// Without a provider: the one that was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Target {
    provider: Option<&'static str>,
    model: String,
}

impl Rule {
    pub(super) fn parse(written: String, led_to: String) -> Result<Self, String> {
        let pattern =
            pattern(&written).map_err(|why| format!("the alias {written:?} is not valid: {why}"))?;
        let target = target(&led_to)
            .map_err(|why| format!("the alias {written:?} cannot lead to {led_to:?}: {why}"))?;
        Ok(Self { written, led_to, pattern, target })
    }

    pub(super) fn lead(&self, from: &ModelRef) -> ModelRef {
        ModelRef { provider: self.target.provider.unwrap_or(from.provider), model: self.target.model.clone() }
    }
}

fn pattern(written: &str) -> Result<Pattern, String> {
    let (provider, model) = split(written)?;
    let Some(prefix) = model.strip_suffix('*') else {
        if model.contains('*') {
            return Err("* stands only at the end".to_owned());
        }
        return Ok(Pattern::Exact { provider, model: model.to_owned() });
    };
    if prefix.contains('*') {
        return Err("* stands only at the end".to_owned());
    }
    if provider::offline(prefix).is_some() {
        return Err("offline models are matched only by their exact names".to_owned());
    }
    Ok(Pattern::Prefix { provider, prefix: prefix.to_owned() })
}

fn target(written: &str) -> Result<Target, String> {
    let (provider, model) = split(written)?;
    if model.contains('*') {
        return Err("a target is one model; * stands only in a match".to_owned());
    }
    Ok(Target { provider, model: model.to_owned() })
}

/// `provider:model` or `model`. A model whose own name has a colon needs its provider in front.
fn split(written: &str) -> Result<(Option<&'static str>, &str), String> {
    if written.is_empty() {
        return Err("it is empty".to_owned());
    }
    if written.chars().count() > LONGEST {
        return Err(format!("it is longer than {LONGEST} characters"));
    }
    if written.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err("no provider and no model has white space in its name".to_owned());
    }
    let Some((name, model)) = written.split_once(':') else {
        return match provider::find(written) {
            Some(known) if provider::offline(written).is_none() => {
                Err(format!("{} is a provider; name a model of it, as in {0}:…", known.name))
            }
            _ => Ok((None, written)),
        };
    };
    let Some(known) = provider::find(name) else {
        let names: Vec<&str> = PROVIDERS.iter().map(|known| known.name).collect();
        return Err(format!("there is no provider {name:?} (there are {})", names.join(", ")));
    };
    if model.is_empty() {
        return Err("no model has an empty name".to_owned());
    }
    Ok((Some(known.name), model))
}

const LONGEST: usize = 256;

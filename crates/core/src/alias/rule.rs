//! One alias: what it matches and where it leads.

use crate::call::ModelRef;
use crate::provider::{self, Directory};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) written: String,
    /// The target, as written.
    pub(super) led_to: String,
    pub(super) pattern: Pattern,
    target: Target,
    further: Vec<Target>,
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

/// Whose names a rule may use.
#[derive(Clone, Copy)]
pub(super) enum Names<'a> {
    /// Only those of providers that are there.
    New(&'a Directory),
    /// Also those of upstreams that were there when the rule was made. It must not be forgotten with them: the calls that
    /// it leads away would go where no one sent them.
    Kept(&'a Directory),
}

impl Rule {
    pub(super) fn parse(written: String, led_to: String, names: Names<'_>) -> Result<Self, String> {
        let pattern =
            pattern(&written, names).map_err(|why| format!("the alias {written:?} is not valid: {why}"))?;
        let cannot = |why: String| format!("the alias {written:?} cannot lead to {led_to:?}: {why}");
        let mut targets = Vec::new();
        for one in led_to.split(',') {
            targets.push(target(one.trim(), names).map_err(cannot)?);
        }
        if targets.len() > MOST_TARGETS {
            return Err(cannot(format!("there can be at most {MOST_TARGETS} targets")));
        }
        let target = targets.remove(0);
        Ok(Self { written, led_to, pattern, target, further: targets })
    }

    /// Where it leads when that cannot answer.
    pub(super) fn further(&self, from: &ModelRef) -> impl Iterator<Item = ModelRef> {
        let provider = from.provider;
        self.further.iter().map(move |target| ModelRef {
            provider: target.provider.unwrap_or(provider),
            model: target.model.clone(),
        })
    }

    pub(super) fn lead(&self, from: &ModelRef) -> ModelRef {
        ModelRef { provider: self.target.provider.unwrap_or(from.provider), model: self.target.model.clone() }
    }
}

fn pattern(written: &str, names: Names<'_>) -> Result<Pattern, String> {
    let (provider, model) = split(written, names)?;
    // What led to a provider that is gone must not go on by the rule of another that is gone.
    let provider = provider.map(|name| if name == GONE { UNMATCHED } else { name });
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

fn target(written: &str, names: Names<'_>) -> Result<Target, String> {
    let (provider, model) = split(written, names)?;
    if model.contains('*') {
        return Err("a target is one model; * stands only in a match".to_owned());
    }
    Ok(Target { provider, model: model.to_owned() })
}

/// `provider:model` or `model`. A model whose own name has a colon needs its provider in front.
fn split<'a>(written: &'a str, names: Names<'_>) -> Result<(Option<&'static str>, &'a str), String> {
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
        return match names {
            Names::New(directory) if directory.find(written).is_some_and(|known| !known.offline) => {
                Err(format!("{written} is a provider; name a model of it, as in {written}:…"))
            }
            _ => Ok((None, written)),
        };
    };
    if model.is_empty() {
        return Err("no model has an empty name".to_owned());
    }
    match names {
        Names::New(directory) => match directory.find(name) {
            Some(known) => Ok((Some(known.name), model)),
            None => Err(format!("there is no provider {name:?} (there are {})", directory.names())),
        },
        Names::Kept(directory) => Ok((Some(directory.find(name).map_or(GONE, |known| known.name)), model)),
    }
}

/// No provider: a call that is led to it is refused.
const GONE: &str = "a provider that is gone";
/// No provider either: no call asks for it or is led to it.
const UNMATCHED: &str = "";
const LONGEST: usize = 256;
const MOST_TARGETS: usize = 5;

//! Where the operator sends what callers ask for.
//!
//! A rule's match is `provider:model`, `model` (of any provider), a prefix of either ending in `*`
//! (`openai:gpt-*`, `claude-*`), or `*`. Its target is `provider:model`, or `model`, which stays with the provider that
//! was asked; or several of these with commas between, of which each is asked when those before it cannot answer. The
//! most specific rule wins: exact `provider:model`, exact `model`, the longest prefix that names a
//! provider, the longest prefix, `*`.
//!
//! Prefixes and `*` apply to what was asked, never to where a rule led; from there on only exact rules lead further.
//! So `* → mock` ends at the mock, and an exact rule beside it keeps its word. Prefixes leave the offline models alone:
//! who asks for `mock` must not be billed unless a rule names `mock` itself.

mod rule;

use crate::call::ModelRef;
use crate::problem::Problem;
use crate::provider::{self, Directory};
use rule::{Names, Pattern, Rule};

/// All rules, understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aliases {
    rules: Vec<Rule>,
}

/// Where a call goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    pub target: ModelRef,
    /// Where it goes next, if the target cannot answer.
    pub further: Vec<ModelRef>,
    /// The rules that led there, as written; joined by ` > ` when there were several.
    pub rule: Option<String>,
}

impl Aliases {
    /// Understands (match, target) pairs.
    ///
    /// # Errors
    /// A sentence naming the first entry that is wrong, or the circle that some of them make.
    pub fn parse<M: Into<String>, T: Into<String>>(
        entries: impl IntoIterator<Item = (M, T)>,
        directory: &Directory,
    ) -> Result<Self, String> {
        Self::read(entries, Names::New(directory), directory)
    }

    /// As [`Self::parse`], for rules that were good when they were stored: the upstreams that they name may be gone.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn kept<M: Into<String>, T: Into<String>>(
        entries: impl IntoIterator<Item = (M, T)>,
        directory: &Directory,
    ) -> Result<Self, String> {
        Self::read(entries, Names::Kept(directory), directory)
    }

    fn read<M: Into<String>, T: Into<String>>(
        entries: impl IntoIterator<Item = (M, T)>,
        names: Names<'_>,
        directory: &Directory,
    ) -> Result<Self, String> {
        let mut rules: Vec<Rule> = Vec::new();
        for (written, target) in entries {
            let rule = Rule::parse(written.into(), target.into(), names)?;
            if rules.iter().any(|other| other.written == rule.written) {
                return Err(format!("the alias {:?} is given twice", rule.written));
            }
            rules.push(rule);
        }
        if rules.len() > MOST_RULES {
            return Err(format!("there can be at most {MOST_RULES} aliases"));
        }
        let aliases = Self { rules };
        aliases.rules.iter().try_for_each(|rule| aliases.refuse_circles(rule, directory))?;
        Ok(aliases)
    }

    /// The aliases of the store, and those of the settings that none in the store replaces.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn layered(
        stored: &[(String, String)],
        settings: &[(String, String)],
        directory: &Directory,
    ) -> Result<Self, String> {
        let all = stored.iter().chain(unreplaced(stored, settings));
        Self::parse(all.map(|(written, target)| (written.as_str(), target.as_str())), directory)
    }

    /// The (match, target) pairs as written, in the order given.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rules.iter().map(|rule| (rule.written.as_str(), rule.led_to.as_str()))
    }

    /// The other targets of the rule that was followed last. They are taken as they are written.
    fn further(&self, asked: &ModelRef, trail: &[(&Rule, ModelRef)]) -> Vec<ModelRef> {
        let Some((rule, target)) = trail.last() else { return Vec::new() };
        let before =
            trail.len().checked_sub(2).and_then(|at| trail.get(at)).map_or(asked, |(_, place)| place);
        rule.further(before).map(at_home).filter(|place| place != target).collect()
    }

    /// Follows the rules from what was asked to where it goes. An offline model goes to the provider that owns it,
    /// whichever provider was asked.
    ///
    /// # Errors
    /// [`Problem::AliasLoop`]. [`Self::parse`] refuses such rules; this is the belt to those braces.
    pub fn resolve(&self, asked: &ModelRef) -> Result<Resolved, Problem> {
        let first = self.exact(asked).or_else(|| self.widest_prefix(asked));
        let (trail, looped) = self.follow(asked, first);
        if looped {
            return Err(Problem::AliasLoop(asked.clone()));
        }
        let rule = names(&trail);
        let further = self.further(asked, &trail);
        let target = trail.into_iter().last().map_or_else(|| at_home(asked.clone()), |(_, place)| place);
        Ok(Resolved { target, further, rule: (!rule.is_empty()).then_some(rule) })
    }

    /// The rules followed and where each led, and whether they never end.
    fn follow<'a>(&'a self, asked: &ModelRef, first: Option<&'a Rule>) -> (Vec<(&'a Rule, ModelRef)>, bool) {
        let mut trail: Vec<(&Rule, ModelRef)> = Vec::new();
        let mut place = asked.clone();
        let mut next = first;
        while let Some(rule) = next {
            let led_to = at_home(rule.lead(&place));
            // A rule that leads to where the call already is ends the way: `gpt-5 → gpt-5` exempts it from `*`.
            if !trail.is_empty() && led_to == place {
                break;
            }
            trail.push((rule, led_to.clone()));
            if trail.len() > MOST_STEPS {
                return (trail, true);
            }
            place = led_to;
            next = self.exact(&place);
        }
        (trail, false)
    }

    fn exact(&self, place: &ModelRef) -> Option<&Rule> {
        let home = at_home(place.clone());
        let named = |wanted: &ModelRef, with_provider: bool| {
            self.rules.iter().find(|rule| match &rule.pattern {
                Pattern::Exact { provider: Some(provider), model } => {
                    with_provider && *provider == wanted.provider && *model == wanted.model
                }
                Pattern::Exact { provider: None, model } => !with_provider && *model == wanted.model,
                Pattern::Prefix { .. } => false,
            })
        };
        named(place, true).or_else(|| named(&home, true)).or_else(|| named(place, false))
    }

    fn widest_prefix(&self, asked: &ModelRef) -> Option<&Rule> {
        if provider::offline(&asked.model).is_some() {
            return None;
        }
        let specificity = |rule: &&Rule| match &rule.pattern {
            Pattern::Prefix { provider, prefix } => (provider.is_some(), prefix.len()),
            Pattern::Exact { .. } => (false, 0),
        };
        let matches = |rule: &&Rule| match &rule.pattern {
            Pattern::Prefix { provider, prefix } => {
                provider.is_none_or(|provider| provider == asked.provider) && asked.model.starts_with(prefix)
            }
            Pattern::Exact { .. } => false,
        };
        self.rules.iter().filter(matches).max_by_key(specificity)
    }

    /// Every way that begins with this rule, for each provider that it can be asked of.
    fn refuse_circles(&self, rule: &Rule, directory: &Directory) -> Result<(), String> {
        let (provider, model) = match &rule.pattern {
            Pattern::Exact { provider, model } => (*provider, model.clone()),
            Pattern::Prefix { provider, prefix } => (*provider, prefix.clone()),
        };
        for asked in directory.all().filter(|known| provider.is_none_or(|wanted| wanted == known.name)) {
            let asked = ModelRef { provider: asked.name, model: model.clone() };
            if let (trail, true) = self.follow(&asked, Some(rule)) {
                return Err(match circle(&trail) {
                    Some(circle) => format!("the aliases lead around in a circle: {circle}"),
                    None => {
                        format!("more than {MOST_STEPS} aliases lead on from each other: {}", names(&trail))
                    }
                });
            }
        }
        Ok(())
    }
}

/// The aliases of the settings whose match no alias of the store has.
pub fn unreplaced<'a>(
    stored: &'a [(String, String)],
    settings: &'a [(String, String)],
) -> impl Iterator<Item = &'a (String, String)> {
    settings.iter().filter(|(written, _)| !stored.iter().any(|(other, _)| other == written))
}

/// An offline model belongs to the provider that answers it, whoever was asked for it.
fn at_home(place: ModelRef) -> ModelRef {
    match provider::offline(&place.model) {
        Some(owner) => ModelRef { provider: owner.name, ..place },
        None => place,
    }
}

/// The first part of a way that comes round to where it was: `a > b > a`.
fn circle(trail: &[(&Rule, ModelRef)]) -> Option<String> {
    let (began, ended) = trail.iter().enumerate().find_map(|(began, step)| {
        let later = trail.iter().skip(began + 1).position(|again| again == step)?;
        Some((began, began + 1 + later))
    })?;
    Some(names(trail.get(began..=ended)?))
}

fn names(trail: &[(&Rule, ModelRef)]) -> String {
    trail.iter().map(|(rule, _)| rule.written.as_str()).collect::<Vec<_>>().join(" > ")
}

/// How many rules may lead on from each other.
const MOST_STEPS: usize = 8;
const MOST_RULES: usize = 1000;

#[cfg(test)]
mod tests;

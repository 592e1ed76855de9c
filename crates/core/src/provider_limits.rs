//! Limits on what goes to one provider, whichever token asks. They stand in the settings; what is used up stands in the
//! store, so that every process counts the same.

use crate::budget::Budget;
use crate::provider::Directory;
use serde_json::Value;
use std::collections::BTreeMap;
use std::num::NonZeroU32;

/// The limits of all providers.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ProviderLimits {
    limits: BTreeMap<&'static str, ProviderLimit>,
    default_rate: Option<NonZeroU32>,
}

/// One provider's.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct ProviderLimit {
    /// Calls per minute.
    pub rate: Option<NonZeroU32>,
    pub budget: Option<Budget>,
}

impl ProviderLimits {
    /// Adds rates: a JSON object of names and calls per minute, and the rate of the providers it does not name.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence.
    pub fn add_rates(
        &mut self,
        text: &str,
        default: Option<u64>,
        directory: &Directory,
    ) -> Result<(), String> {
        self.default_rate = default.and_then(|n| u32::try_from(n).ok()).and_then(NonZeroU32::new);
        for (name, value) in named(text, directory)? {
            let rate = value.as_u64().and_then(|n| u32::try_from(n).ok()).and_then(NonZeroU32::new);
            let rate = rate.filter(|rate| rate.get() <= HIGHEST_RATE);
            let rate = rate.ok_or_else(|| format!("{name}: write calls per minute, 1 to {HIGHEST_RATE}"))?;
            self.limits.entry(name).or_default().rate = Some(rate);
        }
        Ok(())
    }

    /// Adds budgets: a JSON object of names and budgets as in `"50/month"`.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence.
    pub fn add_budgets(&mut self, text: &str, directory: &Directory) -> Result<(), String> {
        for (name, value) in named(text, directory)? {
            let written = match &value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => String::new(),
            };
            let budget = Budget::parse(&written).map_err(|form| format!("{name}: {form}"))?;
            self.limits.entry(name).or_default().budget = Some(budget);
        }
        Ok(())
    }

    /// What limits this provider; `None` where nothing does. An offline provider has no default.
    pub fn of(&self, name: &str, offline: bool) -> Option<ProviderLimit> {
        let mut limit = self.limits.get(name).copied().unwrap_or_default();
        limit.rate = limit.rate.or(self.default_rate.filter(|_| !offline));
        (limit != ProviderLimit::default()).then_some(limit)
    }

    /// Nothing is limited.
    pub fn is_empty(&self) -> bool {
        self.limits.is_empty() && self.default_rate.is_none()
    }
}

fn named(text: &str, directory: &Directory) -> Result<Vec<(&'static str, Value)>, String> {
    let map: serde_json::Map<String, Value> =
        serde_json::from_str(text).map_err(|_| "not a JSON object of provider names".to_owned())?;
    map.into_iter()
        .map(|(name, value)| {
            let provider = directory.find(&name).ok_or_else(|| format!("there is no provider {name:?}"))?;
            Ok((provider.name, value))
        })
        .collect()
}

/// One call per microsecond is the finest that the limiter can tell apart.
const HIGHEST_RATE: u32 = 60_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::Window;

    #[test]
    fn limits_table() {
        let directory = Directory::builtin();
        let mut limits = ProviderLimits::default();
        limits.add_rates(r#"{"openai": 600}"#, Some(60), &directory).unwrap();
        limits.add_budgets(r#"{"openai": "50/month", "groq": 2.5}"#, &directory).unwrap();
        let openai = limits.of("openai", false).unwrap();
        assert_eq!(openai.rate.map(NonZeroU32::get), Some(600));
        assert_eq!(
            openai.budget.map(|b| (b.amount.0, b.window)),
            Some((50_000_000_000, Some(Window::MONTH)))
        );
        let groq = limits.of("groq", false).unwrap();
        assert_eq!(
            (groq.rate.map(NonZeroU32::get), groq.budget.map(|b| b.amount.0)),
            (Some(60), Some(2_500_000_000))
        );
        assert_eq!(limits.of("xai", false).and_then(|l| l.rate).map(NonZeroU32::get), Some(60));
        assert_eq!(limits.of("mock", true), None);
        assert!(ProviderLimits::default().is_empty());
    }

    #[test]
    fn mistakes_are_named() {
        let directory = Directory::builtin();
        for text in
            ["[]", "{\"nobody\": 1}", "{\"openai\": 0}", "{\"openai\": \"5\"}", "{\"openai\": -1}", "no"]
        {
            assert!(ProviderLimits::default().add_rates(text, None, &directory).is_err(), "{text}");
        }
        for text in
            ["[]", "{\"nobody\": 1}", "{\"openai\": -1}", "{\"openai\": true}", "{\"openai\": \"5/year\"}"]
        {
            assert!(ProviderLimits::default().add_budgets(text, &directory).is_err(), "{text}");
        }
    }
}

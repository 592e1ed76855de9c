//! How much Gemini is to think: a level from Gemini 3 on, a budget of tokens before. PROTOCOLS.md I1.

use crate::translate::effort;
use crate::translate::field::Object;
use serde_json::Value;

/// The `thinkingConfig` for an effort, as OpenAI and Anthropic name it; `None` where the word is unknown. `show` asks
/// for thoughts to read.
pub(crate) fn of_effort(effort: &str, show: bool, model: &str) -> Option<Value> {
    let mut config = shown(show);
    if has_levels(model) {
        config.insert("thinkingLevel".into(), level(effort, model)?.into());
    } else {
        let budget = if effort::is_off(effort) { least(model) } else { effort::budget(effort)? };
        config.insert("thinkingBudget".into(), budget.min(most(model)).into());
    }
    Some(Value::Object(config))
}

/// The `thinkingConfig` for a budget of tokens.
pub(crate) fn of_budget(tokens: u64, show: bool, model: &str) -> Option<Value> {
    if has_levels(model) {
        return of_effort(effort::of_budget(tokens), show, model);
    }
    let mut config = shown(show);
    config.insert("thinkingBudget".into(), tokens.min(most(model)).into());
    Some(Value::Object(config))
}

/// As much as the model sees fit.
pub(crate) fn own(show: bool) -> Option<Value> {
    show.then(|| Value::Object(shown(show)))
}

fn shown(show: bool) -> Object {
    let mut config = Object::new();
    if show {
        config.insert("includeThoughts".into(), true.into());
    }
    config
}

fn level(effort: &str, model: &str) -> Option<&'static str> {
    Some(match effort {
        // Pro models always think.
        effort if effort::is_off(effort) && is_pro(model) => "LOW",
        effort if effort::is_off(effort) => "MINIMAL",
        "low" => "LOW",
        "medium" => "MEDIUM",
        "high" | "xhigh" | "max" => "HIGH",
        _ => return None,
    })
}

fn has_levels(model: &str) -> bool {
    !["gemini-1", "gemini-2"].iter().any(|old| model.contains(old))
}

fn is_pro(model: &str) -> bool {
    model.contains("-pro")
}

/// ai.google.dev/gemini-api/docs/thinking: the range of `thinkingBudget`.
fn least(model: &str) -> u64 {
    if is_pro(model) { 128 } else { 0 }
}

fn most(model: &str) -> u64 {
    if is_pro(model) { 32_768 } else { 24_576 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_generation_has_its_own_measure() {
        for (effort, model, want) in [
            ("high", "gemini-3.8-flash", r#"{"includeThoughts":true,"thinkingLevel":"HIGH"}"#),
            ("max", "gemini-3.8-flash", r#"{"includeThoughts":true,"thinkingLevel":"HIGH"}"#),
            ("none", "gemini-3.8-flash", r#"{"includeThoughts":true,"thinkingLevel":"MINIMAL"}"#),
            ("none", "gemini-3.1-pro-preview", r#"{"includeThoughts":true,"thinkingLevel":"LOW"}"#),
            ("none", "gemini-2.5-flash", r#"{"includeThoughts":true,"thinkingBudget":0}"#),
            ("minimal", "gemini-2.5-pro", r#"{"includeThoughts":true,"thinkingBudget":128}"#),
            ("xhigh", "gemini-2.5-flash", r#"{"includeThoughts":true,"thinkingBudget":24576}"#),
        ] {
            assert_eq!(of_effort(effort, true, model).unwrap().to_string(), want, "{effort} {model}");
        }
        assert_eq!(of_effort("extreme", true, "gemini-3.8-flash"), None);
        assert_eq!(
            of_budget(5000, false, "gemini-3.8-flash").unwrap().to_string(),
            r#"{"thinkingLevel":"MEDIUM"}"#
        );
        assert_eq!(
            of_budget(5000, false, "gemini-2.5-pro").unwrap().to_string(),
            r#"{"thinkingBudget":5000}"#
        );
    }
}

//! How much a model is to think: a word, or a budget of tokens. PROTOCOLS.md I1; the budgets are our choice.

/// The budget for an effort, in tokens. `None` where no thinking is wanted, or the word is unknown.
pub(crate) fn budget(effort: &str) -> Option<u64> {
    BUDGETS.iter().find(|(word, _)| *word == effort).map(|(_, budget)| *budget)
}

/// The least effort that has at least that budget.
pub(crate) fn of_budget(tokens: u64) -> &'static str {
    BUDGETS.iter().find(|(_, budget)| tokens <= *budget).map_or("xhigh", |(word, _)| word)
}

/// Whether the word asks for no thinking at all.
pub(crate) fn is_off(effort: &str) -> bool {
    matches!(effort, "none" | "minimal")
}

const BUDGETS: &[(&str, u64)] =
    &[("low", 4096), ("medium", 12_288), ("high", 24_576), ("xhigh", 32_768), ("max", 32_768)];

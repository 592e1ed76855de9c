//! How much Claude is to think.

use crate::translate::field::Object;
use crate::translate::responses::request_fields::Reasoning;
use crate::translate::responses::tool_choice::Choice;
use crate::translate::{Ask, Dropped, effort};
use serde_json::{Value, json};

/// Asks for thinking; says whether the model will think. A caller that wants to see reasoning wants some.
pub(super) fn ask(
    reasoning: Reasoning,
    ask: &Ask<'_>,
    choice: &Choice,
    limit: u64,
    messages: &[Value],
    out: &mut Object,
    dropped: &mut Dropped,
) -> bool {
    let Some(wanted) = reasoning.effort else {
        let thinks = reasoning.shown && ask.takes.adaptive_thinking;
        if thinks {
            out.insert("thinking".into(), json!({"type": "adaptive"}));
        }
        return thinks;
    };
    if effort::is_off(&wanted) {
        out.insert("thinking".into(), json!({"type": "disabled"}));
        return false;
    }
    let Some(budget) = effort::budget(&wanted) else {
        dropped.add("reasoning.effort");
        return false;
    };
    if ask.takes.adaptive_thinking {
        out.insert("thinking".into(), json!({"type": "adaptive"}));
        out.insert("output_config".into(), json!({"effort": wanted}));
        return true;
    }
    // Older models want room beside the budget, refuse to think when a tool is forced, and refuse to go on from a
    // tool call without the thoughts that led to it.
    let budget = budget.min(limit.saturating_sub(LEAST_BUDGET));
    if budget < LEAST_BUDGET || choice.forces() || lacks_thinking(messages) {
        dropped.add("reasoning.effort");
        return false;
    }
    out.insert("thinking".into(), json!({"type": "enabled", "budget_tokens": budget}));
    true
}

/// Whether the conversation ends in answers to calls that no thinking led to.
fn lacks_thinking(messages: &[Value]) -> bool {
    let first_kind = |message: &Value| -> String {
        let block = message.get("content").and_then(|content| content.get(0));
        let kind = block.and_then(|block| block.get("type")).and_then(Value::as_str);
        kind.unwrap_or_default().to_owned()
    };
    let [.., assistant, user] = messages else { return false };
    first_kind(user) == "tool_result" && !first_kind(assistant).ends_with("thinking")
}

/// platform.claude.com/docs/en/build-with-claude/extended-thinking: the least `budget_tokens`.
const LEAST_BUDGET: u64 = 1024;
